// A server in front of the simulator that fails one kind of call, over real sockets.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Fault, Kind } from './fault.mts';
import { writeFault } from './wire.mts';

export interface Front {
	url: string;
	/** The simulator. */
	target: string;
	/** Calls of the armed kind since it was armed. */
	hits: number;
	/** Fails the calls whose `METHOD /path` matches, until disarmed. */
	arm(at: RegExp, fault: Fault): void;
	disarm(): void;
	close(): Promise<void>;
}

/** Of these the service knows nothing; after the others it has carried out what was asked. */
const KEPT_FROM_IT: readonly Kind[] = [
	...(['redirect', 'redirect_loop', 'malformed', 'unauthorized', 'unpaid', 'forbidden'] as const),
	...(['missing', 'gone', 'refused', 'no_funds', 'disabled', 'deleted'] as const),
	...(['throttled', 'throttled_inside', 'throttled_long'] as const),
	...(['unavailable_told', 'unavailable_long'] as const),
];

export async function startFront(token: string): Promise<Front> {
	let armed: { at: RegExp; fault: Fault } | undefined;

	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const { method = 'GET', url: path = '/' } = request;
		const body = await buffer(request);
		const struck = armed?.at.test(`${method} ${path}`) ? armed.fault : undefined;
		if (struck) front.hits += 1;
		const knows = !struck || !KEPT_FROM_IT.includes(struck.kind);
		const good = knows ? await forward(front.target, request, body) : undefined;
		if (struck) {
			const text = good?.body.toString('utf8') ?? '';
			return writeFault(struck, response, { url: front.url + path, body: text, token });
		}
		response.writeHead(good!.status, good!.headers).end(good!.body);
	};

	const server = createServer((request, response) => {
		answer(request, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
	const front: Front = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		target: '',
		hits: 0,
		arm(at, fault) {
			armed = { at, fault };
			front.hits = 0;
		},
		disarm() {
			armed = undefined;
		},
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
	return front;
}

const OF_THE_CONNECTION = ['host', 'connection', 'content-length'];

async function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
	const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
	const answer = await fetch(target + url, {
		method: method!,
		headers: Object.fromEntries(kept) as Record<string, string>,
		redirect: 'manual',
		...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
	});
	const type = answer.headers.get('content-type');
	return {
		status: answer.status,
		headers: type ? { 'content-type': type } : {},
		body: Buffer.from(await answer.arrayBuffer()),
	};
}
