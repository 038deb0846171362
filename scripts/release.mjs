// `npm run release -- minor`: checks that nothing is in the way, moves the notes in the changelog
// (https://keepachangelog.com) under the version, and makes a commit and a tag. It pushes nothing: the tag, pushed, is
// what publishes (.github/workflows/publish.yml).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { npm } from './package.mjs';
import { exec } from './process.mjs';
import { root } from './root.mjs';

const CHANGELOG = join(root, 'CHANGELOG.md');

/** What is below the heading "Unreleased". @param {string} changelog */
export function notesOf(changelog) {
	const [, notes = ''] = /^## Unreleased *$([^]*?)(?=^## |(?![^]))/m.exec(changelog) ?? [];
	return notes.trim();
}

/**
 * Puts what is unreleased under the version, and leaves an empty section.
 * @param {string} changelog
 * @param {{version: string, date: string}} release `date`: such as 2026-11-26
 */
export function released(changelog, { version, date }) {
	return changelog.replace(/^## Unreleased *$/m, `## Unreleased\n\n## ${version} - ${date}`);
}

/**
 * Why nothing can be released; empty if it can.
 * @param {object} state
 * @param {string} state.status what `git status --porcelain` says
 * @param {string} state.branch
 * @param {string} state.changelog
 * @returns {string[]}
 */
export function problemsOf({ status, branch, changelog }) {
	const says = notesOf(changelog)
		.split('\n')
		.some((line) => line.trim() !== '' && !line.startsWith('#'));
	return [
		...(status ? [`The tree has changes that are not committed:\n${status}`] : []),
		...(branch === 'main' ? [] : [`This is the branch ${branch || '(none)'}, not main.`]),
		...(says ? [] : ['CHANGELOG.md has no notes under Unreleased.']),
	];
}

async function release() {
	const { values, positionals } = parseArgs({
		options: { 'dry-run': { type: 'boolean', default: false } },
		allowPositionals: true,
	});
	const [step = ''] = positionals;
	if (!['major', 'minor', 'patch'].includes(step))
		throw new Error('npm run release -- major | minor | patch   [--dry-run]');
	const git = (/** @type {string[]} */ ...args) => exec('git', args, { cwd: root });
	const changelog = readFileSync(CHANGELOG, 'utf8');
	const status = await git('status', '--porcelain');
	const branch = await git('branch', '--show-current');
	const problems = problemsOf({ status, branch, changelog });
	if (problems.length > 0) throw new Error(problems.join('\n'));

	console.log('Build, lint, types, the tarballs, n8n’s scanner:');
	npm(['run', 'lint'], root);
	npm(['run', 'typecheck'], root);
	npm(['test', '--', 'test/package'], root);
	console.log(`\nNotes:\n\n${notesOf(changelog)}\n`);
	if (values['dry-run']) return console.log('A dry run: nothing is changed.');

	const tag = npm(['version', step, '--no-git-tag-version'], root).trim();
	const date = new Date().toISOString().slice(0, 10);
	writeFileSync(CHANGELOG, released(changelog, { version: tag.slice(1), date }));
	await git('commit', '--all', '--message', `Release ${tag.slice(1)}`);
	await git('tag', '--annotate', tag, '--message', tag);
	console.log(`Tagged ${tag}. To publish it: git push --follow-tags`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	void release().catch((error) => {
		console.error(`\n${error.message}`);
		process.exitCode = 1;
	});
}
