import type { IncomingMessage } from 'node:http';
import { beginning, parseJson } from './json';
import type { LoggedRequest, RouteName } from './types';

/** Keeps the latest `limit` requests, and counts all of them. */
export class RequestLog {
	readonly entries: LoggedRequest[] = [];
	readonly #counts = new Map<RouteName, number>();
	readonly #limit: number;

	constructor(limit = Infinity) {
		this.#limit = limit;
	}

	add(entry: LoggedRequest): void {
		this.entries.push(entry);
		this.#counts.set(entry.route, this.count(entry.route) + 1);
		if (this.entries.length > this.#limit) this.entries.shift();
	}

	count(route: RouteName): number {
		return this.#counts.get(route) ?? 0;
	}
}

/** Larger bodies get a 413, as from a gateway. A file of 50 MB, a third larger in Base64, fits. */
const MAX_BODY = 72 * 1024 * 1024;
/** Only the beginning of larger bodies is logged. */
const MAX_LOGGED = 1024 * 1024;
const LOGGED_HEAD = 1024;

/** Reads the body; undefined if it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
	const pieces: Buffer[] = [];
	let size = 0;
	for await (const piece of request as AsyncIterable<Buffer>) {
		size += piece.length;
		if (size <= MAX_BODY) pieces.push(piece);
	}
	return size <= MAX_BODY ? Buffer.concat(pieces) : undefined;
}

/** Parsed JSON; the text itself if it is not JSON; undefined if empty. */
export function parseBody(text: string): unknown {
	if (text === '') return undefined;
	try {
		return parseJson(text);
	} catch {
		return text;
	}
}

export const loggedBody = (text: string, parsed: unknown): unknown =>
	text.length > MAX_LOGGED ? beginning(text, LOGGED_HEAD) : parsed;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/**
 * Whether a `Host` header names this server. On the loopback address, any other name belongs to a website that points
 * its name at this machine (DNS rebinding).
 * @param listening host that the server listens on
 * @param origin by which clients know the server
 */
export const isOwnHost = (asked: string, listening: string, origin: string): boolean =>
	!isLoopback(listening) ||
	isLoopback(asked.replace(/:\d+$/, '')) ||
	new URL(origin).host === asked;
