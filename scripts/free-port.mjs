import { randomInt } from 'node:crypto';
import getPort, { portNumbers } from 'get-port';

// Below the range from which systems take the ports of outgoing connections (Linux: from 32768):
// one of those may be taken between the moment it was found free and the start of its server.
const FIRST = 20_000;
const LAST = 32_000;

/**
 * A port of 127.0.0.1 that nothing listens on, another one at each call.
 * @returns {Promise<number>}
 */
export function freePort() {
	const port = portNumbers(randomInt(FIRST, LAST), LAST);
	return getPort({ host: '127.0.0.1', port, reserve: true });
}
