import { type ErrorFacts, messageOf, RunComfyError, toRunComfyError } from '../errors';
import { readNetworkFailure } from '../errors/network';
import type { HttpResponse } from '../host';
import { type Client, USER_AGENT } from '../http/client';
import { noBytes } from '../http/exchange';
import { PRIVATE_ADDRESS } from '../http/privateAddress';
import { READ_RETRIES, retryDelay } from '../http/retry';
import type { RequestRef } from '../target';
import { formatBytes } from '../text';
import { attemptOf, pause, throwIfAborted } from '../waiting';
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
		const last = await attemptOf(() => fetchAndSave({ client, ref, file, options }));
		if (last.ok) return last.value;
		throwIfAborted(signal, ref);
		const error = toRunComfyError(last.error, 'output_unavailable');
		const delayMs = error.retryable ? retryDelay(READ_RETRIES, attempts) : undefined;
		if (delayMs === undefined) throw error;
		await pause(client.host, delayMs, signal, ref);
	}
}

async function fetchAndSave<T>(transfer: Transfer<T>): Promise<Downloaded<T>> {
	const { status, headers, stream } = await fetchFile(transfer);
	const { file, options } = transfer;
	const source = new Source(transfer, stream);
	try {
		if (status !== 200) throw refused(transfer, status);
		const length = Number(headers['content-length'] ?? NaN);
		const declared = Number.isFinite(length) ? length : 0;
		if (declared > (options.maxBytes ?? Infinity)) throw tooLarge(transfer);
		if (isPage(headers['content-type']) && !isPage(file.mime_type)) {
			throw unavailable(transfer, 'came as a web page');
		}
		const described = withContentType(file, headers['content-type']);
		const { bytes, value } = await options
			.save(source.bytes(), described)
			.catch((thrown: unknown) => {
				throw source.trouble ?? notStored(transfer, thrown);
			});
		if (bytes === 0) throw unavailable(transfer, 'is still empty');
		const whole = bytes >= declared || headers['content-encoding'];
		if (!whole) throw unavailable(transfer, 'came incomplete');
		return { file: described, value };
	} finally {
		source.close();
	}
}

async function fetchFile(transfer: Transfer<unknown>): Promise<HttpResponse> {
	const { client, file, options } = transfer;
	try {
		return await client.host.request({
			method: 'GET',
			url: file.url,
			// The file must not be compressed in transit: its length shows whether all of it has arrived.
			headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
			authenticate: false,
			publicOnly: !client.allowPrivate,
			expect: 'stream',
			timeoutMs: TIMEOUT_MS,
			...(options.signal ? { signal: options.signal } : {}),
		});
	} catch (thrown) {
		throw notFetched(transfer, thrown);
	}
}

/** The bytes of one answer, up to a limit. */
class Source {
	/** Why the bytes ended early, since a host may wrap the error. If undefined, an error comes from storing them. */
	trouble: RunComfyError | undefined;
	readonly #transfer: Transfer<unknown>;
	readonly #chunks: AsyncIterator<Uint8Array>;

	constructor(transfer: Transfer<unknown>, stream: AsyncIterable<Uint8Array> = noBytes()) {
		this.#transfer = transfer;
		this.#chunks = stream[Symbol.asyncIterator]();
	}

	async *bytes(): AsyncGenerator<Uint8Array> {
		const { maxBytes = Infinity } = this.#transfer.options;
		for (let bytes = 0; ; ) {
			const { done, value } = await this.#next();
			if (done) return;
			bytes += value.length;
			if (bytes > maxBytes) throw (this.trouble = tooLarge(this.#transfer));
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
			throw (this.trouble = brokenOff(this.#transfer, error));
		}
	}
}

/** The content type of a network's sign-in page or a proxy's error page. */
function isPage(contentType = ''): boolean {
	return /^\s*text\/html\b/i.test(contentType);
}

function refused(transfer: Transfer<unknown>, httpStatus: number): RunComfyError {
	// A storage server may answer 403 or 404 until a new file is there.
	const retryable = [403, 404, 408, 429].includes(httpStatus) || httpStatus >= 500;
	return unavailable(transfer, `was refused (HTTP ${httpStatus})`, { httpStatus, retryable });
}

function notFetched(transfer: Transfer<unknown>, thrown: unknown): RunComfyError {
	if (readNetworkFailure(thrown).code === PRIVATE_ADDRESS) {
		return unavailable(transfer, 'is at a private address, or its address leads to one', {
			hint: 'It was not fetched, since an answer must not reach into your own network. Only a base URL on your own network allows that.',
			retryable: false,
		});
	}
	if (!(thrown instanceof RunComfyError)) return brokenOff(transfer, thrown);
	// The host itself refused to fetch the file.
	const { hint, retryable } = thrown;
	return unavailable(transfer, `was not fetched: ${thrown.message}`, { hint, retryable });
}

function brokenOff(transfer: Transfer<unknown>, thrown: unknown): RunComfyError {
	const { code, message } = readNetworkFailure(thrown);
	const how = /TIMEOUT|TIMEDOUT/.test(code ?? '') ? 'stalled' : 'broke off';
	return unavailable(transfer, `${how} (${code ?? message})`);
}

function notStored(transfer: Transfer<unknown>, thrown: unknown): RunComfyError {
	if (thrown instanceof RunComfyError) return thrown;
	return unavailable(transfer, `could not be stored: ${messageOf(thrown)}`, {
		retryable: false,
		hint: 'Check the place where files are stored (free space, permissions), then fetch the result again by its request id: RunComfy keeps it for 7 days.',
	});
}

function tooLarge(transfer: Transfer<unknown>): RunComfyError {
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
