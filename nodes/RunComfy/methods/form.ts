import type {
	ILoadOptionsFunctions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import { toHtml } from '../session/hints';

/** What a locator of the node holds: undefined if nothing is chosen yet, "=" if its expression has no value. */
export function chosenIn(context: ILoadOptionsFunctions, locator: string): unknown {
	const given = context.getCurrentNodeParameter(locator) as unknown;
	const value =
		typeof given === 'object' && given !== null ? (given as { value?: unknown }).value : given;
	return value === '' ? undefined : (value ?? '=');
}

// n8n sends the value of an expression, or nothing if it has none yet.
export function isExpression(value: unknown): boolean {
	return typeof value === 'string' && value.startsWith('=');
}

/** n8n shows no error here. Without its fields it would drop what the user has filled in. */
export function keepForm(
	context: ILoadOptionsFunctions,
	form: string,
	why: string,
): ResourceMapperFields {
	const fields = fieldsBefore(context, form);
	return fields.length > 0 ? { fields } : notice(why);
}

/** The fields that the form shows already: without them n8n would drop their values. */
export function inUse(context: ILoadOptionsFunctions, form: string): Set<string> {
	const shown = fieldsBefore(context, form).filter(({ removed }) => removed !== true);
	return new Set(shown.map(({ id }) => id));
}

function fieldsBefore(context: ILoadOptionsFunctions, form: string): ResourceMapperField[] {
	const before = context.getCurrentNodeParameter(form);
	return typeof before === 'object' &&
		before !== null &&
		'schema' in before &&
		Array.isArray(before.schema)
		? (before.schema as ResourceMapperField[])
		: [];
}

/** A form without fields, and why. */
export function notice(text: string): ResourceMapperFields {
	return { fields: [], emptyFieldsNotice: toHtml(text) };
}
