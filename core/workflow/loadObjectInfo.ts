import type { Client } from '../http/client';
import { USER_AGENT } from '../http/userAgent';
import { mapTexts } from '../json/mapTexts';
import { throwIfAborted, withTimeLimit } from '../time/limits';
import {
	createWorkflowCache,
	type KnownClasses,
	recall,
	remember,
	type WorkflowCache,
} from './cache';
import { type ObjectInfo, readClass } from './objectInfo';

/** Bytes past which an object_info is not read: it would cost more than the types are worth. */
const MAX_BYTES = 10 * 1024 * 1024;

/** Milliseconds, to the last byte: neither a form nor a run must wait longer for types. */
const TIMEOUT_MS = 8_000;

/**
 * What ComfyUI says of the inputs of these classes; empty where its object_info is missing, larger
 * than 10 MB or cannot be read. Several calls for one address share one reading.
 * @throws RunComfyError `aborted`
 */
export async function loadObjectInfo(
	client: Client,
	url: string | undefined,
	classTypes: readonly string[],
	options: {
		cache?: WorkflowCache | undefined;
		signal?: AbortSignal | undefined;
		/** Reads it even where the cache still has it. */
		fresh?: boolean;
	} = {},
): Promise<ObjectInfo> {
	const { cache = createWorkflowCache(), signal } = options;
	let fresh = options.fresh ?? false;
	if (url === undefined || !URL.canParse(url) || !/^https?:/.test(url)) return {};
	for (;;) {
		throwIfAborted(signal);
		const known = fresh ? undefined : recall(cache.infos, url, client.host.monotonic());
		if (known === 'unreadable') return {};
		const missing = classTypes.some((classType) => !known?.has(classType));
		if (known && !missing) return pick(known, classTypes);
		const before = cache.reading.get(url);
		fresh = false;
		if (before) {
			await withTimeLimit(client.host, TIMEOUT_MS, signal, () => before).catch(() => undefined);
			continue;
		}
		const wanted = [...classTypes, ...(known?.keys() ?? [])];
		const reading = withTimeLimit(client.host, TIMEOUT_MS, signal, (limited) =>
			read(client, url, wanted, limited),
		)
			.catch(() => 'unreadable' as const)
			.finally(() => cache.reading.delete(url));
		cache.reading.set(url, reading);
		const found = await reading;
		// What a stop cut short says nothing about the next one.
		if (!signal?.aborted) remember(cache.infos, url, found, client.host.monotonic());
	}
}

function pick(known: KnownClasses, classTypes: readonly string[]): ObjectInfo {
	return Object.fromEntries(
		classTypes.flatMap((classType) => {
			const inputs = known.get(classType);
			return inputs ? [[classType, inputs]] : [];
		}),
	);
}

async function read(
	client: Client,
	url: string,
	classTypes: readonly string[],
	signal: AbortSignal,
): Promise<KnownClasses | 'unreadable'> {
	const response = await client.host.request({
		method: 'GET',
		url,
		headers: { accept: 'application/json', 'user-agent': USER_AGENT },
		// The address comes from an answer: it gets the token only on the API's own origin.
		authenticate: new URL(url).origin === new URL(client.baseUrl).origin,
		expect: 'stream',
		timeoutMs: TIMEOUT_MS,
		signal,
	});
	const length = Number(response.headers['content-length'] ?? 0);
	const text = await readText(response.stream, length > MAX_BYTES || response.status !== 200);
	if (text === undefined) return 'unreadable';
	const raw: unknown = JSON.parse(text);
	const conceal = (inner: string) => client.host.redact?.(inner) ?? inner;
	return new Map(
		classTypes.map((classType) => [classType, mapTexts(readClass(raw, classType), conceal)]),
	);
}

/** The text, or undefined past the limit. Leaving the loop closes the connection. */
async function readText(
	stream: AsyncIterable<Uint8Array> | undefined,
	unwanted: boolean,
): Promise<string | undefined> {
	const decoder = new TextDecoder();
	const parts: string[] = [];
	let bytes = 0;
	for await (const chunk of stream ?? []) {
		bytes += chunk.length;
		if (unwanted || bytes > MAX_BYTES) return undefined;
		parts.push(decoder.decode(chunk, { stream: true }));
	}
	return unwanted ? undefined : parts.join('') + decoder.decode();
}
