import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { isObject, parsePython, toJson } from '../json.cjs';
import type { Reply } from '../reply.cjs';
import { ApiError } from '../reply.cjs';

/** Milliseconds until an answer must be there, or a file begin: ComfyUI is slow while it loads a model. */
const PATIENCE_MS = 30_000;

/** Why there was no answer. `fetch` hides it. */
export function reasonOf(error: unknown): string {
	const cause = error instanceof Error ? (error.cause ?? error) : error;
	const { message, code } = cause as NodeJS.ErrnoException;
	return message || String(code);
}

/** Thrown if ComfyUI gave no answer. A gateway says 503 then, and asks to wait if nothing was delivered. */
export class Unreachable extends ApiError {
	/** Whether ComfyUI certainly did not get the call. */
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
	/** What to post: JSON, unless it is a form, or bytes whose type is in the headers. */
	body?: object | FormData | Uint8Array<ArrayBuffer>;
	headers?: Record<string, string>;
}

/** A ComfyUI by its address. */
export class Comfy {
	readonly #url: string;
	readonly #closing = new AbortController();

	/** @param url without a trailing slash */
	constructor(url: string) {
		this.#url = url;
	}

	/** The answer as soon as it begins. @throws Unreachable */
	call(path: string, options?: Options): Promise<Response> {
		return this.#inTime((signal) => this.#fetch(path, options, signal));
	}

	/** Gives the parsed answer, or its text if it is not JSON. @throws Unreachable */
	ask(path: string, options?: Options): Promise<{ status: number; body: unknown }> {
		return this.#inTime(async (signal) => {
			const response = await this.#fetch(path, options, signal);
			return { status: response.status, body: parse(await response.text()) };
		});
	}

	/** What ComfyUI always has an answer to. @throws Unreachable, also if something stands in front of it, or it fails */
	async look(path: string): Promise<unknown> {
		const { status, body } = await this.ask(path);
		if (status !== 200)
			throw new Unreachable(this.#url, new Error(`HTTP ${status} to GET ${path}`));
		return body;
	}

	/**
	 * ComfyUI can be started later, so nothing needs to listen there yet.
	 * @throws Error if something listens there that is no ComfyUI, or does not answer as one
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

	/** Ends every exchange. */
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

/** ComfyUI's own answer, with these of its headers, as it arrives. */
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
