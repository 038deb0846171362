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
export function checkInputs(schema: JsonObject | undefined, inputs: unknown): JsonObject {
	return readFields(inputs, (fields, report) => {
		if (schema !== undefined) checkValue(schema, fields, [], schema, report);
		return fields;
	});
}

function checkValue(given: JsonObject, value: unknown, loc: Loc, root: JsonObject, report: Report) {
	const schema = resolve(given, root);
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
	if (Array.isArray(value) && isObject(schema['items'])) {
		const { items } = schema as { items: JsonObject };
		value.forEach((item, index) => checkValue(items, item, [...loc, index], root, report));
	}
	if (isObject(value)) checkProperties(schema, value, loc, root, report);
}

function checkProperties(
	schema: JsonObject,
	value: JsonObject,
	loc: Loc,
	root: JsonObject,
	report: Report,
) {
	const properties = isObject(schema['properties']) ? schema['properties'] : {};
	for (const name of (schema['required'] ?? []) as string[]) {
		if (!Object.hasOwn(value, name))
			report([...loc, name], 'field required', 'value_error.missing');
	}
	for (const [name, one] of Object.entries(value)) {
		const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
		if (isObject(known)) checkValue(known, one, [...loc, name], root, report);
		else if (schema['additionalProperties'] === false) {
			report([...loc, name], 'extra fields not permitted', 'value_error.extra');
		}
	}
}

function resolve(schema: JsonObject, root: JsonObject): JsonObject {
	const name = /^#\/\$defs\/(?<name>\w+)$/.exec(String(schema['$ref']))?.groups?.['name'] ?? '';
	const definitions = isObject(root['$defs']) ? root['$defs'] : {};
	const found = definitions[name];
	return isObject(found) ? found : schema;
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
