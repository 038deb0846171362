// Serves Node-RED's HTTP nodes, and calls them.
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves Node-RED's app for HTTP nodes, which the test helper does not serve. */
export async function serveHttp(
	app: () => RequestListener,
): Promise<{ url: string; close(): void }> {
	const server = createServer((request, answer) => app()(request, answer));
	await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}

/** Posts any body, and returns the HTTP status; `broken` if there was no answer. */
export function post(
	address: string,
	body: string | Buffer,
	headers: Record<string, string> = {},
): Promise<number | 'broken'> {
	return new Promise((resolve) => {
		const call = request(address, { method: 'POST', headers }, (answer) => {
			answer.resume();
			resolve(answer.statusCode ?? 'broken');
		});
		call.on('error', () => resolve('broken'));
		call.end(body);
	});
}
