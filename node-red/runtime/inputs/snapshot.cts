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
	refuseLive(value, what);
	if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
	if (value instanceof Date) return value.toISOString();
	const bytes = bytesIn(value);
	if (bytes) return bytes;
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

/** Bytes in another form than a Buffer: as JSON writes one, and as a browser or `fetch` returns them. */
function bytesIn(value: object): Buffer | undefined {
	if (value instanceof ArrayBuffer) return Buffer.from(value);
	if (ArrayBuffer.isView(value)) {
		return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
	}
	const { type, data, ...more } = value as { type?: unknown; data?: unknown };
	const isWritten = type === 'Buffer' && Array.isArray(data) && Object.keys(more).length === 0;
	return isWritten ? Buffer.from(data as number[]) : undefined;
}

/** Methods of objects that hold no data yet, and what people call such an object. */
const LIVE: ReadonlyArray<readonly [method: string, name: string]> = [
	['pipe', 'a stream'],
	['getReader', 'a stream'],
	['arrayBuffer', 'a Blob or an unread answer'],
];

/** @throws RunComfyError `invalid_input` for what would be sent as `{}`, and paid for */
function refuseLive(value: unknown, what: string): void {
	const methods = (typeof value === 'object' ? value : undefined) as Record<string, unknown> | null;
	const name =
		typeof value === 'function'
			? 'a function'
			: LIVE.find(([method]) => typeof methods?.[method] === 'function')?.[1];
	if (name === undefined) return;
	throw invalidInput(
		`The ${what} cannot be sent: there is ${name} in it`,
		'Give a picture, video or sound as a Buffer, a web address or a data URI, and anything else as plain data.',
	);
}
