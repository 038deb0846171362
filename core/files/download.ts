import { type ErrorFacts, RunComfyError } from '../errors';
import { readNetworkFailure } from '../errors/network';
import type { HttpResponse } from '../host';
import { type Client, USER_AGENT } from '../http/client';
import { noBytes } from '../http/exchange';
import { PRIVATE_ADDRESS } from '../http/privateAddress';
import { READ_RETRIES, retryAfterOf, retryDelay } from '../http/retry';
import { isWrittenOut, openWrittenOut } from '../media/dataUri';
import { getResult } from '../request/result';
import type { RequestRef } from '../targets';
import { formatBytes } from '../text';
import { type Attempt, pause, repeat, throwIfAborted, valueOf } from '../waiting';
import { type OutputFile, withContentType } from './outputFile';
import { readResultOutputs } from './outputs';
import { LOWEST_SPEED, Meter } from './stream';

/** How to download a file, and where to store it. */
export interface DownloadOptions<T> {
	/**
	 * Stores the stream and returns the number of bytes. Called again with a new stream if the file was empty or
	 * incomplete; the earlier value is then dropped.
	 */
	save: (stream: AsyncIterable<Uint8Array>, file: DownloadedFile) => Promise<Saved<T>>;
	/** The download stops after this many bytes. No limit by default. */
	maxBytes?: number | undefined;
	/** All files of the result, in order. If several have the same name, their positions tell them apart. */
	among?: readonly OutputFile[] | undefined;
	signal?: AbortSignal | undefined;
}

export interface DownloadedFile extends OutputFile {
	/** Size in bytes, if the storage server reports it. */
	content_length?: number;
}

/** The number of bytes in a stream, and the value that the host's `save` returned. */
export interface Saved<T> {
	bytes: number;
	value: T;
}

/** Time limit for the response headers, in milliseconds. */
const HEADERS_MS = 120_000;

/** Time limit for one file in milliseconds, including retries: 2 GB at 5 Mbit/s. The run counts as active until then. */
const LONGEST_MS = 3_600_000;

/** HTTP statuses for a URL that has expired or never worked. A fresh URL may help. */
const GONE = new Set([400, 401, 403, 404, 410]);

/** One file to download. */
interface Transfer<T> {
	client: Client;
	ref: RequestRef;
	file: OutputFile;
	options: DownloadOptions<T>;
	/** On the host's monotonic clock. */
	deadline: number;
}

/**
 * Streams one output file, without the token and with our own user agent. If the URL is no longer valid (403, 404
 * and the like), reads the result once more for a fresh URL. Retries after an empty or incomplete file, a web page
 * in its place, a broken connection, a stream slower than 1 KB a second, 408, 429 and 5xx.
 * @throws RunComfyError `output_unavailable`, also for a file above `maxBytes` and after an hour; `aborted`
 */
export async function download<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	options: DownloadOptions<T>,
): Promise<T> {
	const { signal } = options;
	const { host } = client;
	const deadline = host.monotonic() + LONGEST_MS;
	const transfer: Transfer<T> = { client, ref, file, options, deadline };
	let current = transfer;
	let refreshed = false;
	const last = await repeat<T, FailedDownload>(
		() => {
			throwIfAborted(signal, ref);
			return tryDownload(current);
		},
		({ error, gone, retryAfterMs }, number) => {
			if (gone && !refreshed) return 0;
			if (!error.retryable) return undefined;
			const delayMs = retryDelay(READ_RETRIES, number, retryAfterMs);
			return host.monotonic() + (delayMs ?? 0) >= deadline ? undefined : delayMs;
		},
		async (ms, { error, gone }) => {
			if (!gone || refreshed) return void (await pause(host, ms, signal, ref));
			refreshed = true;
			current = { ...transfer, file: await freshAddress(transfer, error) };
		},
	);
	return valueOf(last);
}

interface FailedDownload {
	error: RunComfyError;
	/** Whether a fresh URL may help. */
	gone?: boolean;
	retryAfterMs?: number | undefined;
}

type DownloadAttempt<T> = Attempt<T, FailedDownload>;

async function tryDownload<T>(transfer: Transfer<T>): Promise<DownloadAttempt<T>> {
	const { client, ref, file, options, deadline } = transfer;
	const leftMs = Math.max(0, deadline - client.host.monotonic());
	const measured = new Meter(client, options.signal, leftMs, options.maxBytes);
	try {
		const response = isWrittenOut(file.url)
			? openWrittenOut(file.url)
			: await fetchFile(client, file.url, measured.signal);
		if (!response) return { ok: false, error: unavailable(transfer, 'is not base64', BROKEN) };
		if (response.status !== 200) return await readRefusal(transfer, response);
		return await saveAnswer(transfer, response, measured);
	} catch (thrown) {
		throwIfAborted(options.signal, ref);
		return { ok: false, error: explainFailure(transfer, thrown, measured) };
	} finally {
		measured.stop();
	}
}

function fetchFile(client: Client, url: string, signal: AbortSignal): Promise<HttpResponse> {
	return client.host.request({
		method: 'GET',
		url,
		// The file must not be compressed in transit: its length shows whether all of it has arrived.
		headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
		authenticate: false,
		publicOnly: !client.allowPrivate,
		expect: 'stream',
		timeoutMs: HEADERS_MS,
		signal,
	});
}

const BROKEN: ErrorFacts = {
	retryable: false,
	hint: 'RunComfy gave the file within the result, and it cannot be read. Run it again, or choose another output format.',
};

