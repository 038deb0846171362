// What a release needs to know: the notes in the changelog (https://keepachangelog.com), the next version, what is in the
// way.
import semver from 'semver';

const UNRELEASED = 'Unreleased';

/**
 * @param {string} changelog
 * @param {string} section a version, or "Unreleased"
 * @returns {string} what is below its heading; empty if there is none
 */
export function notesOf(changelog, section = UNRELEASED) {
	const [, ...sections] = changelog.split(/^## /m);
	const found = sections.find((text) => nameOf(text) === section);
	return found?.slice(found.indexOf('\n') + 1).trim() ?? '';
}

const nameOf = (/** @type {string} */ text) => text.replace(/( - |\n)[^]*/, '').trim();

/** Whether the notes contain more than headings. @param {string} notes */
export function saysSomething(notes) {
	return notes.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#'));
}

/**
 * Puts what is unreleased under the version, and leaves an empty section.
 * @param {string} changelog
 * @param {{version: string, date: string}} release `date`: such as 2026-11-26
 */
export function released(changelog, { version, date }) {
	return changelog.replace(/^## Unreleased *$/m, `## ${UNRELEASED}\n\n## ${version} - ${date}`);
}

/** @typedef {'major' | 'minor' | 'patch'} Step */

const STEPS = /** @type {const} */ (['major', 'minor', 'patch']);

/**
 * Why nothing can be released; empty if it can.
 * @param {object} state
 * @param {string} state.status what `git status --porcelain` says
 * @param {string} state.branch
 * @param {string} state.changelog
 * @param {string[]} state.tags
 * @param {string} state.next the version to be
 * @returns {string[]}
 */
export function problemsOf({ status, branch, changelog, tags, next }) {
	const changed = status.split('\n').filter(Boolean);
	return [
		...(changed.length > 0
			? [
					`The tree has changes that are not committed:\n${changed.map((line) => `    ${line}`).join('\n')}`,
				]
			: []),
		...(branch === 'main' ? [] : [`This is the branch ${branch || '(none)'}, not main.`]),
		...(saysSomething(notesOf(changelog)) ? [] : ['CHANGELOG.md has no notes under Unreleased.']),
		...(notesOf(changelog, next) ? [`CHANGELOG.md has notes of ${next} already.`] : []),
		...(tags.includes(`v${next}`) ? [`The tag v${next} is there already.`] : []),
	];
}

/** @param {string} version @param {string | undefined} step @throws Error if there is no such step */
export function nextVersion(version, step) {
	const known = STEPS.find((one) => one === step);
	const next = known && semver.inc(version, known);
	if (!next) throw new Error(`npm run release -- ${STEPS.join(' | ')}   [--dry-run]`);
	return next;
}
