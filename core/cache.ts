import { CACHE } from './defaults';
import { RunComfyError, toRunComfyError } from './errors';
import type { Client } from './http/client';
import type { CallOptions } from './http/exchange';
import { LOOK_UP_RETRIES } from './http/retry';
import { Recent } from './recent';
import { withTimeLimit } from './waiting';

/** One item or message on its way to a submit, or one call of an editor. */
export interface Flow {
	/** Tells the flow's own loads from those of others. A cache that kept the flow would keep its execution in memory. */
	id: symbol;
	client: Client;
	/** Ends the flow's wait, but not a load, since other flows may wait for it, too. */
	signal?: AbortSignal | undefined;
}

export type Found<T> =
	/** `cached`: another flow has loaded the value, so it may be out of date. */
	{ value: T; cached: boolean } | { error: RunComfyError };

type Load<T> = (calls: CallOptions) => Promise<T>;

interface HowToRead {
	/** Loads the value again, unless this flow has loaded it. */
	fresh?: boolean;
	/** Milliseconds for a load. */
	limitMs?: number;
	/** Milliseconds for which other flows use the value. */
	goodForMs?: number;
}

interface Entry<T> {
	by: symbol;
	/** Never rejects. */
	found: Promise<{ value: T } | { error: RunComfyError }>;
	/** The value, once it is loaded. */
	value?: T;
	/** Until when other flows use it, on the host's monotonic clock: without end while it loads, 0 if that failed. */
	until: number;
}

/**
 * Values of one kind that a process has read from one account, each for its time to live. A load is shared by all flows
 * that want its value meanwhile. A failed load is forgotten, except by the flow that began it.
 */
export class Cache<T> {
	readonly #entries = new Recent<string, Entry<T>>(CACHE.entries);

	/** @throws RunComfyError `aborted` if the flow ends first */
	async read(key: string, flow: Flow, load: Load<T>, how: HowToRead = {}): Promise<Found<T>> {
		const { host } = flow.client;
		const before = this.#entries.get(key);
		const isGood =
			before && (before.by === flow.id || (!how.fresh && host.monotonic() < before.until));
		const entry = isGood ? before : this.#begin(key, flow, load, how);
		const found = await withTimeLimit(host, Infinity, flow.signal, () => entry.found);
		return 'error' in found ? found : { ...found, cached: entry.by !== flow.id };
	}

	/** The value as it was last read, even if that is long ago. */
	last(key: string): T | undefined {
		return this.#entries.get(key)?.value;
	}

	#begin(key: string, { id, client }: Flow, load: Load<T>, how: HowToRead): Entry<T> {
		const { host } = client;
		const { limitMs = CACHE.loadMs, goodForMs = CACHE.goodForMs } = how;
		const entry: Entry<T> = {
			by: id,
			until: Infinity,
			found: withTimeLimit(host, limitMs, undefined, (signal) =>
				load({ signal, retries: LOOK_UP_RETRIES }),
			).then(
				(value) => {
					Object.assign(entry, { value, until: host.monotonic() + goodForMs });
					return { value };
				},
				(thrown: unknown) => {
					entry.until = 0;
					return { error: explain(thrown, limitMs) };
				},
			),
		};
		this.#entries.set(key, entry);
		return entry;
	}
}

// Nothing but the time limit aborts a load.
function explain(thrown: unknown, limitMs: number): RunComfyError {
	const error = toRunComfyError(thrown, 'bad_response');
	if (error.code !== 'aborted') return error;
	return new RunComfyError('service_unavailable', `no answer within ${limitMs / 1000} s`);
}

/** The warning if a check could not be made. */
export function notChecked({ message }: RunComfyError): string {
	return `The inputs were not checked before the submit: ${message}`;
}
