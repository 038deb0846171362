// Wrong addresses that WEBHOOK_URL may contain.
import { createServer } from 'node:http';
import { freePort } from '../../../scripts/free-port.mjs';

/** @type {Record<string, (request: object, response: any) => void>} */
const ANSWERS = {
	'answers 200 to everything': (_request, response) => response.writeHead(200).end('<html></html>'),
	'answers 404 to everything': (_request, response) => response.writeHead(404).end('not here'),
	'does not answer': () => undefined,
};

export const STRANGERS = ['refuses connections', ...Object.keys(ANSWERS)];

/** @param {string} which one of STRANGERS */
export async function startStranger(which) {
	const answer = ANSWERS[which];
	const port = await freePort();
	if (!answer) return { url: `http://127.0.0.1:${port}/`, close: async () => undefined };
	const server = createServer(answer);
	await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${port}/`,
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
