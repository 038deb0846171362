import { randomInt } from 'node:crypto';
import getPort, { portNumbers } from 'get-port';

const host = '127.0.0.1';

// Below the range from which systems take ports for outgoing connections (on Linux from 32768): a port in that range
// could be taken between this check and the server's start.
const FIRST = 20_000;
const LAST = 32_000;

/**
 * Finds a free port on 127.0.0.1, a different one with each call.
 * @returns {Promise<number>}
 */
export function freePort() {
	return getPort({ host, port: portNumbers(randomInt(FIRST, LAST), LAST), reserve: true });
}

/** Returns this port, or the next free one. @param {number} first */
export function freePortFrom(first) {
	return getPort({ host, port: portNumbers(first, first + 99) });
}

/**
 * Parses the port that a user has asked for.
 * @param {string} command to suggest, with another port
 * @param {string | undefined} text
 * @throws Error with a `description` of what to do, if the port is invalid or taken
 */
export async function portOf(command, text) {
	if (text === undefined) return undefined;
	const port = Number(text);
	const valid = /^\d+$/.test(text) && port >= 1 && port < 65_535;
	if (valid && (await getPort({ host, port })) === port) return port;
	const problem = valid
		? `Port ${port} is in use, perhaps by an editor of your own. Nothing was sent to it.`
		: `--port ${text}: not a port.`;
	const description = `Choose another one: ${command} -- --port ${valid ? port + 1 : 1881}`;
	throw Object.assign(new Error(problem), { description });
}
