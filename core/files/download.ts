import { type ErrorFacts, redact, RunComfyError } from '../errors';
import { readNetworkFailure } from '../errors/network';
import type { HttpResponse } from '../host';
import { type Client, USER_AGENT } from '../http/client';
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

/** How a file is downloaded, and where it goes. */
export interface DownloadOptions<T> {
	/**
	 * Takes the stream to where it belongs, and says how many bytes came. Called again, with a new stream, if
	 * the file was not there yet or came incomplete: then the value of the earlier call is dropped.
	 */
	save: (stream: AsyncIterable<Uint8Array>, file: DownloadedFile) => Promise<Saved<T>>;
	/** Bytes past which a download is stopped; none by default. */
	maxBytes?: number | undefined;
	/** The files of its result, in order: those of one name are told apart by their place among them. */
	among?: readonly OutputFile[] | undefined;
	signal?: AbortSignal | undefined;
}

export interface DownloadedFile extends OutputFile {
	/** Bytes, if the storage host said so. */
	content_length?: number;
}

/** What became of a stream: how many bytes it had, and what the host made of it. */
export interface Saved<T> {
	bytes: number;
	value: T;
}

/** Milliseconds until the headers must have come. */
const HEADERS_MS = 120_000;

/** Milliseconds for one file, further attempts included: 2 GB at 5 Mbit/s. The run keeps its place until then. */
const LONGEST_MS = 3_600_000;

/** HTTP statuses of an address that has expired or never worked: a fresh one may help. */
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
 * Streams one output file: no token, a named user agent. An address that is not good any more (403,
 * 404 and the like) fetches the result once more for a fresh one; an empty or incomplete file, a web
 * page in its place, a broken connection, a stream of less than 1 KB a second, 408, 429 and 5xx are tried again.
 * @throws RunComfyError `output_unavailable`, also past `maxBytes` and after an hour; `aborted`.
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
	/** Whether a fresh address may help. */
	gone?: boolean;
	retryAfterMs?: number | undefined;
}

type Tried<T> = Attempt<T, FailedDownload>;

async function tryDownload<T>(transfer: Transfer<T>): Promise<Tried<T>> {
	const { client, ref, file, options, deadline } = transfer;
	const leftMs = Math.max(0, deadline - client.host.monotonic());
	const measured = new Meter(client, options.signal, leftMs, options.maxBytes);
	try {
		const response = isWrittenOut(file.url)
			? openWrittenOut(file.url)
			: await fetchFile(client, file.url, measured.signal);
		if (!response) return { ok: false, error: unavailable(transfer, 'is not base64', BROKEN) };
		if (response.status !== 200) return await refused(transfer, response);
		return await saveAnswer(transfer, response, measured);
	} catch (thrown) {
		throwIfAborted(options.signal, ref);
		return { ok: false, error: explain(transfer, thrown, measured) };
	} finally {
		measured.stop();
	}
}

