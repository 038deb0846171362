import { type ErrorFacts, redact, RunComfyError } from '../errors';
import { readNetworkFailure } from '../errors/network';
import type { HttpResponse } from '../host';
import { type Client, USER_AGENT } from '../http/client';
import { PRIVATE_ADDRESS } from '../http/privateAddress';
import { READ_RETRIES, retryAfterOf, retryDelay } from '../http/retry';
import { getResult } from '../request/result';
import type { RequestRef } from '../target/ref';
import { formatBytes } from '../text';
import { type Attempt, repeat, valueOf } from '../time/attempts';
import { pause, throwIfAborted, withTimeLimit } from '../time/waiting';
import type { OutputFile } from './outputFile';
import { readResultOutputs } from './outputs';
import { LOWEST_SPEED, type Meter, meter } from './stream';

export interface DownloadOptions<T> {
	/**
	 * Takes the stream to where it belongs (a file, n8n's binary data) and says how many bytes came.
	 * It is called again, with a new stream, if the file was not there yet or came incomplete: then the
	 * value of the earlier call is dropped.
	 */
	save: (stream: AsyncIterable<Uint8Array>, file: DownloadedFile) => Promise<Saved<T>>;
	/** Bytes past which a download is stopped; none by default. */
	maxBytes?: number | undefined;
	/** Milliseconds for the file, further attempts included; 0 or absent means no limit. */
	timeoutMs?: number | undefined;
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

/** HTTP statuses of an address that has expired or never worked: a fresh one may help. */
const GONE = new Set([400, 401, 403, 404, 410]);

/**
 * Streams one output file: no token, a named user agent. An address that is not good any more (403,
 * 404 and the like) fetches the result once more for a fresh one; an empty or incomplete file, a web
 * page in its place, a broken connection, a stream of less than 1 KB a second, 408, 429 and 5xx are tried again.
 * @throws RunComfyError `output_unavailable`, also past `maxBytes` and `timeoutMs`; `aborted`.
 */
export async function download<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	options: DownloadOptions<T>,
): Promise<T> {
	const { signal } = options;
	const { host } = client;
	const deadline = host.monotonic() + (options.timeoutMs || Infinity);
	let current = file;
	let refreshed = false;
	const last = await repeat<T, FailedDownload>(
		() => {
			throwIfAborted(signal, ref);
			return tryDownload(client, ref, current, options, deadline);
		},
		({ error, gone, retryAfterMs }, number) => {
			if (gone && !refreshed) return 0;
			if (!error.retryable) return undefined;
			const delayMs = retryDelay(READ_RETRIES, number, retryAfterMs);
			const tooLate = host.monotonic() + (delayMs ?? 0) >= deadline;
			return tooLate ? undefined : delayMs;
		},
		async (ms, { error, gone }) => {
			if (!gone || refreshed) return void (await pause(host, ms, signal, ref));
			refreshed = true;
			current = await freshAddress(client, ref, file, error, options, deadline);
		},
	);
	return valueOf(last);
}

interface FailedDownload {
	error: RunComfyError;
	/** Whether a fresh address may help. */
	gone: boolean;
	retryAfterMs?: number | undefined;
}

type Tried<T> = Attempt<T, FailedDownload>;

async function tryDownload<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	options: DownloadOptions<T>,
	deadline: number,
): Promise<Tried<T>> {
	const leftMs = Math.max(0, deadline - client.host.monotonic());
	const measured = meter(client, options.signal, { maxBytes: options.maxBytes, leftMs });
	try {
		const response = await client.host.request({
			method: 'GET',
			url: file.url,
			// Not compressed on the way: its length tells whether all of it came.
			headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
			authenticate: false,
			publicOnly: !client.allowPrivate,
			expect: 'stream',
			timeoutMs: DOWNLOAD_TIMEOUT_MS,
			signal: measured.signal,
		});
		if (response.status !== 200) return await refused(client, ref, file, response);
		return await saveAnswer(ref, file, response, options, measured);
	} catch (thrown) {
		throwIfAborted(options.signal, ref);
		return { ok: false, gone: false, error: explain(ref, file, thrown, options, measured) };
	} finally {
		measured.stop();
	}
}

async function saveAnswer<T>(
	ref: RequestRef,
	file: OutputFile,
	response: HttpResponse,
	{ save, maxBytes = Infinity }: DownloadOptions<T>,
	measured: Meter,
): Promise<Tried<T>> {
	const length = Number(response.headers['content-length'] ?? NaN);
	const declared = Number.isFinite(length) ? length : undefined;
	const stream = response.stream ?? noBytes();
	if ((declared ?? 0) > maxBytes) {
		await discard(stream);
		return { ok: false, gone: false, error: tooLarge(ref, file, maxBytes) };
	}
	if (isPage(response.headers['content-type']) && !isPage(file.mime_type)) {
		await discard(stream);
		return { ok: false, gone: false, error: unavailable(ref, file, 'came as a web page') };
	}
	const described = { ...file, ...(declared === undefined ? {} : { content_length: declared }) };
	const saved = await save(measured.pass(stream), described);
	if (saved.bytes === 0) {
		return { ok: false, gone: false, error: unavailable(ref, file, 'is still empty') };
	}
	if (saved.bytes < (declared ?? 0) && !response.headers['content-encoding']) {
		return { ok: false, gone: false, error: unavailable(ref, file, 'came incomplete') };
	}
	return { ok: true, value: saved.value };
}

