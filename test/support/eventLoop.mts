// Measures work in turns of the event loop instead of real time: their number does not depend on the machine's speed,
// except while waiting for the disk, for a name, or for bytes in transit between sockets.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Lets the event loop turn this many times, whatever is in progress. */
export async function exactTurns(count: number): Promise<void> {
	for (let turn = 0; turn < count; turn += 1) {
		await new Promise((resolve) => setImmediate(resolve));
	}
}

const FROM_OUTSIDE = /^(?:FSReq|GetAddrInfoReq)/;

/** Whether this process waits for the disk, or for a name. */
export function waitsForDisk(): boolean {
	return process.getActiveResourcesInfo().some((name) => FROM_OUTSIDE.test(name));
}

/** Calls from this process to its own servers: which of them are in transit. */
export class OwnCalls {
	/** Calls without an answer. */
	#open = 0;
	/** Calls that a server has received and not begun to answer. */
	readonly #arrived = new Map<ServerResponse, IncomingMessage>();

	start(): void {
		subscribe('http.server.request.start', this.#arrive);
	}

	stop(): void {
		unsubscribe('http.server.request.start', this.#arrive);
		this.#arrived.clear();
	}

	async hold<T>(answer: Promise<T>): Promise<T> {
		this.#open += 1;
		return answer.finally(() => {
			this.#open -= 1;
		});
	}

	areOnTheirWay(): boolean {
		const waiting = [...this.#arrived].filter(
			([response, request]) => request.complete && !response.headersSent,
		);
		return this.#open > waiting.length;
	}

	#arrive = (message: unknown) => {
		const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
		this.#arrived.set(response, request);
		response.once('close', () => this.#arrived.delete(response));
	};
}
