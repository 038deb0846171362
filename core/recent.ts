/**
 * A map of the newest entries: setting one, also again, makes it the newest, and beyond `most` the
 * oldest goes. To keep what is used last, set again what you get.
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
