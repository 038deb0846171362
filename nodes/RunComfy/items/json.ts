/** An answer without the text in which it came: its fields are what users see. */
export function withoutRaw<T extends { raw: unknown }>({
	raw: _raw,
	...fields
}: T): Omit<T, 'raw'> {
	return fields;
}

/** JSON as n8n can store it: an integer beyond 2^53 (a `bigint`, such as a seed) becomes a text with all of its digits. */
export function withoutBigInts(value: unknown): unknown {
	if (typeof value === 'bigint') return String(value);
	if (Array.isArray(value)) return value.map(withoutBigInts);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, entry]) => [name, withoutBigInts(entry)]),
	);
}
