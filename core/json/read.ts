import { RunComfyError } from '../errors';

/** Reading fields of an answer without trusting its form. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject {
	return isObject(value) ? value : {};
}

/** An answer that must be an object. @throws RunComfyError `bad_response` */
export function expectObject(value: unknown, what: string): JsonObject {
	if (isObject(value)) return value;
	throw new RunComfyError('bad_response', `The answer holds no ${what}`);
}

/** An answer that must tell the state of a request. @throws RunComfyError `bad_response` */
export function expectState(value: unknown): JsonObject & { status: string } {
	const answer = expectObject(value, 'status');
	const status = textOf(answer['status']);
	if (status === undefined) throw new RunComfyError('bad_response', 'The answer holds no status');
	return { ...answer, status };
}

export function textOf(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An id, which a service may also write as a number. */
export function idOf(value: unknown): string | undefined {
	return typeof value === 'number' || typeof value === 'bigint' ? String(value) : textOf(value);
}

export function numberOf(value: unknown): number | undefined {
	return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A number, also one that is written as a text; `NaN` for what is none. */
export function toNumber(value: unknown): number {
	return Number(idOf(value) ?? NaN);
}

/** The object without its undefined fields, so that an absent field is absent in what users see. */
export function compact<T extends object>(value: T): Compact<T> {
	return Object.fromEntries(
		Object.entries(value).filter(([, entry]) => entry !== undefined),
	) as Compact<T>;
}

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
	[K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
