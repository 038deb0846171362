import { UserError } from './options.mjs';

/** What is wrong when a file cannot be written. @type {Record<string, string>} */
const CANNOT_WRITE = {
	EACCES: 'you have no permission to write there',
	EEXIST: 'something else is in its place',
	ENOSPC: 'the disk is full',
	ENOTDIR: 'a file is in the place of a folder',
	EPERM: 'you have no permission to write there',
	EROFS: 'the disk is read-only',
};

/**
 * An error in lines for a person: what happened and what to do. The stack is for those who ask.
 * @param {unknown} thrown
 * @param {{debug?: boolean}} [options]
 * @returns {string[]}
 */
export function explain(thrown, { debug = false } = {}) {
	// n8n stores its errors as plain objects.
	if (!hasMessage(thrown)) return [String(thrown)];
	const { code, path, description, hint } = thrown;
	const stack = debug && thrown.stack ? [thrown.stack] : [];
	if (path && code && code in CANNOT_WRITE) {
		return [`Cannot write ${path}: ${CANNOT_WRITE[code]}.`, ...stack];
	}
	const more = [hint, description].filter((text) => text && !thrown.message.includes(text));
	const known = thrown instanceof UserError || more.length > 0;
	const ask = known || debug ? [] : ['DEBUG=1 npm start shows where it happened.'];
	return [thrown.message, ...more.map(String), ...ask, ...stack];
}

/**
 * @param {unknown} thrown
 * @returns {thrown is NodeJS.ErrnoException & {description?: string, hint?: string}}
 */
function hasMessage(thrown) {
	return typeof thrown === 'object' && thrown !== null && 'message' in thrown;
}
