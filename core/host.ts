import type { Secrets } from './errors';

/** What a host supplies. With a fake network and clock, a test runs through hours of polling in milliseconds. */
export interface Host {
	/**
	 * Adds `Authorization: Bearer <token>` only if `authenticate` is true. Follows redirects only of a GET without the
	 * token. Resolves with any HTTP status. Rejects if there is no HTTP answer: the error, or its `cause`, carries the
	 * socket's `code`, such as `ECONNREFUSED`, or `EMSGSIZE` if a text is larger than `maxBytes`. Also rejects as soon
	 * as `signal` aborts, which ends a stream that is still being read, too.
	 */
	request(request: HttpRequest): Promise<HttpResponse>;
	/** Resolves after `ms` milliseconds; rejects as soon as `signal` aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Milliseconds since the epoch, to record when something happened. The user may change this clock. */
	now(): number;
	/** Milliseconds from an arbitrary start. Use this for waiting: changing the system clock does not affect it. */
	monotonic(): number;
	/** Implemented natively, because JavaScript would block the process for seconds. */
	toBase64(bytes: Uint8Array): string;
	/**
	 * The token and the partner key. The core removes them from every answer, since a service may repeat them. No error,
	 * log line or output may show them.
	 */
	readonly secrets?: Secrets;
	/** The user's key for ComfyUI's partner nodes. Used only by submits. */
	readonly partnerKey?: string | undefined;
	/** Names of fields and switches for use in hints. Without them, hints use general words. */
	readonly labels?: HostLabels | undefined;
}

/** Names that users see in a host. Hints show them in parentheses. */
export interface HostLabels {
	/** The switch that turns off the check of inputs. */
	checkInputs: string;
	/** The switch that sets every seed of a workflow to a random number. */
	randomSeeds: string;
	/** How to give a field a value that the flow computes. */
	computedValue: string;
	/** The option to give inputs by name, as for a LoRA deployment, if the host has one. */
	inputsByName?: string;
}

/** An HTTP exchange that the core asks a host to make. */
export interface HttpRequest {
	method: 'GET' | 'POST' | 'PATCH' | 'OPTIONS';
	url: string;
	headers: Record<string, string>;
	body?: string;
	/** False for files, which come from the storage server. */
	authenticate: boolean;
	/**
	 * Rejects with the code `ERR_PRIVATE_ADDRESS`, before anything is sent to a private network: see `followRedirects`.
	 * If the host can resolve names itself, names that resolve to a private address are rejected, too.
	 */
	publicOnly?: boolean;
	/** `text`: the answer's `body`; `stream`: the answer's `stream`. */
	expect: 'text' | 'stream';
	/** Maximum size of a `text`, in uncompressed bytes. A `stream` has no limit here: its reader counts the bytes. */
	maxBytes?: number;
	/**
	 * Milliseconds for a whole `text`; for the headers of a `stream`, and for each wait for more of its bytes. Rejects
	 * after that, with `TIMEDOUT` or `TIMEOUT` in the code.
	 */
	timeoutMs: number;
	signal?: AbortSignal;
}

/** The answer to an HTTP request, whatever its status. */
export interface HttpResponse {
	status: number;
	/** Header names are in lower case. */
	headers: Record<string, string>;
	body?: string;
	/** For example, a Node.js `Readable`. */
	stream?: AsyncIterable<Uint8Array>;
}
