// Serves Node-RED's HTTP nodes, and makes RunComfy's calls to a webhook node.
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
	type ActionType,
	type FlowOptions,
	type startFlow,
	submitted,
	type TestFlow,
} from './rig.mts';

export const SECRET = 'a long & odd secret';

export interface WebhookFlow extends TestFlow {
	/** The URL of the node without its secret, and the one for RunComfy. */
	bare: string;
	address: string;
	/** One request, submitted with the URL and a value in its query, and RunComfy's reports until its end. */
	callBack(query?: Record<string, string>): Promise<{ requestId: string; deploymentId: string }>;
	/** Lets `ms` pass, and RunComfy make the calls that are due by then. */
	later(ms: number): Promise<void>;
	/** The outcomes of RunComfy's calls, in order, such as `succeeded delivered`. */
	calls(): string[];
}

/** A flow around a webhook node, or around another node with a webhook node beside it, and the webhook's URL. */
export async function serveWebhook(
	start: typeof startFlow,
	type: ActionType,
	fields: object = {},
	options: FlowOptions = {},
): Promise<WebhookFlow> {
	const lines: string[] = [];
	const simulator = { latencyMs: 1000, log: (line: string) => lines.push(line) };
	const flow = await start(
		type,
		{ ...fields },
		{ secret: SECRET, ...options, simulator: { ...simulator, ...options.simulator } },
	);
	const server = await serveHttp(() => flow.httpNode());
	const bare = `${server.url}/runcomfy`;
	const address = `${bare}?secret=${encodeURIComponent(SECRET)}`;
	const { stop } = flow;
	const later = async (ms: number) => {
		flow.time.pass(ms);
		await flow.simulator.settle();
	};
	return Object.assign(flow, {
		bare,
		address,
		later,
		async stop() {
			server.close();
			await stop();
		},
		async callBack(query = {}) {
			const ref = await submitted(flow, {
				webhook: `${address}&user=7&api_key=confidential`,
				...query,
			});
			await later(5000);
			return ref;
		},
		calls: () =>
			lines.flatMap((line) => /^webhook \S+ (.*?)(?:, again in .*)?$/.exec(line)?.[1] ?? []),
	});
}

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