/** The type of a network's sign-in page, or a proxy's error page. */
function isPage(contentType = ''): boolean {
	return /^\s*text\/html\b/i.test(contentType);
}

async function refused(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	response: HttpResponse,
): Promise<Tried<never>> {
	if (response.stream) await discard(response.stream);
	const { status } = response;
	const transient = status === 408 || status === 429 || status >= 500;
	return {
		ok: false,
		gone: GONE.has(status),
		error: unavailable(ref, file, `was refused (HTTP ${status})`, {
			httpStatus: status,
			retryable: transient,
		}),
		retryAfterMs: retryAfterOf(response.headers, client.host.now()),
	};
}

/** The same file of a fresh result, whose address may have changed. */
async function freshAddress(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	gone: RunComfyError,
	{ signal, timeoutMs = 0 }: Pick<DownloadOptions<unknown>, 'signal' | 'timeoutMs'>,
	deadline: number,
): Promise<OutputFile> {
	const { host } = client;
	const leftMs = Math.max(0, deadline - host.monotonic());
	const result = await withTimeLimit(host, leftMs, signal, (limited) =>
		getResult(client, ref, { signal: limited }),
	).catch((error: unknown) => {
		throwIfAborted(signal, ref);
		if (host.monotonic() >= deadline) throw tooLate(ref, file, timeoutMs);
		throw error instanceof RunComfyError ? gone : error;
	});
	const { files } = readResultOutputs(result);
	const place = placeOf(file.url);
	return (
		files.find((other) => placeOf(other.url) === place) ??
		files.find(
			(other) =>
				other.node_id === file.node_id &&
				other.channel === file.channel &&
				other.filename === file.filename,
		) ??
		file
	);
}

// A signature in the query changes, the path does not.
function placeOf(url: string): string {
	const { origin, pathname } = new URL(url);
	return origin + pathname;
}

// Leaving the iteration destroys the connection instead of reading the rest.
async function discard(stream: AsyncIterable<Uint8Array>): Promise<void> {
	const iterator = stream[Symbol.asyncIterator]();
	await iterator.return?.();
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Why a download failed, however the host has wrapped the error. */
function explain(
	ref: RequestRef,
	file: OutputFile,
	thrown: unknown,
	{
		maxBytes = 0,
		timeoutMs = 0,
	}: { maxBytes?: number | undefined; timeoutMs?: number | undefined },
	measured: Meter,
): RunComfyError {
	const { code, message } = readNetworkFailure(thrown);
	if (code === PRIVATE_ADDRESS) return atPrivateAddress(ref, file);
	const trouble = measured.trouble();
	if (trouble === 'too_large') return tooLarge(ref, file, maxBytes);
	if (trouble === 'late') return tooLate(ref, file, timeoutMs);
	if (trouble === undefined) {
		if (thrown instanceof RunComfyError) return thrown;
		return unavailable(ref, file, `could not be stored: ${redact(message)}`, {
			retryable: false,
			hint: 'Check the place where files are stored (free space, permissions), then fetch the result again by its request id: RunComfy keeps it for 7 days.',
		});
	}
	const what = {
		stalled: 'stalled',
		slow: `is coming too slowly (less than ${formatBytes(LOWEST_SPEED)} a second)`,
		broken: `broke off (${code ?? redact(message)})`,
	};
	return unavailable(ref, file, what[trouble]);
}

function atPrivateAddress(ref: RequestRef, file: OutputFile): RunComfyError {
	return unavailable(ref, file, 'is at a private address, or its address leads to one', {
		hint: 'It was not fetched, since an answer must not reach into your own network. If that is where your files are, turn on Allow Private Addresses in the credential or account.',
		retryable: false,
	});
}

function tooLate(ref: RequestRef, file: OutputFile, timeoutMs: number): RunComfyError {
	return unavailable(ref, file, `had not arrived after ${timeoutMs / 1000} s`, {
		hint: 'Raise the time limit of downloads, or turn the download off and use the file’s address.',
	});
}

function tooLarge(ref: RequestRef, file: OutputFile, maxBytes: number): RunComfyError {
	return unavailable(ref, file, `is larger than the limit of ${formatBytes(maxBytes)}`, {
		hint: 'Raise the size limit, or turn the download off and use the file’s address.',
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
