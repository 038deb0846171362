import { type ErrorFacts, RunComfyError } from '../errors';
import { readNetworkFailure } from '../errors/network';
import type { HttpResponse } from '../host';
import { type Client, USER_AGENT } from '../http/client';
import { noBytes } from '../http/exchange';
import { PRIVATE_ADDRESS } from '../http/privateAddress';
import { READ_RETRIES, retryAfterOf, retryDelay } from '../http/retry';
import type { RequestRef } from '../targets';
import { formatBytes } from '../text';
import { type Attempt, pause, throwIfAborted } from '../waiting';
import { type OutputFile, withContentType } from './outputFile';

/** How to download a file, and where to store it. */
export interface DownloadOptions<T> {
	/**
	 * Stores the stream and returns the number of bytes. Called again with a new stream if the file was empty or
	 * incomplete; the earlier value is then dropped.
	 */
	save: (stream: AsyncIterable<Uint8Array>, file: OutputFile) => Promise<Saved<T>>;
	/** The download stops after this many bytes. No limit by default. */
	maxBytes?: number | undefined;
	signal?: AbortSignal | undefined;
}

/** The number of bytes in a stream, and the value that the host's `save` returned. */
export interface Saved<T> {
	bytes: number;
	value: T;
}

/** A stored file. Its type is from the storage server if the file name does not show it. */
interface Downloaded<T> {
	file: OutputFile;
	value: T;
}

/** One file to download. */
interface Transfer<T> {
	client: Client;
	ref: RequestRef;
	file: OutputFile;
	options: DownloadOptions<T>;
}

/** Time limit in milliseconds for the headers, and for each wait for more bytes. */
const TIMEOUT_MS = 60_000;

/**
 * Streams one output file, without the token and with our own user agent. Tries again, after a pause, if the file is
 * not there yet (403, 404), empty, incomplete or a web page, if the connection breaks or stalls, and after 408, 429
 * and 5xx.
 * @throws RunComfyError `output_unavailable`, also for a file above `maxBytes`; `aborted`
 */
export async function download<T>(
	client: Client,
	ref: RequestRef,
	file: OutputFile,
	options: DownloadOptions<T>,
): Promise<Downloaded<T>> {
	const { signal } = options;
	for (let attempts = 1; ; attempts += 1) {
		throwIfAborted(signal, ref);
		const last = await tryDownload({ client, ref, file, options });
		if (last.ok) return last.value;
		throwIfAborted(signal, ref);
		const { error, retryAfterMs } = last;
		const delayMs = error.retryable ? retryDelay(READ_RETRIES, attempts, retryAfterMs) : undefined;
		if (delayMs === undefined) throw error;
		await pause(client.host, delayMs, signal, ref);
	}
}

interface FailedDownload {
	error: RunComfyError;
	retryAfterMs?: number | undefined;
}

type DownloadAttempt<T> = Attempt<Downloaded<T>, FailedDownload>;

async function tryDownload<T>(transfer: Transfer<T>): Promise<DownloadAttempt<T>> {
	let source: Source | undefined;
	try {
		const response = await fetchFile(transfer);
		source = new Source(response.stream, transfer.options.maxBytes);
		return response.status === 200
			? await saveAnswer(transfer, response, source)
			: readRefusal(transfer, response);
	} catch (thrown) {
		return { ok: false, error: explainFailure(transfer, thrown, source) };
	} finally {
		source?.close();
	}
}

function fetchFile({ client, file, options }: Transfer<unknown>): Promise<HttpResponse> {
	const { signal } = options;
	return client.host.request({
		method: 'GET',
		url: file.url,
		// The file must not be compressed in transit: its length shows whether all of it has arrived.
		headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
		authenticate: false,
		publicOnly: !client.allowPrivate,
		expect: 'stream',
		timeoutMs: TIMEOUT_MS,
		...(signal ? { signal } : {}),
	});
}

/** The bytes of one answer, up to a limit. */
class Source {
	/** Why the bytes ended early. If undefined, an error comes from storing them. */
	trouble: 'too_large' | 'broken' | undefined;
	readonly #chunks: AsyncIterator<Uint8Array>;
	readonly #maxBytes: number;

