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
