/**
 * Plain data with every text in it, names included, as `change` gives it. What does not change is the
 * same object as before.
 */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
	return mapped(value, change) as T;
}

function mapped(value: unknown, change: (text: string) => string): unknown {
	if (typeof value === 'string') return change(value);
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) {
		const list = value.map((entry) => mapped(entry, change));
		return list.every((entry, index) => entry === value[index]) ? value : list;
	}
	let changed = false;
	const fields = Object.entries(value).map(([name, entry]) => {
		const next = [change(name), mapped(entry, change)] as const;
		changed ||= next[0] !== name || next[1] !== entry;
		return next;
	});
	return changed ? Object.fromEntries(fields) : value;
}
