import type { Secrets } from './errors';

/** What a host supplies: without a network and clock of its own, hours of polling take a test milliseconds. */
export interface Host {
	/**
	 * Adds `Authorization: Bearer <token>` if `authenticate` is true and never otherwise; follows no redirect
	 * with the token, or of a call other than GET. Resolves with any HTTP status; rejects if there is no HTTP answer (the error, or
	 * its `cause`, carries the socket's `code`, such as `ECONNREFUSED`, or `EMSGSIZE` if a text is larger than
	 * `maxBytes`), and as soon as `signal` aborts, which also ends a stream still being read.
	 */
	request(request: HttpRequest): Promise<HttpResponse>;
	/** Resolves after `ms` milliseconds; rejects as soon as `signal` aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Milliseconds since the epoch, to record when something happened. That clock may be changed. */
	now(): number;
	/** Milliseconds from an arbitrary start, which changing the clock does not affect: for waiting. */
	monotonic(): number;
	/** Uses native code: JavaScript would block everything else for seconds. */
	toBase64(bytes: Uint8Array): string;
	/**
	 * The token and the partner key. They are taken out of every answer, since a service may repeat them, and no
	 * error, log line or output may show them.
	 */
	readonly secrets?: Secrets;
	/** The user's key for ComfyUI's partner nodes: see `withPartnerKey`. Only a submit sees it. */
	readonly partnerKey?: string | undefined;
	/** Without these names, hints use general words. */
	readonly labels?: HostLabels | undefined;
}

/** Names that people see in a host. Each goes into a hint, in parentheses. */
export interface HostLabels {
	/** The switch that turns the check of inputs off. */
	checkInputs: string;
	/** Where all deployments are listed. */
	deploymentList: string;
	/** The switch that draws all seeds of a workflow. */
	randomSeeds: string;
	/** How a field takes a value that the flow computes. */
	computedValue: string;
	/** The choice of inputs by name, which a LoRA deployment takes. */
	directInputs: string;
	/** The choice of inputs of a workflow's nodes. */
	workflowInputs: string;
}

/** One HTTP exchange that the core asks a host for. */
export interface HttpRequest {
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';
	url: string;
	headers: Record<string, string>;
	body?: string | Uint8Array;
	/** False for files on the storage host. */
	authenticate: boolean;
	/** The client's, if it is to be authenticated: the address of the API that may get the token. */
	baseUrl?: string;
	/**
	 * Rejects with the code `ERR_PRIVATE_ADDRESS`, before anything is sent to a private network: see
	 * `followRedirects`. If the host can tell, that includes names that resolve to one.
	 */
	publicOnly?: boolean;
	/** `text`: the answer's `body`; `stream`: the answer's `stream`. */
	expect: 'text' | 'stream';
	/** Bytes, unpacked, of the largest text. The reader of a stream counts its bytes itself. */
	maxBytes?: number;
	/** Milliseconds for the whole `text`, or the headers of a `stream`; then rejects with code `ETIMEDOUT`. */
	timeoutMs: number;
	signal?: AbortSignal;
}

/** The answer to an exchange, whatever its status. */
export interface HttpResponse {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	body?: string;
	/** A Node.js `Readable` fits. */
	stream?: AsyncIterable<Uint8Array>;
}
