import type { IncomingMessage } from 'node:http';
import { beginning, parseJson } from './json.cjs';
import type { LoggedRequest, RouteName } from './types.cjs';

export interface RequestLog {
	readonly entries: LoggedRequest[];
	add(entry: LoggedRequest): void;
	count(route: RouteName): number;
	/** How many requests there were on all routes. */
	total(): number;
}

/** Keeps the latest `limit` requests; counts them all. */
export function createRequestLog(limit: number): RequestLog {
	const entries: LoggedRequest[] = [];
	const counts = new Map<RouteName, number>();
	return {
		entries,
		add(entry) {
			entries.push(entry);
			counts.set(entry.route, (counts.get(entry.route) ?? 0) + 1);
			if (entries.length > limit) entries.splice(0, entries.length - limit);
		},
		count: (route) => counts.get(route) ?? 0,
		total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
	};
}

/** Larger bodies are refused with 413, as a gateway does. A file of 50 MB, a third larger in Base64, fits. */
const MAX_BODY = 72 * 1024 * 1024;
/** Larger bodies are logged as their beginning only. */
const MAX_LOGGED = 1024 * 1024;
const LOGGED_HEAD = 1024;

/** Reads the body; undefined when it is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
	const pieces: Buffer[] = [];
	let size = 0;
	for await (const piece of request as AsyncIterable<Buffer>) {
		size += piece.length;
		if (size <= MAX_BODY) pieces.push(piece);
	}
	return size <= MAX_BODY ? Buffer.concat(pieces) : undefined;
}

/** Parsed JSON, the text itself if it is not JSON, undefined when it is empty. */
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
 * Whether a `Host` header is an address of this server. On the loopback address, any other name is that of a
 * site which a visitor's browser takes for this machine.
 * @param listening what the server listens on
 * @param origins what clients know it by
 */
export const isOwnHost = (asked: string, listening: string, ...origins: string[]): boolean =>
	!isLoopback(listening) ||
	isLoopback(asked.replace(/:\d+$/, '')) ||
	origins.some((origin) => new URL(origin).host === asked);
