// `npm run release -- minor`: checks that a release is possible, moves the notes in the changelog
// (https://keepachangelog.com) under the version, and creates a commit and a tag. Pushes nothing: pushing the tag
// publishes the packages (.github/workflows/publish.yml). With --dry-run, only prints the plan.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import semver from 'semver';
import { npm, packedFor } from './package.mjs';
import { exec } from './process.mjs';
import { root } from './root.mjs';

const CHANGELOG = join(root, 'CHANGELOG.md');

/** Must pass before a version is tagged; `test/package` includes n8n's scanner. */
const CHECKS = ['npm run lint', 'npm run typecheck', 'npm test -- test/package'];

const USAGE = `npm run release -- major | minor | patch | 1.2.3   [--dry-run]
node scripts/release.mjs --notes 1.2.3   prints what the changelog says of a version`;

/** The text below a version's heading. @param {string} changelog */
export function notesOf(changelog, version = 'Unreleased') {
	const sections = changelog.split(/^## /m).slice(1);
	const found = sections.find((section) => section.split(/\s/, 1)[0] === version) ?? '';
	return found.replace(/^.*/, '').trim();
}

/**
 * A version's notes with absolute links, for a page outside of the repository.
 * @param {string} changelog
 * @param {string} version
 * @param {string} homepage of the repository
 */
export function pageOf(changelog, version, homepage) {
	const notes = notesOf(changelog, version);
	if (!notes) throw new Error(`CHANGELOG.md has no notes for ${version}.`);
	return notes.replace(/\]\((?!\w+:|#)/g, `](${homepage}/blob/v${version}/`);
}

/**
 * Moves the unreleased notes under the version, and leaves an empty section.
 * @param {string} changelog
 * @param {{version: string, date: string}} release `date`: such as 2026-11-26
 */
export function released(changelog, { version, date }) {
	return changelog.replace(/^## Unreleased *$/m, `## Unreleased\n\n## ${version} - ${date}`);
}

/**
 * The reasons against a release; empty if there are none.
 * @param {object} state
 * @param {string} state.status output of `git status --porcelain`
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

/**
 * The steps of a release, in order.
 * @param {object} plan
 * @param {string} plan.from the current version
 * @param {string} plan.to
 * @param {string} plan.date
 * @param {string} plan.notes
 */
function planOf({ from, to, date, notes }) {
	const files = Object.values(packedFor(to)).map((file) => basename(file));
	const indented = notes.replace(/^(?=.)/gm, '   | ');
	return `Release ${to} (now: ${from})

1. Run ${CHECKS.map((check) => `"${check}"`).join(', ')}: some minutes.
2. CHANGELOG.md: move these notes from Unreleased to "${to} - ${date}":

${indented}

3. package.json, package-lock.json: set the version to ${to}.
4. Commit "Release ${to}", tag v${to}. Nothing is pushed.

Once you push the tag (git push --follow-tags), publish.yml
5. runs every test and packs ${files.join(', ')};
6. publishes them on npm, with provenance, as soon as the environment "npm" allows it;
7. makes the GitHub Release v${to} with these notes and files.`;
}

/** Runs a command with its output shown. Throws unless it exits with 0. @param {string} command */
function check(command) {
	console.log(`\n== ${command}`);
	const { status } = spawnSync(command, { cwd: root, shell: true, stdio: 'inherit' });
	if (status !== 0) throw new Error(`${command} failed, so nothing was released.`);
}

/** The version after a step; the step may itself be a version. @param {string} from @param {string} step */
function versionAfter(from, step) {
	if (!['major', 'minor', 'patch'].includes(step)) return semver.valid(step);
	return semver.inc(from, /** @type {semver.ReleaseType} */ (step));
}

async function release() {
	const { values, positionals } = parseArgs({
		options: { 'dry-run': { type: 'boolean', default: false }, notes: { type: 'string' } },
		allowPositionals: true,
	});
	const changelog = readFileSync(CHANGELOG, 'utf8');
	const { version: from, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	if (values.notes) {
		return console.log(pageOf(changelog, values.notes, homepage.replace('#readme', '')));
	}
	const to = versionAfter(from, positionals[0] ?? '');
	if (!to) throw new Error(USAGE);
	const git = (/** @type {string[]} */ ...args) => exec('git', args, { cwd: root });
	const status = await git('status', '--porcelain');
	const branch = await git('branch', '--show-current');
	const problems = problemsOf({ status, branch, changelog });
	const date = new Date().toISOString().slice(0, 10);
	if (values['dry-run']) {
		console.log(planOf({ from, to, date, notes: notesOf(changelog) }));
		console.log('\nThis was a dry run: nothing has changed.');
	}
	if (problems.length > 0) throw new Error(`In the way of a release:\n${problems.join('\n')}`);
	if (values['dry-run']) return;

	CHECKS.forEach(check);
	npm(['version', to, '--no-git-tag-version', '--allow-same-version'], root);
	writeFileSync(CHANGELOG, released(changelog, { version: to, date }));
	await git('commit', '--all', '--message', `Release ${to}`);
	await git('tag', '--annotate', `v${to}`, '--message', `v${to}`);
	console.log(`Tagged v${to}. To publish it: git push --follow-tags`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	void release().catch((error) => {
		console.error(`\n${error.message}`);
		process.exitCode = 1;
	});
}
