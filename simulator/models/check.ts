import { isObject } from '../json';
import type { ErrorDetail, Report } from '../reply';
import { readFields } from '../reply';
import type { MediaKind } from '../run/input-file';
import type { JsonObject } from '../types';

type Loc = ErrorDetail['loc'];

const isNumber = (value: unknown): boolean =>
	typeof value === 'number' || typeof value === 'bigint';

const TYPES: Record<string, (value: unknown) => boolean> = {
	string: (value) => typeof value === 'string',
	integer: (value) => typeof value === 'bigint' || Number.isInteger(value),
	number: isNumber,
	float: isNumber,
	boolean: (value) => typeof value === 'boolean',
	array: Array.isArray,
	object: isObject,
	null: (value) => value === null,
};

/**
 * Compares the inputs with a model's schema, as the service would.
 * @throws ApiError 422001 listing every problem
 */
export function checkInputs(schema: JsonObject = {}, inputs: unknown): JsonObject {
	return readFields(inputs, (fields, report) => {
		const properties = isObject(schema['properties']) ? schema['properties'] : {};
		for (const name of (schema['required'] ?? []) as string[]) {
			if (!Object.hasOwn(fields, name)) report([name], 'field required', 'value_error.missing');
		}
		for (const [name, value] of Object.entries(fields)) {
			const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
			if (isObject(known)) checkValue(known, value, [name], report);
		}
		return fields;
	});
}

function checkValue(schema: JsonObject, value: unknown, loc: Loc, report: Report): void {
	const types = [schema['type'] ?? []].flat().map(String);
	// A default of null means that null is valid, whatever the type.
	if (value === null && schema['default'] === null) return;
	if (types.length > 0 && !types.some((type) => TYPES[type]?.(value) ?? true)) {
		report(loc, `value is not a valid ${types.join(' or ')}`, `type_error.${types[0]}`);
		return;
	}
	const options = schema['enum'];
	if (Array.isArray(options) && !options.includes(value)) {
		const permitted = options.map(String).join(', ');
		report(loc, `unexpected value; permitted: ${permitted}`, 'value_error.enum');
	}
	const { items } = schema;
	if (Array.isArray(value) && isObject(items)) {
		value.forEach((item, index) => checkValue(items, item, [...loc, index], report));
	}
}

const mediaKind = ({ format }: JsonObject): MediaKind | undefined =>
	/^(?<kind>image|video|audio)_uris?$/.exec(String(format))?.groups?.['kind'] as
		| MediaKind
		| undefined;

/** Lists the media files in the inputs. */
export function mediaIn(
	schema: JsonObject | undefined,
	inputs: JsonObject,
): Array<{ name: string; kind: MediaKind; value: string }> {
	const properties = isObject(schema?.['properties']) ? schema['properties'] : {};
	return Object.entries(properties).flatMap(([name, property]) => {
		const kind = isObject(property) ? mediaKind(property) : undefined;
		if (kind === undefined) return [];
		const values = [inputs[name] ?? []].flat();
		return values.map((value) => ({ name, kind, value: String(value) }));
	});
}
