// The changelog as text: https://keepachangelog.com.

const UNRELEASED = 'Unreleased';

/**
 * @param {string} changelog
 * @param {string} section a version, or "Unreleased"
 * @returns {string} what stands below its heading; empty where there is none
 */
export function notesOf(changelog, section = UNRELEASED) {
	const [, ...sections] = changelog.split(/^## /m);
	const found = sections.find((text) => nameOf(text) === section);
	return found?.slice(found.indexOf('\n') + 1).trim() ?? '';
}

const nameOf = (/** @type {string} */ text) => text.replace(/( - |\n)[^]*/, '').trim();

/** Whether there is more than headings. @param {string} notes */
export function saysSomething(notes) {
	return notes.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#'));
}

/**
 * What is unreleased becomes the version; an empty section takes its place.
 * @param {string} changelog
 * @param {{version: string, date: string}} release `date`: such as 2026-11-26
 */
export function released(changelog, { version, date }) {
	return changelog.replace(/^## Unreleased *$/m, `## ${UNRELEASED}\n\n## ${version} - ${date}`);
}
