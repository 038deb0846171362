// `npm run ci:lines`: every command of .github/workflows once, as the runner would give it to bash, in a
// clone of what is committed here. Words choose lines; `--not <word>` leaves lines out; `--list` only
// prints them. What cannot be tried on a machine of one's own is rewritten, and says so.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { linesOf } from './ci/lines.mjs';
import { exec, start } from './process.mjs';
import { notesOf, released } from './release/notes.mjs';
import { root } from './root.mjs';

const FOLDER = join(root, '.github', 'workflows');

const { values, positionals } = parseArgs({
	options: {
		list: { type: 'boolean', default: false },
		not: { type: 'string', multiple: true, default: [] },
	},
	allowPositionals: true,
});
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const wanted = readdirSync(FOLDER)
	.flatMap((name) => linesOf(readFileSync(join(FOLDER, name), 'utf8')))
	.filter((line, at, all) => all.findIndex(({ run }) => run === line.run) === at)
	.filter(({ run }) => positionals.every((word) => run.includes(word)))
	.filter(({ run }) => !values.not.some((word) => run.includes(word)));

if (values.list) for (const { run } of wanted) console.log(run);
else process.exitCode = (await tryAll()) ? 0 : 1;

async function tryAll() {
	const work = mkdtempSync(join(tmpdir(), 'runcomfy-ci-'));
	try {
		await exec('git', ['clone', '--quiet', root, work]);
		asReleased(join(work, 'CHANGELOG.md'));
		const env = { ...process.env, GITHUB_REF_NAME: `v${version}` };
		const results = [];
		for (const { run, instead, why } of wanted) {
			console.log(`\n$ ${instead}${why ? `   # ${why}` : ''}`);
			const child = start('bash', ['-e', '-o', 'pipefail', '-c', instead], { cwd: work, env });
			const code = await child.ended;
			if (code !== 0) console.log(child.lines.slice(-25).join('\n'));
			results.push({ run, code });
		}
		const failed = results.filter(({ code }) => code !== 0);
		console.log(`\n${results.length - failed.length} of ${results.length} lines ended well.`);
		for (const { run, code } of failed) console.log(`  ✗ ${run} ended with ${code}`);
		return failed.length === 0;
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

/** A tag is made of what was released. @param {string} file */
function asReleased(file) {
	const changelog = readFileSync(file, 'utf8');
	if (!notesOf(changelog, version)) {
		writeFileSync(file, released(changelog, { version, date: '2000-01-01' }));
	}
}
