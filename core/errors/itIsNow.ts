/** What a value is that cannot be used, in one sentence of a hint. */
export function itIsNow(value: unknown): string {
	const text = write(value);
	return `It is now: ${text.length > 100 ? `${text.slice(0, 99)}…` : text}.`;
}

function write(value: unknown): string {
	// JSON makes null of NaN, and cannot write a bigint.
	if (typeof value === 'number' || typeof value === 'bigint') return String(value);
	try {
		return String(JSON.stringify(value));
	} catch {
		return 'an object that cannot be written as JSON';
	}
}
