/**
 * A map of the newest entries: an entry becomes the newest when it is set, even if it was there before, and
 * beyond `most` the oldest goes. To keep an entry that is in use, set it again.
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

/** Values that are valid up to a time, in milliseconds of a clock that only goes forward. */
export type Expiring<V> = Recent<string, { value: V; until: number }>;

/** Milliseconds: long enough for the items of a flow, short enough for someone who changes a deployment. */
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