	constructor(stream: AsyncIterable<Uint8Array> = noBytes(), maxBytes = Infinity) {
		this.#chunks = stream[Symbol.asyncIterator]();
		this.#maxBytes = maxBytes;
	}

	async *bytes(): AsyncGenerator<Uint8Array> {
		for (let bytes = 0; ; ) {
			const { done, value } = await this.#next();
			if (done) return;
			bytes += value.length;
			if (bytes > this.#maxBytes) {
				this.trouble = 'too_large';
				throw new RangeError('Too many bytes');
			}
			yield value;
		}
	}

	/** Closes the connection instead of reading the rest. Not awaited, because a hanging source would block. */
	close(): void {
		this.#chunks.return?.().catch(() => undefined);
	}

	async #next(): Promise<IteratorResult<Uint8Array>> {
		try {
			return await this.#chunks.next();
		} catch (error) {
			this.trouble = 'broken';
			throw error;
		}
	}
}

async function saveAnswer<T>(
	transfer: Transfer<T>,
	{ headers }: HttpResponse,
	source: Source,
): Promise<DownloadAttempt<T>> {
	const { file, options } = transfer;
	const length = Number(headers['content-length'] ?? NaN);
	const declared = Number.isFinite(length) ? length : 0;
	const failed = (error: RunComfyError) => ({ ok: false as const, error });
	if (declared > (options.maxBytes ?? Infinity)) return failed(fileTooLarge(transfer));
	if (isPage(headers['content-type']) && !isPage(file.mime_type)) {
		return failed(unavailable(transfer, 'came as a web page'));
	}
	const described = withContentType(file, headers['content-type']);
	const { bytes, value } = await options.save(source.bytes(), described);
	if (bytes === 0) return failed(unavailable(transfer, 'is still empty'));
	const whole = bytes >= declared || headers['content-encoding'];
	if (!whole) return failed(unavailable(transfer, 'came incomplete'));
	return { ok: true, value: { file: described, value } };
}

/** The content type of a network's sign-in page or a proxy's error page. */
function isPage(contentType = ''): boolean {
	return /^\s*text\/html\b/i.test(contentType);
}

function readRefusal(
	transfer: Transfer<unknown>,
	{ status, headers }: HttpResponse,
): FailedDownload & { ok: false } {
	const retryable = NOT_YET.has(status) || status >= 500;
	return {
		ok: false,
		error: unavailable(transfer, `was refused (HTTP ${status})`, { httpStatus: status, retryable }),
		retryAfterMs: retryAfterOf(headers, transfer.client.host.now()),
	};
}

/** Statuses that may pass. A storage server may answer 403 or 404 until a new file is there. */
const NOT_YET = new Set([403, 404, 408, 429]);

/** Explains a failed download, even if the host has wrapped the error. */
function explainFailure(
	transfer: Transfer<unknown>,
	thrown: unknown,
	source: Source | undefined,
): RunComfyError {
	const { code, message } = readNetworkFailure(thrown);
	if (code === PRIVATE_ADDRESS) {
		return unavailable(transfer, 'is at a private address, or its address leads to one', {
			hint: 'It was not fetched, since an answer must not reach into your own network. Only a base URL on your own network allows that.',
			retryable: false,
		});
	}
	if (source?.trouble === 'too_large') return fileTooLarge(transfer);
	if (source && source.trouble === undefined) {
		if (thrown instanceof RunComfyError) return thrown;
		return unavailable(transfer, `could not be stored: ${message}`, {
			retryable: false,
			hint: 'Check the place where files are stored (free space, permissions), then fetch the result again by its request id: RunComfy keeps it for 7 days.',
		});
	}
	// The host itself refused to fetch the file.
	if (thrown instanceof RunComfyError) {
		const { hint, retryable } = thrown;
		return unavailable(transfer, `was not fetched: ${thrown.message}`, { hint, retryable });
	}
	const how = /TIMEOUT|TIMEDOUT/.test(code ?? '') ? 'stalled' : 'broke off';
	return unavailable(transfer, `${how} (${code ?? message})`);
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
		details: { node_id: file.node_id, url: file.url },
	});
}
