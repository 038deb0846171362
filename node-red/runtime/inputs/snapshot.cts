import { invalidInput, messageOf } from '../errors.cjs';

/**
 * A deep copy of plain data from a message, which other nodes may change while we wait. Bytes are
 * passed on as they are.
 * @throws RunComfyError `invalid_input` when it contains itself or cannot be read.
 */
export function snapshot(value: unknown, what: string): unknown {
	try {
		return copy(value, what, new Set());
	} catch (error) {
		if (error instanceof Error && error.name === 'RunComfyError') throw error;
		throw invalidInput(
			`The ${what} could not be read: ${messageOf(error)}`,
			'Give plain data: objects, lists, texts, numbers, true or false.',
		);
	}
}

function copy(value: unknown, what: string, above: Set<object>): unknown {
	if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
	if (value instanceof Date) return value.toISOString();
	if (above.has(value)) {
		throw invalidInput(
			`The ${what} contain themselves`,
			'Give plain data that does not refer back to itself, such as a copy without req and res.',
		);
	}
	above.add(value);
	const copied = Array.isArray(value)
		? value.map((entry) => copy(entry, what, above))
		: Object.fromEntries(
				Object.entries(value).map(([key, entry]) => [key, copy(entry, what, above)]),
			);
	above.delete(value);
	return copied;
}
