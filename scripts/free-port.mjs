import { randomInt } from 'node:crypto';
import getPort, { portNumbers } from 'get-port';

const host = '127.0.0.1';

// Ports below the range from which systems take those of outgoing connections (on Linux from 32768). One in that
// range may be taken between the moment it is found free and the start of its server.
const FIRST = 20_000;
const LAST = 32_000;

/**
 * Finds a port of 127.0.0.1 that nothing listens on, a different one at each call.
 * @returns {Promise<number>}
 */
export function freePort() {
	return getPort({ host, port: portNumbers(randomInt(FIRST, LAST), LAST), reserve: true });
}

/** That port, or one of the next that nothing listens on. @param {number} first */
export function freePortFrom(first) {
	return getPort({ host, port: portNumbers(first, first + 99) });
}

/**
 * The port that a user has asked for.
 * @param {string} command to run again with another one
 * @param {string | undefined} text
 * @throws Error with a `description` of what to do, if it is not a port or if a program listens on it
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
