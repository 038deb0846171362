import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { currentValueHint, invalidInput, type RunComfyError } from '../../../core';

/** Quotes a parameter's display name for an error: n8n's guidelines ask for single quotes. */
export function quoted(label: string): string {
	return `'${label}'`;
}

export function mistake(label: string, what: string, hint: string): RunComfyError {
	return invalidInput(`${quoted(label)} ${what}`, hint);
}

/** Accepts booleans as text, because an expression may return them so; undefined for anything else. */
export function toFlag(value: unknown): boolean | undefined {
	if (typeof value === 'boolean') return value;
	return value === 'true' || value === 'false' ? value === 'true' : undefined;
}

/** Accepts numbers as text, because an expression may return them so; undefined for anything else. */
export function toFiniteNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/**
 * Reads a boolean parameter; `fallback` if the operation does not have it.
 * @throws RunComfyError `invalid_input`
 */
export function readFlag(
	{ context, itemIndex }: { context: IExecuteFunctions; itemIndex: number },
	{ name, displayName }: Pick<INodeProperties, 'name' | 'displayName'>,
	fallback = false,
): boolean {
	const value: unknown = context.getNodeParameter(name, itemIndex, fallback);
	const flag = toFlag(value);
	if (flag !== undefined) return flag;
	throw mistake(displayName, 'must be true or false', currentValueHint(value));
}

/**
 * Returns the value of a JSON parameter, which is required.
 * @throws RunComfyError `invalid_input` with this hint if an expression returned nothing
 */
export function requireGiven(
	{ context, itemIndex }: { context: IExecuteFunctions; itemIndex: number },
	{ name, displayName }: Pick<INodeProperties, 'name' | 'displayName'>,
	hint: string,
): unknown {
	const given: unknown = context.getNodeParameter(name, itemIndex, '');
	if (given !== undefined) return given;
	throw mistake(displayName, 'is empty: its expression returned nothing', hint);
}
