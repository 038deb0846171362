// RunComfy with one deployment, which runs what its caller asks for. It offers only what a submit needs.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWERS_INFO, SAVED } from './rightAnswers.mts';

export interface AnswersService {
	url: string;
	/** The bodies of the submits, exactly as sent. */
	submits: Record<string, unknown>[];
	close(): Promise<void>;
}

// Their key is tested elsewhere.
function withoutPartners(info: Record<string, object>): Record<string, object> {
	const entries = Object.entries(info).map(([name, one]) => [name, { ...one, api_node: false }]);
	return Object.fromEntries(entries) as Record<string, object>;
}

export async function startAnswersService(): Promise<AnswersService> {
	const submits: Record<string, unknown>[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(answer(request.url ?? '', Buffer.concat(chunks).toString())));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	function answer(path: string, body: string): unknown {
		if (path.endsWith('/object_info.json')) return withoutPartners(ANSWERS_INFO);
		if (path.includes('/inference')) {
			submits.push(JSON.parse(body) as Record<string, unknown>);
			return { request_id: `r${submits.length}` };
		}
		return {
			id: 'answers',
			name: 'Answers',
			workflow_id: 'w',
			workflow_version: 'v1',
			payload: { workflow_api_json: SAVED, object_info_url: `${url}/object_info.json` },
		};
	}

	return {
		url,
		submits,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
