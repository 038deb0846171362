// The workflow's last node hands its items over here: what arrives has been delivered.
import { createServer } from 'node:http';
import { markIn } from './workflow.mjs';

/** @returns the address, and each delivery by the mark of its execution, in order of arrival */
export async function startSink() {
	/** @type {Map<number, Array<{at: number, requestId: string, status: string}>>} */
	const deliveries = new Map();
	const server = createServer((request, response) => {
		const at = Date.now();
		const parts = [];
		request.on('data', (part) => parts.push(part));
		request.on('end', () => {
			const { mark: text, requestId, status } = JSON.parse(Buffer.concat(parts).toString());
			const mark = markIn(text);
			deliveries.set(mark, [...(deliveries.get(mark) ?? []), { at, requestId, status }]);
			response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/`,
		deliveries,
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			server.closeAllConnections();
			await closed;
		},
	};
}
