/**
 * What a host (n8n, Node-RED, a test) supplies. The core has no network, no timer and no clock of
 * its own, so that a test runs hours of polling in milliseconds.
 */
export interface Host {
	/**
	 * One HTTP exchange. Adds `Authorization: Bearer <token>` when `authenticate` is true and never
	 * otherwise; never follows a redirect with the token. Resolves with any HTTP status; rejects if
	 * there is no HTTP answer (the error, or its `cause`, carries the socket's `code`, such as
	 * `ECONNREFUSED`, or `EMSGSIZE` if a text is larger than `maxBytes`), and as soon as `signal`
	 * aborts, which also ends a stream still being read.
	 */
	request(request: HttpRequest): Promise<HttpResponse>;
	/** Resolves after `ms` milliseconds; rejects as soon as `signal` aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Milliseconds since the epoch, to record when something happened. Somebody may change that clock. */
	now(): number;
	/** Milliseconds from an arbitrary start, which changing the clock does not affect: for waiting. */
	monotonic(): number;
	/** Uses native code: JavaScript would block everything else for seconds. */
	toBase64(bytes: Uint8Array): string;
	/**
	 * Replaces the token and the partner key, and nothing else, in a text: see `withoutSecret`. Only the
	 * host knows them, and a service may repeat them in an answer. Every answer passes through here, so that
	 * no error, log line or output shows them.
	 */
	redact?(text: string): string;
	/**
	 * The user's key for ComfyUI's partner nodes, if there is one. A submit puts it into the request,
	 * and nothing else sees it: see `withPartnerKey`.
	 */
	readonly partnerKey?: string | undefined;
	/** What its users call the things that hints point to; without it hints use general words. */
	readonly labels?: HostLabels | undefined;
}

/** Names that people see in a host. Each goes into a hint, in parentheses. */
export interface HostLabels {
	/** The limit for the size of an input file. */
	inputFileLimit: string;
	/** The switch that turns the check of inputs off. */
	checkInputs: string;
	/** Where all deployments are listed. */
	deploymentList: string;
	/** The switch that draws all seeds of a workflow. */
	randomSeeds: string;
	/** How a field takes a value that the flow computes. */
	computedValue: string;
}

export interface HttpRequest {
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';
	url: string;
	headers: Record<string, string>;
	/**
	 * JSON text, or if it is large its bytes, whose number is in the header `content-length`. They can
	 * be read again for each time they are sent.
	 */
	body?: string | AsyncIterable<Uint8Array>;
	/** Whether the host adds the token. False for files on the storage host. */
	authenticate: boolean;
	/**
	 * Rejects with the code `ERR_PRIVATE_ADDRESS`, before anything is sent, if the address or one
	 * that it redirects to is on a private network: see `followRedirects`. If the
	 * host can tell, that includes names that resolve to one.
	 */
	publicOnly?: boolean;
	/** `text`: the answer's `body`; `stream`: the answer's `stream`. */
	expect: 'text' | 'stream';
	/** Bytes, unpacked, of the largest text. The reader of a stream counts its bytes itself. */
	maxBytes?: number;
	/**
	 * Milliseconds until the host gives up (rejects with code `ETIMEDOUT`): on the whole answer for
	 * `text`, on its headers for `stream`.
	 */
	timeoutMs: number;
	signal?: AbortSignal;
}

export interface HttpResponse {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	/** Set when `expect` was `text`. */
	body?: string;
	/** Set when `expect` was `stream`. A Node.js `Readable` fits. */
	stream?: AsyncIterable<Uint8Array>;
}
