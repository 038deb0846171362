import { parseArgs } from 'node:util';

export const HELP = `Usage: npm start [-- options]

Builds the package, starts the simulator, makes a picture with n8n's engine and one in a real
Node-RED, and keeps the Node-RED editor open until Ctrl-C. With RUNCOMFY_API_TOKEN and
RUNCOMFY_DEPLOYMENT_ID set, RunComfy itself takes the place of the simulator: then one run is
made, in n8n, and the flow in Node-RED waits for you to press its button. RUNCOMFY_BASE_URL is for
another address than RunComfy's own.

  --once        ends when both pictures are there
  --both        with the real service: runs in Node-RED, too (two runs are paid)
  --port <n>    port of the Node-RED editor (1880, or the next that is free)
  --help        shows this text and ends
`;

/** What the user can fix; it is shown without a stack. */
export class UserError extends Error {
	/** @param {string} message @param {string} [hint] */
	constructor(message, hint) {
		super(message);
		this.hint = hint;
	}
}

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {boolean} once
 * @property {boolean} both
 * @property {number} [port]
 */

/**
 * @param {string[]} argv
 * @returns {Options}
 * @throws {UserError} of what cannot be understood
 */
export function readOptions(argv) {
	const command = 'npm start';
	const { values } = understood(command, () =>
		parseArgs({
			args: argv,
			options: {
				help: { type: 'boolean', short: 'h', default: false },
				once: { type: 'boolean', default: false },
				both: { type: 'boolean', default: false },
				port: { type: 'string' },
			},
		}),
	);
	const { port, ...rest } = values;
	return { ...rest, ...(port !== undefined && { port: toPort(command, port, 1881) }) };
}

export const HELP_N8N = `Usage: npm run start:n8n [-- options]

Builds the package and opens a real n8n with it on this machine until Ctrl-C, with the simulator in
RunComfy's place, a credential and this repository's workflows. n8n and what it needs are downloaded
the first time: it says how much before it begins.

  --port <n>    port of n8n's editor (5678)
  --help        shows this text and ends
`;

/**
 * @param {string[]} argv
 * @returns {{help: boolean, port: number}}
 * @throws {UserError} of what cannot be understood
 */
export function readN8nOptions(argv) {
	const command = 'npm run start:n8n';
	const { values } = understood(command, () =>
		parseArgs({
			args: argv,
			options: {
				help: { type: 'boolean', short: 'h', default: false },
				port: { type: 'string', default: '5678' },
			},
		}),
	);
	return { ...values, port: toPort(command, values.port, 5679) };
}

/**
 * @param {string} command
 * @param {string} port
 * @param {number} another one to name as an example
 */
function toPort(command, port, another) {
	if (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return Number(port);
	throw new UserError(
		`--port ${port}: not a port.`,
		`A port is a whole number from 1 to 65535: ${command} -- --port ${another}`,
	);
}

/**
 * @template T
 * @param {string} command
 * @param {() => T} read
 */
function understood(command, read) {
	try {
		return read();
	} catch (error) {
		const [message = ''] = String(/** @type {Error} */ (error).message).split('. ');
		throw new UserError(message, `${command} -- --help lists the options.`);
	}
}

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
