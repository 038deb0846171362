/**
 * A map that keeps only the newest entries. Setting an entry makes it the newest, even if it was there before;
 * beyond `most` entries, the oldest is removed. To keep an entry that is in use, set it again.
 */
export class Recent<K, V> extends Map<K, V> {
	constructor(readonly most: number) {
		super();
	}

	override set(key: K, value: V): this {
		this.delete(key);
		super.set(key, value);
		const [oldest] = this.keys();
		if (this.size > this.most && oldest !== undefined) this.delete(oldest);
		return this;
	}
}

/** Values with an expiry time, in milliseconds of the monotonic clock. */
export type Expiring<V> = Recent<string, { value: V; until: number }>;

/** In milliseconds: long enough for the items of a flow, short enough for a user who changes a deployment. */
const GOOD_FOR_MS = 60_000;

export function recall<V>(cache: Expiring<V> | undefined, key: string, now: number): V | undefined {
	const entry = cache?.get(key);
	return entry && now < entry.until ? entry.value : undefined;
}

export function remember<V>(
	cache: Expiring<V> | undefined,
	key: string,
	value: V,
	now: number,
	goodForMs = GOOD_FOR_MS,
): void {
	cache?.set(key, { value, until: now + goodForMs });
}
