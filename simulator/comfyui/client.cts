import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { isObject, parsePython, toJson } from '../json.cjs';
import type { Reply } from '../reply.cjs';
import { ApiError } from '../reply.cjs';

/** Milliseconds until an answer must begin: ComfyUI is slow while it loads a model. */
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

	/** @throws Unreachable */
	async call(path: string, { body, headers }: Options = {}): Promise<Response> {
		const given = new AbortController();
		const late = new Error(`nothing came within ${PATIENCE_MS / 1000} s`);
		const timer = setTimeout(() => given.abort(late), PATIENCE_MS);
		const ready = body instanceof FormData || body instanceof Uint8Array ? body : undefined;
		try {
			return await fetch(this.#url + path, {
				...(body && { method: 'POST', body: ready ?? toJson(body) }),
				headers: {
					'accept-encoding': 'identity',
					...headers,
					...(body && !ready && { 'content-type': 'application/json' }),
				},
				redirect: 'manual',
				signal: AbortSignal.any([this.#closing.signal, given.signal]),
			});
		} catch (error) {
			throw new Unreachable(this.#url, error);
		} finally {
			clearTimeout(timer);
		}
	}

	/** Gives the parsed answer, or its text if it is not JSON. @throws Unreachable */
	async ask(path: string, options?: Options): Promise<{ status: number; body: unknown }> {
		const response = await this.call(path, options);
		const text = await response.text().catch((error: unknown) => {
			throw new Unreachable(this.#url, error);
		});
		return { status: response.status, body: parse(text) };
	}

	/**
	 * ComfyUI can be started later, so it need not answer yet.
	 * @throws Error if something else answers at its address
	 */
	async refuseOther(): Promise<void> {
		const answer = await this.ask('/system_stats').catch(() => undefined);
		if (answer === undefined) return;
		const { status, body } = answer;
		if (status === 200 && isObject(body) && isObject(body['system']) && 'devices' in body) return;
		throw new Error(
			`There is no ComfyUI at ${this.#url}: its answer to GET /system_stats (HTTP ${status}) is another server's. Check the address.`,
		);
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
