export type Settled<T> = { ok: true; value: T } | { ok: false; error: unknown };

/**
 * Works through `items`, at most `limit` at a time, and resolves with what became of each, in the
 * items' own order. One that goes wrong never takes a finished sibling with it.
 */
export async function mapSettled<I, O>(
	items: readonly I[],
	limit: number,
	work: (item: I, index: number) => Promise<O>,
): Promise<Array<Settled<O>>> {
	const settled: Array<Settled<O>> = [];
	const queue = items.entries();
	const lane = async () => {
		for (const [index, item] of queue) settled[index] = await settle(work, item, index);
	};
	const lanes = Math.max(1, Math.min(Math.floor(limit) || 1, items.length));
	await Promise.all(Array.from({ length: lanes }, lane));
	return settled;
}

async function settle<I, O>(
	work: (item: I, index: number) => Promise<O>,
	item: I,
	index: number,
): Promise<Settled<O>> {
	try {
		return { ok: true, value: await work(item, index) };
	} catch (error) {
		return { ok: false, error };
	}
}
