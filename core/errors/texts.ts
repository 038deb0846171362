import { shorten } from '../text';

/** The message of whatever was thrown: libraries also throw plain objects. */
export function messageOf(thrown: unknown): string {
	const { message } = Object(thrown) as { message?: unknown };
	if (typeof message === 'string') return message;
	if (typeof thrown !== 'object' || thrown === null) return String(thrown);
	return thrown instanceof Error ? thrown.name : 'an object without a message';
}

/** A sentence for a hint: the value that cannot be used. */
export function currentValueHint(value: unknown): string {
	return `It is now: ${shorten(write(value), 100)}.`;
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
