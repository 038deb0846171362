import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves Node-RED's app for HTTP nodes, which the test helper does not serve anywhere. */
export async function serveHttp(
	app: () => RequestListener,
	before: (request: IncomingMessage) => void = () => undefined,
): Promise<{ url: string; close(): void }> {
	const server = createServer((request, answer) => {
		before(request);
		app()(request, answer);
	});
	await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