function fetchFile(client: Client, url: string, signal: AbortSignal): Promise<HttpResponse> {
	return client.host.request({
		method: 'GET',
		url,
		// The file must not be compressed on the way, because its length shows whether all of it came.
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
): Promise<Tried<T>> {
	const { file, options } = transfer;
	const length = Number(headers['content-length'] ?? NaN);
	const declared = Number.isFinite(length) ? length : undefined;
	const failed = (error: RunComfyError) => ({ ok: false as const, error });
	if ((declared ?? 0) > (options.maxBytes ?? Infinity)) {
		await discard(stream);
		return failed(tooLarge(transfer));
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

/** The type of a network's sign-in page, or a proxy's error page. */
function isPage(contentType = ''): boolean {
	return /^\s*text\/html\b/i.test(contentType);
}

async function refused(
	transfer: Transfer<unknown>,
	{ status, headers, stream }: HttpResponse,
): Promise<Tried<never>> {
	if (stream) await discard(stream);
	const retryable = status === 408 || status === 429 || status >= 500;
	return {
		ok: false,
		gone: GONE.has(status),
		error: unavailable(transfer, `was refused (HTTP ${status})`, { httpStatus: status, retryable }),
		retryAfterMs: retryAfterOf(headers, transfer.client.host.now()),
	};
}

/** Reads the result again: the address of the file may have changed. */
async function freshAddress(transfer: Transfer<unknown>, gone: RunComfyError): Promise<OutputFile> {
	const { client, ref, file, options } = transfer;
	const { among = [file], signal } = options;
	const result = await getResult(client, ref, { signal }).catch((error: unknown) => {
		throwIfAborted(signal, ref);
		throw error instanceof RunComfyError ? gone : error;
	});
	const { files } = readResultOutputs(result);
	const place = placeOf(file.url);
	const sameIn = (list: readonly OutputFile[]) => list.filter((other) => isNamedAs(file, other));
	return (
		files.find((other) => placeOf(other.url) === place) ??
		sameIn(files)[sameIn(among).indexOf(file)] ??
		file
	);
}

// A preview may share the name of a saved file, and is not among the files that were chosen.
function isNamedAs(file: OutputFile, { node_id, channel, filename, type }: OutputFile): boolean {
	const isSameNode = file.node_id === node_id && file.channel === channel;
	return isSameNode && file.filename === filename && file.type === type;
}

// A signature in the query changes, the path does not.
function placeOf(url: string): string {
	const { origin, pathname } = new URL(url);
	return origin + pathname;
}

// Leaving the iteration destroys the connection instead of reading the rest.
async function discard(stream: AsyncIterable<Uint8Array>): Promise<void> {
	await stream[Symbol.asyncIterator]().return?.();
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Why a download failed, however the host has wrapped the error. */
function explain(transfer: Transfer<unknown>, thrown: unknown, measured: Meter): RunComfyError {
	const { code, message } = readNetworkFailure(thrown);
	if (code === PRIVATE_ADDRESS) {
		return unavailable(transfer, 'is at a private address, or its address leads to one', {
			hint: 'It was not fetched, since an answer must not reach into your own network. If that is where your files are, turn on Allow Private Addresses in the credential or account.',
			retryable: false,
		});
	}
	const { trouble } = measured;
	if (trouble === 'too_large') return tooLarge(transfer);
	if (trouble === 'late') return tooLate(transfer);
	if (trouble === undefined) {
		if (thrown instanceof RunComfyError) return thrown;
		return unavailable(transfer, `could not be stored: ${redact(message)}`, {
			retryable: false,
			hint: 'Check the place where files are stored (free space, permissions), then fetch the result again by its request id: RunComfy keeps it for 7 days.',
		});
	}
	// The host's own refusal to fetch it.
	if (trouble === 'broken' && thrown instanceof RunComfyError) {
		const { hint, retryable } = thrown;
		return unavailable(transfer, `was not fetched: ${thrown.message}`, { hint, retryable });
	}
	const what = {
		stalled: 'stalled',
		slow: `is coming too slowly (less than ${formatBytes(LOWEST_SPEED)} a second)`,
		broken: `broke off (${code ?? redact(message)})`,
	};
	return unavailable(transfer, what[trouble]);
}

function tooLate(transfer: Transfer<unknown>): RunComfyError {
	return unavailable(transfer, `had not arrived after ${LONGEST_MS / 1000} s`, {
		hint: 'Check the network, then fetch the result again by its request id: RunComfy keeps it for 7 days. Or turn the download off and use the file’s address.',
	});
}

function tooLarge(transfer: Transfer<unknown>): RunComfyError {
	const { maxBytes = 0 } = transfer.options;
	return unavailable(transfer, `is larger than the limit of ${formatBytes(maxBytes)}`, {
		hint: 'Raise the size limit, or turn the download off and use the file’s address.',
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