async function saveAnswer<T>(
	transfer: Transfer<T>,
	{ headers, stream = noBytes() }: HttpResponse,
	measured: Meter,
): Promise<DownloadAttempt<T>> {
	const { file, options } = transfer;
	const length = Number(headers['content-length'] ?? NaN);
	const declared = Number.isFinite(length) ? length : undefined;
	const failed = (error: RunComfyError) => ({ ok: false as const, error });
	if ((declared ?? 0) > (options.maxBytes ?? Infinity)) {
		await discard(stream);
		return failed(fileTooLarge(transfer));
	}
	if (isPage(headers['content-type']) && !isPage(file.mime_type)) {
		await discard(stream);
		return failed(unavailable(transfer, 'came as a web page'));
	}
	const described = {
		...withContentType(file, headers['content-type']),
		...(declared === undefined ? {} : { content_length: declared }),
	};
	const { bytes, value } = await options.save(measured.pass(stream), described);
	if (bytes === 0) return failed(unavailable(transfer, 'is still empty'));
	const whole = bytes >= (declared ?? 0) || headers['content-encoding'];
	return whole ? { ok: true, value } : failed(unavailable(transfer, 'came incomplete'));
}

/** The content type of a network's sign-in page or a proxy's error page. */
function isPage(contentType = ''): boolean {
	return /^\s*text\/html\b/i.test(contentType);
}

async function readRefusal(
	transfer: Transfer<unknown>,
	{ status, headers, stream }: HttpResponse,
): Promise<DownloadAttempt<never>> {
	if (stream) await discard(stream);
	const retryable = status === 408 || status === 429 || status >= 500;
	return {
		ok: false,
		gone: GONE.has(status),
		error: unavailable(transfer, `was refused (HTTP ${status})`, { httpStatus: status, retryable }),
		retryAfterMs: retryAfterOf(headers, transfer.client.host.now()),
	};
}

/** Reads the result again, because the file's URL may have changed. */
async function freshAddress(transfer: Transfer<unknown>, gone: RunComfyError): Promise<OutputFile> {
	const { client, ref, file, options } = transfer;
	const { among = [file], signal } = options;
	const result = await getResult(client, ref, { signal }).catch((error: unknown) => {
		throwIfAborted(signal, ref);
		throw error instanceof RunComfyError ? gone : error;
	});
	const { files } = readResultOutputs(result);
	const address = withoutQuery(file.url);
	const sameIn = (list: readonly OutputFile[]) => list.filter((other) => isNamedAs(file, other));
	return (
		files.find((other) => withoutQuery(other.url) === address) ??
		sameIn(files)[sameIn(among).indexOf(file)] ??
		file
	);
}

// A preview may have the same name as a saved file, but is not one of the chosen files.
function isNamedAs(file: OutputFile, { node_id, channel, filename, type }: OutputFile): boolean {
	const isSameNode = file.node_id === node_id && file.channel === channel;
	return isSameNode && file.filename === filename && file.type === type;
}

// The signature in the query changes; the path stays.
function withoutQuery(url: string): string {
	const { origin, pathname } = new URL(url);
	return origin + pathname;
}

// Leaving the iteration closes the connection instead of reading the rest.
async function discard(stream: AsyncIterable<Uint8Array>): Promise<void> {
	await stream[Symbol.asyncIterator]().return?.();
}

/** Explains a failed download, even if the host has wrapped the error. */
function explainFailure(
	transfer: Transfer<unknown>,
	thrown: unknown,
	measured: Meter,
): RunComfyError {
	const { code, message } = readNetworkFailure(thrown);
	if (code === PRIVATE_ADDRESS) {
		return unavailable(transfer, 'is at a private address, or its address leads to one', {
			hint: 'It was not fetched, since an answer must not reach into your own network. If that is where your files are, turn on Allow Private Addresses in the credential or account.',
			retryable: false,
		});
	}
	const { trouble } = measured;
	if (trouble === 'too_large') return fileTooLarge(transfer);
	if (trouble === 'late') return fileTooLate(transfer);
	if (trouble === undefined) {
		if (thrown instanceof RunComfyError) return thrown;
		return unavailable(transfer, `could not be stored: ${message}`, {
			retryable: false,
			hint: 'Check the place where files are stored (free space, permissions), then fetch the result again by its request id: RunComfy keeps it for 7 days.',
		});
	}
	// The host itself refused to fetch the file.
	if (trouble === 'broken' && thrown instanceof RunComfyError) {
		const { hint, retryable } = thrown;
		return unavailable(transfer, `was not fetched: ${thrown.message}`, { hint, retryable });
	}
	const what = {
		stalled: 'stalled',
		slow: `is coming too slowly (less than ${formatBytes(LOWEST_SPEED)} a second)`,
		broken: `broke off (${code ?? message})`,
	};
	return unavailable(transfer, what[trouble]);
}

function fileTooLate(transfer: Transfer<unknown>): RunComfyError {
	return unavailable(transfer, `had not arrived after ${LONGEST_MS / 1000} s`, {
		hint: 'Check the network, then fetch the result again by its request id: RunComfy keeps it for 7 days. Or turn the download off and use the file’s address.',
	});
}

function fileTooLarge(transfer: Transfer<unknown>): RunComfyError {
	const { maxBytes = 0 } = transfer.options;
	return unavailable(transfer, `is larger than the limit of ${formatBytes(maxBytes)}`, {
		hint: 'Use the file’s address: RunComfy keeps the file for 7 days.',
		retryable: false,
	});
}

function unavailable(
	{ ref, file }: Transfer<unknown>,
	what: string,
	facts: ErrorFacts = {},
): RunComfyError {
	return new RunComfyError('output_unavailable', `The output ${file.filename} ${what}`, {
		...ref,
		...facts,
		details: { node_id: file.node_id, ...(isWrittenOut(file.url) ? {} : { url: file.url }) },
	});
}
