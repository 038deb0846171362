import { conceal, type Secrets } from '../../../core';

/** How many characters of JSON are stored of one message. */
const MAX_LENGTH = 16 * 1024;

/** Properties that the answer sets again, that exist only in this process, or that hold a key. */
const LEFT_OUT = new Set([
	...['payload', 'status', 'requestId', 'deploymentId', 'modelId', 'runcomfy', 'error'],
	...['req', 'res'],
]);

/** Properties that are stored first if not all of them fit. */
const FIRST = ['_msgid', 'topic', 'parts'];

/**
 * What is stored of a message for the time after a restart: plain data within a size limit, without payload,
 * Buffers, HTTP request and response, and the account's secrets.
 */
export function keptMessage(msg: object, secrets: Secrets): Record<string, unknown> {
	const kept: Record<string, unknown> = {};
	let left = MAX_LENGTH;
	const names = Object.keys(msg).filter((name) => !LEFT_OUT.has(name));
	for (const name of new Set([...FIRST, ...names])) {
		const value = readProperty(msg, name, left);
		const length = name.length + (JSON.stringify(value)?.length ?? Infinity);
		if (length > left) continue;
		left -= length;
		kept[name] = value;
	}
	return JSON.parse(conceal(JSON.stringify(kept), secrets)) as Record<string, unknown>;
}

/** A property as plain data; undefined if it is something else, cannot be read or does not fit. */
function readProperty(msg: object, name: string, left: number): unknown {
	try {
		return toPlain((msg as Record<string, unknown>)[name], { left }, []);
	} catch {
		return undefined;
	}
}

interface Walk {
	/** How many more characters fit, at least. */
	left: number;
}

const MAX_DEPTH = 20;

/** @throws once the value does not fit, because the rest may be megabytes, or the same objects over and over */
function toPlain(value: unknown, walk: Walk, above: readonly object[]): unknown {
	walk.left -= typeof value === 'string' ? value.length : 1;
	if (walk.left < 0) throw new RangeError('It does not fit');
	if (typeof value === 'string' || typeof value === 'boolean') return value;
	if (value === null || Number.isFinite(value)) return value;
	if (typeof value !== 'object' || above.length > MAX_DEPTH) return undefined;
	if (above.includes(value)) return undefined;
	const inside = [...above, value];
	if (Array.isArray(value)) return value.map((entry) => toPlain(entry, walk, inside));
	if (value instanceof Date) return value.toISOString();
	const prototype: unknown = Object.getPrototypeOf(value);
	// Not compared with our own prototype, because objects of a Function node come from another realm.
	if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return undefined;
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [key, toPlain(entry, walk, inside)]),
	);
}
