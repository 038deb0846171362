import { throwIfAborted } from './abort';
import type { Client } from './client';
import { RunComfyError, type ErrorFacts } from './errors';
import { readNetworkFailure } from './errors/network';
import { pause, USER_AGENT } from './exchange';
import type { HttpResponse } from './host';
import { formatBytes } from './media';
import { readOutputs, type OutputFile } from './outputs';
import type { RequestRef } from './paths';
import { getResult } from './result';
import { parseRetryAfter, READ_RETRIES, retryDelay } from './retry';

export interface DownloadOptions<T> {
	/**
	 * Takes the stream to where it belongs (a file, n8n's binary data) and says how many bytes came.
	 * It is called again, with a new stream, when the file was not there yet: then the value of the
	 * earlier call is dropped.
	 */
	save: (stream: AsyncIterable<Uint8Array>, file: DownloadedFile) => Promise<Saved<T>>;
	/** Bytes past which a download is stopped; none by default. */
	maxBytes?: number | undefined;
	signal?: AbortSignal | undefined;
}

export interface DownloadedFile extends OutputFile {
	/** Bytes, if the storage host said so. */
	content_length?: number;
}

export interface Saved<T> {
	bytes: number;
	value: T;
}

/** Milliseconds until the headers must have come. */
const DOWNLOAD_TIMEOUT_MS = 120_000;

/**
 * Streams one output file: no token, a named user agent. A 403 or 404 fetches the result once more
 * for a fresh address; an empty file counts as not there yet and is tried again.
 * @throws RunComfyError `output_unavailable`, also past `maxBytes`; `aborted`.
 */
export async function download<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	options: DownloadOptions<T>,
): Promise<T> {
	let current = file;
	let refreshed = false;
	for (let number = 1; ; number += 1) {
		throwIfAborted(options.signal, ref);
		const tried = await tryDownload(client, ref, current, options);
		if (tried.ok) return tried.value;
		if (tried.gone && !refreshed) {
			refreshed = true;
			current = await freshAddress(client, ref, file, options.signal);
			continue;
		}
		const delayMs =
			tried.error.retryable && !tried.gone
				? retryDelay(READ_RETRIES, number, tried.retryAfterMs)
				: undefined;
		if (delayMs === undefined) throw tried.error;
		await pause(client, delayMs, options.signal, ref);
	}
}

type Tried<T> =
	| { ok: true; value: T }
	| { ok: false; error: RunComfyError; gone: boolean; retryAfterMs?: number | undefined };

async function tryDownload<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	options: DownloadOptions<T>,
): Promise<Tried<T>> {
	try {
		const response = await client.host.request({
			method: 'GET',
			url: file.url,
			headers: { accept: '*/*', 'user-agent': USER_AGENT },
			authenticate: false,
			expect: 'stream',
			timeoutMs: DOWNLOAD_TIMEOUT_MS,
			...(options.signal ? { signal: options.signal } : {}),
		});
		if (response.status !== 200) return refused(client, ref, file, response);
		return await take(ref, file, response, options);
	} catch (error) {
		throwIfAborted(options.signal, ref);
		return { ok: false, gone: false, error: brokenDownload(ref, file, error) };
	}
}

async function take<T>(
	ref: RequestRef,
	file: OutputFile,
	response: HttpResponse,
	{ save, maxBytes }: DownloadOptions<T>,
): Promise<Tried<T>> {
	const length = Number(response.headers['content-length'] ?? NaN);
	const declared = Number.isFinite(length) ? length : undefined;
	const stream = response.stream ?? noBytes();
	if (declared !== undefined && maxBytes !== undefined && declared > maxBytes) {
		await discard(stream);
		throw tooLarge(ref, file, maxBytes);
	}
	const named = { ...file, ...(declared === undefined ? {} : { content_length: declared }) };
	const saved = await save(limited(stream, ref, file, maxBytes), named);
	if (saved.bytes === 0) {
		return { ok: false, gone: false, error: unavailable(ref, file, 'is still empty') };
	}
	if (declared !== undefined && saved.bytes < declared && !response.headers['content-encoding']) {
		return { ok: false, gone: false, error: unavailable(ref, file, 'came incomplete') };
	}
	return { ok: true, value: saved.value };
}

/** Passes the bytes on until there are more than `maxBytes`. @throws RunComfyError */
async function* limited(
	stream: AsyncIterable<Uint8Array>,
	ref: RequestRef,
	file: OutputFile,
	maxBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (maxBytes !== undefined && bytes > maxBytes) throw tooLarge(ref, file, maxBytes);
		yield chunk;
	}
}

async function refused<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	response: HttpResponse,
): Promise<Tried<T>> {
	if (response.stream) await discard(response.stream);
	const { status } = response;
	const transient = status === 408 || status === 429 || status >= 500;
	return {
		ok: false,
		gone: status === 403 || status === 404 || status === 410,
		error: unavailable(ref, file, `is not given out (HTTP ${status})`, {
			httpStatus: status,
			retryable: transient,
		}),
		retryAfterMs: parseRetryAfter(response.headers['retry-after'], client.host.now()),
	};
}

async function freshAddress(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	signal: AbortSignal | undefined,
): Promise<OutputFile> {
	const { outputs } = await getResult(client, ref, { signal });
	const same = readOutputs(outputs).files.find(
		(other) =>
			other.node_id === file.node_id &&
			other.channel === file.channel &&
			other.filename === file.filename,
	);
	return same ?? file;
}

// Leaving the iteration destroys the connection instead of reading the rest.
async function discard(stream: AsyncIterable<Uint8Array>): Promise<void> {
	const iterator = stream[Symbol.asyncIterator]();
	await iterator.return?.();
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

function brokenDownload(ref: RequestRef, file: OutputFile, thrown: unknown): RunComfyError {
	if (thrown instanceof RunComfyError) return thrown;
	const { code } = readNetworkFailure(thrown);
	// A full disk or a forbidden folder is the user's, not the service's: say it in its own words.
	const local = thrown instanceof Error && /^(ENOSPC|EACCES|EROFS|EPERM|EDQUOT)$/.test(code);
	return unavailable(
		ref,
		file,
		local ? `could not be stored: ${thrown.message}` : `broke off (${code})`,
		{
			retryable: !local,
			...(local ? { hint: 'Make room or choose another place, then fetch the result again.' } : {}),
		},
	);
}

function tooLarge(ref: RequestRef, file: OutputFile, maxBytes: number): RunComfyError {
	return unavailable(ref, file, `is larger than the limit of ${formatBytes(maxBytes)}`, {
		hint: 'Raise the size limit, or turn the download off and use the address of the file.',
		retryable: false,
	});
}

function unavailable(
	ref: RequestRef,
	file: OutputFile,
	what: string,
	facts: ErrorFacts = {},
): RunComfyError {
	return new RunComfyError('output_unavailable', `The output ${file.filename} ${what}`, {
		...ref,
		...facts,
		details: { node_id: file.node_id, url: file.url },
	});
}
