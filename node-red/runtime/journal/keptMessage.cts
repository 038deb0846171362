import { redact } from '../../../core/index.js';

/** Characters of JSON that are kept of one message. */
const MAX_LENGTH = 16 * 1024;

/** Set anew by the answer, alive only in this process, or where secrets stand. */
const LEFT_OUT = new Set([
	...['payload', 'status', 'requestId', 'deploymentId', 'runcomfy', 'error'],
	...['req', 'res', 'extraData'],
]);

const SECRET = /token|secret|password|passwd|authorization|cookie|api_?key/i;

/** What an address has behind such a name, as that of a webhook node has. */
const IN_ADDRESS = /([?&](?:secret|token|password|api_?key|key)=)[^&#\s"']*/gi;

export function isSecretName(name: string): boolean {
	return SECRET.test(name);
}

/** What comes first when not everything fits. */
const FIRST = ['_msgid', 'topic', 'parts'];

/**
 * What is kept of a message for the time after a restart: plain data within a size limit, without
 * payload, Buffers, HTTP request and response, and anything that is or looks like a secret.
 */
export function keptMessage(msg: object, token: string | undefined): Record<string, unknown> {
	const kept: Record<string, unknown> = {};
	let left = MAX_LENGTH;
	const names = Object.keys(msg).filter((name) => !LEFT_OUT.has(name));
	for (const name of new Set([...FIRST.filter((first) => first in msg), ...names])) {
		const value = isSecretName(name) ? undefined : read(msg, name, { token, left });
		const length = name.length + (JSON.stringify(value)?.length ?? Infinity);
		if (length > left) continue;
		left -= length;
		kept[name] = value;
	}
	return kept;
}

/** A property as plain data; undefined where it is none, cannot be read or does not fit. */
function read(msg: object, name: string, walk: Walk): unknown {
	try {
		return plain((msg as Record<string, unknown>)[name], walk, []);
	} catch {
		return undefined;
	}
}

interface Walk {
	token: string | undefined;
	/** Characters that still fit, at least. */
	left: number;
}

const MAX_DEPTH = 20;

/** @throws once it does not fit: the rest may be megabytes, or the same objects over and over */
function plain(value: unknown, walk: Walk, above: readonly object[]): unknown {
	walk.left -= typeof value === 'string' ? value.length : 1;
	if (walk.left < 0) throw new RangeError('It does not fit');
	if (typeof value === 'string') return redact(value, walk.token).replace(IN_ADDRESS, '$1');
	if (typeof value === 'boolean' || value === null) return value;
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	if (typeof value !== 'object' || above.length > MAX_DEPTH) return undefined;
	if (above.includes(value)) return undefined;
	const inside = [...above, value];
	if (Array.isArray(value)) return value.map((entry) => plain(entry, walk, inside));
	if (value instanceof Date) return value.toISOString();
	const prototype: unknown = Object.getPrototypeOf(value);
	// Not compared with ours: a Function node's objects come from another realm.
	if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return undefined;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([key]) => !isSecretName(key))
			.map(([key, entry]) => [key, plain(entry, walk, inside)]),
	);
}
