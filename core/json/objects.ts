import { RunComfyError } from '../errors';

/** For reading fields of an answer of unknown form. */
export type JsonObject = Record<string, unknown>;

/** Whether a value is an object, but not null or a list. */
export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject {
	return isObject(value) ? value : {};
}

export function asList(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

/** Returns undefined if `work` throws. */
export function tried<T>(work: () => T): T | undefined {
	try {
		return work();
	} catch {
		return undefined;
	}
}

/** Returns the value if it is an object. @throws RunComfyError `bad_response` */
export function expectObject(value: unknown, what: string): JsonObject {
	if (isObject(value)) return value;
	throw new RunComfyError('bad_response', `The answer holds no ${what}`);
}

/** Returns an answer that has the state of a request. @throws RunComfyError `bad_response` */
export function expectState(value: unknown): JsonObject & { status: string } {
	const status = asString(asObject(value)['status']);
	if (status === undefined) throw new RunComfyError('bad_response', 'The answer holds no status');
	return { ...asObject(value), status };
}

/** Returns the value if it is a list. @throws RunComfyError `bad_response` */
export function expectList(value: unknown, what: string): unknown[] {
	if (Array.isArray(value)) return value;
	throw new RunComfyError('bad_response', `The answer holds no list of ${what}`);
}

export function asString(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An id as a string. Services may also send a number. */
export function asId(value: unknown): string | undefined {
	return typeof value === 'number' || typeof value === 'bigint' ? String(value) : asString(value);
}

export function asNumber(value: unknown): number | undefined {
	return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A number, or a string that holds one; `NaN` for anything else. */
export function toNumber(value: unknown): number {
	return Number(asId(value) ?? NaN);
}

/** Drops undefined fields, so that users do not see them. */
export function compact<T extends object>(value: T): Compact<T> {
	return Object.fromEntries(
		Object.entries(value).filter(([, entry]) => entry !== undefined),
	) as Compact<T>;
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
	[K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Replaces each `bigint` in plain data with a string of all its digits, because standard JSON cannot hold one.
 * Unchanged parts stay the same objects.
 */
export function withoutBigInts<T>(value: T): T;
export function withoutBigInts(value: unknown): unknown {
	if (typeof value === 'bigint') return String(value);
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) {
		const list = value.map((entry: unknown) => withoutBigInts(entry));
		return list.every((entry, index) => entry === value[index]) ? value : list;
	}
	let changed = false;
	const fields = Object.entries(value).map(([name, entry]: [string, unknown]) => {
		const next = withoutBigInts(entry);
		changed ||= next !== entry;
		return [name, next] as const;
	});
	return changed ? Object.fromEntries(fields) : value;
}

/**
 * `{ ...base, ...more }` for objects that are kept by the thousand. In Node.js 20, a spread that adds a property
 * gives each object its own hidden class, which takes more memory than the object.
 */
export function assign<A extends object, B extends object>(base: A, more: B): Omit<A, keyof B> & B {
	return Object.assign({}, base, more);
}
