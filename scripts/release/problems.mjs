import semver from 'semver';
import { notesOf, saysSomething } from './notes.mjs';

/** @typedef {'major' | 'minor' | 'patch'} Step */

const STEPS = /** @type {const} */ (['major', 'minor', 'patch']);

/**
 * Why nothing can be released as it is; empty where it can.
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

/** @param {string} version @param {string | undefined} step @throws Error of a step that is none */
export function nextVersion(version, step) {
	const known = STEPS.find((one) => one === step);
	const next = known && semver.inc(version, known);
	if (!next) throw new Error(`npm run release -- ${STEPS.join(' | ')}   [--dry-run]`);
	return next;
}
