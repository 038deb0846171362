import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { isObject, parsePython, toJson } from '../json';
import type { Reply } from '../reply';
import { ApiError } from '../reply';

/** Time limit for an answer, or the first byte of a file, in milliseconds: ComfyUI is slow while it loads a model. */
const PATIENCE_MS = 30_000;

/** The cause of a failed call, which `fetch` hides. */
export function reasonOf(error: unknown): string {
	const cause = error instanceof Error ? (error.cause ?? error) : error;
	const { message, code } = cause as NodeJS.ErrnoException;
	return message || String(code);
}

/**
 * Thrown if ComfyUI does not answer. The simulator then answers 503 like a gateway, with Retry-After if the call was
 * not delivered.
 */
export class Unreachable extends ApiError {
	/** Whether the call certainly did not reach ComfyUI. */
	readonly undelivered: boolean;

	constructor(url: string, error: unknown) {
		const why = reasonOf(error);
		const undelivered = /ECONNREFUSED|ENOTFOUND/.test(why);
		const help = undelivered ? ': start it' : '';
		super(500001, `ComfyUI does not answer at ${url}${help} (${why})`, undefined, {
			status: 503,
			...(undelivered && { headers: { 'retry-after': '5' } }),
		});
		this.undelivered = undelivered;
	}
}

interface Options {
	/** The body to post: JSON, unless it is a form, or bytes whose type is in the headers. */
	body?: object | FormData | Uint8Array<ArrayBuffer>;
	headers?: Record<string, string>;
}

/** Client of a ComfyUI server. */
export class Comfy {
	readonly #url: string;
	readonly #closing = new AbortController();

	/** @param url without a trailing slash */
	constructor(url: string) {
		this.#url = url;
	}

	/** Resolves as soon as the answer begins. @throws Unreachable */
	call(path: string, options?: Options): Promise<Response> {
		return this.#inTime((signal) => this.#fetch(path, options, signal));
	}

	/** Returns the parsed answer, or its text if it is not JSON. @throws Unreachable */
	ask(path: string, options?: Options): Promise<{ status: number; body: unknown }> {
		return this.#inTime(async (signal) => {
			const response = await this.#fetch(path, options, signal);
			return { status: response.status, body: parse(await response.text()) };
		});
	}

	/**
	 * Fetches a path that every ComfyUI serves. @throws Unreachable, also if ComfyUI fails or a proxy answers instead
	 */
	async look(path: string): Promise<unknown> {
		const { status, body } = await this.ask(path);
		if (status !== 200)
			throw new Unreachable(this.#url, new Error(`HTTP ${status} to GET ${path}`));
		return body;
	}

	/**
	 * Accepts a closed port, because ComfyUI can be started later.
	 * @throws Error if another program answers, or answers unlike ComfyUI
	 */
	async refuseOther(): Promise<void> {
		const path = '/system_stats';
		const { status, body } = await this.ask(path).catch((error: unknown) => {
			if (error instanceof Unreachable && error.undelivered) return { status: 0, body: undefined };
			throw error;
		});
		if (status === 0) return;
		if (status === 200 && isObject(body) && isObject(body['system']) && 'devices' in body) return;
		const answered = `The server at ${this.#url} answered HTTP ${status} to GET ${path}`;
		if (status === 401 || status === 403) {
			throw new Error(
				`${answered}: it asks for a login, which the simulator does not have. Give it ComfyUI’s own address.`,
			);
		}
		if (status >= 500) throw new Error(`${answered}: see its log, and start it again.`);
		throw new Error(
			`There is no ComfyUI at ${this.#url}: its answer to GET ${path} (HTTP ${status}) is another server’s. Check the address.`,
		);
	}

	async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
		const given = new AbortController();
		const late = new Error(`nothing came within ${PATIENCE_MS / 1000} s`);
		const timer = setTimeout(() => given.abort(late), PATIENCE_MS);
		try {
			return await work(AbortSignal.any([this.#closing.signal, given.signal]));
		} catch (error) {
			throw new Unreachable(this.#url, error);
		} finally {
			clearTimeout(timer);
		}
	}

	#fetch(path: string, { body, headers }: Options = {}, signal: AbortSignal): Promise<Response> {
		const ready = body instanceof FormData || body instanceof Uint8Array ? body : undefined;
		return fetch(this.#url + path, {
			...(body && { method: 'POST', body: ready ?? toJson(body) }),
			headers: {
				'accept-encoding': 'identity',
				...headers,
				...(body && !ready && { 'content-type': 'application/json' }),
			},
			redirect: 'manual',
			signal,
		});
	}

	/** Ends all open calls. */
	close(): void {
		this.#closing.abort();
	}
}

function parse(text: string): unknown {
	try {
		return parsePython(text);
	} catch {
		return text;
	}
}

/** Passes on ComfyUI's answer and the named headers, as a stream. */
export function passOn(response: Response, ...names: string[]): Reply {
	const headers = ['content-type', 'content-length', ...names].flatMap((name) => {
		const value = response.headers.get(name);
		return value === null ? [] : [[name, value]];
	});
	const { status, body } = response;
	return {
		status,
		headers: Object.fromEntries(headers) as Record<string, string>,
		body: body === null ? '' : Readable.fromWeb(body as ReadableStream),
	};
}
