import { parseArgs } from 'node:util';

export const HELP = `Usage: npm start [-- options]

Builds the package, starts the simulator, makes a picture with n8n's engine and one in a real
Node-RED, and keeps the Node-RED editor open until Ctrl-C. With RUNCOMFY_API_TOKEN and
RUNCOMFY_DEPLOYMENT_ID set, RunComfy itself takes the place of the simulator: then one run is
made, in n8n, and the flow in Node-RED waits for you to press its button. RUNCOMFY_BASE_URL is for
another address than RunComfy's own.

  --once        ends when both pictures are there
  --both        with the real service: runs in Node-RED, too (two runs are paid)
  --port <n>    port of the Node-RED editor (1880)
  --help        shows this text and ends
`;

/** What the user can mend; it is shown without a stack. */
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
 * @property {number} port
 */

/**
 * @param {string[]} argv
 * @returns {Options}
 * @throws {UserError} of what cannot be understood
 */
export function readOptions(argv) {
	const { help, once, both, port } = parse(argv);
	if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
		throw new UserError(
			`--port ${port}: not a port.`,
			'A port is a whole number from 1 to 65535: npm start -- --port 1881',
		);
	}
	return { help, once, both, port: Number(port) };
}

/** @param {string[]} argv */
function parse(argv) {
	try {
		return parseArgs({
			args: argv,
			options: {
				help: { type: 'boolean', short: 'h', default: false },
				once: { type: 'boolean', default: false },
				both: { type: 'boolean', default: false },
				port: { type: 'string', default: '1880' },
			},
		}).values;
	} catch (error) {
		const [message = ''] = String(/** @type {Error} */ (error).message).split('. ');
		throw new UserError(message, 'npm start -- --help lists the options.');
	}
}
