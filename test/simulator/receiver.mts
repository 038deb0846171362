import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import type { Json } from './support.mts';

export interface Receiver {
	url: string;
	/** The parsed bodies in order of arrival, including refused ones. */
	events: Json[];
	headers: Json[];
	paths: string[];
	/** The answers to the next posts, with 0 for none at all; after them, 200. */
	answers: number[];
	/** The highest number of posts that were open at the same time. */
	peak: number;
	/** Leaves posts unanswered until `release`. */
	hold: boolean;
	release(): void;
}

const open: Array<() => Promise<void>> = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map((close) => close()));
});

/** A webhook endpoint on this machine; closed after the test. */
export async function receiver(): Promise<Receiver> {
	const held: Array<() => void> = [];
	const state: Receiver = {
		url: '',
		events: [],
		headers: [],
		paths: [],
		answers: [],
		peak: 0,
		hold: false,
		release() {
			state.hold = false;
			for (const answer of held.splice(0)) answer();
		},
	};
	let posts = 0;
	const server = createServer((request, response) => {
		let text = '';
		posts += 1;
		state.peak = Math.max(state.peak, posts);
		response.on('close', () => (posts -= 1));
		request.setEncoding('utf8');
		request.on('data', (piece: string) => {
			text += piece;
		});
		request.on('end', () => {
			state.events.push(JSON.parse(text) as Json);
			state.headers.push(request.headers);
			state.paths.push(request.url ?? '');
			const status = state.answers.shift() ?? 200;
			if (status === 0) return;
			held.push(() => response.writeHead(status).end());
			if (!state.hold) state.release();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	open.push(async () => {
		const closed = new Promise<unknown>((resolve) => server.close(resolve));
		server.closeAllConnections();
		await closed;
	});
	return state;
}

export const statuses = ({ events }: Receiver): unknown[] => events.map(({ status }) => status);
