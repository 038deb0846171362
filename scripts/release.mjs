// `npm run release -- minor`: checks that nothing is in the way, moves the notes under the version, and makes a
// commit and a tag. It pushes nothing: the tag, pushed, is what publishes (.github/workflows/publish.yml).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { npm, packPublished } from './package.mjs';
import { exec } from './process.mjs';
import { nextVersion, notesOf, problemsOf, released } from './release/plan.mjs';
import { root } from './root.mjs';

const CHANGELOG = join(root, 'CHANGELOG.md');
const say = (/** @type {string} */ text) => console.log(text);
const git = (/** @type {string[]} */ ...args) => exec('git', args, { cwd: root });

try {
	await release();
} catch (error) {
	console.error(`\n${/** @type {Error} */ (error).message}`);
	process.exitCode = 1;
}

async function release() {
	const { values, positionals } = parseArgs({
		options: { 'dry-run': { type: 'boolean', default: false } },
		allowPositionals: true,
	});
	const dry = values['dry-run'];
	const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	const next = nextVersion(version, positionals[0]);
	const changelog = readFileSync(CHANGELOG, 'utf8');
	say(`${version} → ${next}${dry ? ' (a dry run: nothing is changed)' : ''}`);

	const problems = problemsOf({
		status: await git('status', '--porcelain'),
		branch: await git('branch', '--show-current'),
		tags: (await git('tag', '--list')).split('\n'),
		changelog,
		next,
	});
	for (const problem of problems) say(`  ✗ ${problem}`);
	if (problems.length > 0 && !dry) throw new Error('Nothing was released.');

	say('\nBuild, lint, types, the tarballs, n8n’s scanner:');
	for (const args of [
		['run', 'lint'],
		['run', 'typecheck'],
		['test', '--', 'test/package'],
	]) {
		npm(args, root);
	}

	say(`\nNotes of ${next}:\n\n${notesOf(changelog)}\n`);
	if (dry) {
		const work = mkdtempSync(join(tmpdir(), 'runcomfy-release-'));
		for (const tarball of Object.values(packPublished(work)))
			say(`Would publish ${basename(tarball)}.`);
		rmSync(work, { recursive: true, force: true });
		say(`Would commit and tag v${next}.`);
		if (problems.length > 0) throw new Error('It would be refused: see ✗ above.');
		return;
	}
	const date = new Date().toISOString().slice(0, 10);
	writeFileSync(CHANGELOG, released(changelog, { version: next, date }));
	npm(['version', next, '--no-git-tag-version', '--ignore-scripts'], root);
	await git('commit', '--all', '--message', `Release ${next}`);
	await git('tag', '--annotate', `v${next}`, '--message', `v${next}`);
	say(`Tagged v${next}. To publish it: git push --follow-tags`);
}
