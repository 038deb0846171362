/** How one attempt went. `F` carries what the caller needs to decide on another one. */
export type Attempt<T, F> = { ok: true; value: T } | (F & { ok: false });

/**
 * The one loop behind every retry of the core.
 * @param delayAfter gets the failed attempt and its number, from 1, and gives milliseconds; undefined gives up
 * @returns the last attempt
 * @throws whatever `attempt` and `wait` throw, such as `aborted`
 */
export async function repeat<T, F>(
	attempt: () => Promise<Attempt<T, F>>,
	delayAfter: (failed: F, number: number) => number | undefined,
	wait: (ms: number, failed: F, number: number) => Promise<void>,
): Promise<Attempt<T, F>> {
	for (let number = 1; ; number += 1) {
		const last = await attempt();
		if (last.ok) return last;
		const delayMs = delayAfter(last, number);
		if (delayMs === undefined) return last;
		await wait(delayMs, last, number);
	}
}

/** The value of an attempt. @throws the error of a failed one */
export function valueOf<T, F extends { error: unknown }>(last: Attempt<T, F>): T {
	if (last.ok) return last.value;
	throw last.error;
}

/** Never rejects. */
export async function attemptOf<T>(work: () => Promise<T>): Promise<Settled<T>> {
	try {
		return { ok: true, value: await work() };
	} catch (error) {
		return { ok: false, error };
	}
}

/** How one attempt went, or why it failed. */
export type Settled<T> = Attempt<T, { error: unknown }>;

/** At most `limit` at a time; gives the outcome of each, in the items' own order. If one fails, the others go on. */
export async function mapSettled<I, O>(
	items: readonly I[],
	limit: number,
	work: (item: I, index: number) => Promise<O>,
): Promise<Array<Settled<O>>> {
	const settled: Array<Settled<O>> = [];
	const queue = items.entries();
	const lane = async () => {
		for (const [index, item] of queue) settled[index] = await attemptOf(() => work(item, index));
	};
	const lanes = Math.max(1, Math.min(Math.floor(limit) || 1, items.length));
	await Promise.all(Array.from({ length: lanes }, lane));
	return settled;
}
