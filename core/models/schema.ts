import { type InputSpec, isChoice } from '../form/inputSpec';
import { limitChoices } from '../form/limits';
import { namesPrompt } from '../form/texts';
import {
	asList,
	asNumber,
	asObject,
	asString,
	compact,
	isObject,
	type JsonObject,
	toNumber,
} from '../json/objects';
import { MB } from '../text';
import type { Model } from './catalog';

/** The inputs of a model. */
export interface ModelInputs {
	/** In the order of the schema; at most `MOST_NAMES`. */
	names: string[];
	/** Names of properties without a default. */
	required: string[];
	specOf(name: string): ModelSpec | undefined;
	/**
	 * Whether the schema mentions the name, as a property or only as required (as one of RunComfy's schemas does).
	 */
	lists(name: string): boolean;
	/** Whether other names are allowed, too. Undefined if the schema does not say, which also allows them. */
	open: boolean | undefined;
}

export interface ModelSpec extends InputSpec {
	/** Whether the input takes null. */
	nullable: boolean;
}

const MOST_NAMES = 1_000;

/**
 * Reads the inputs of a model; undefined if the model has no schema. Understands what RunComfy's own schemas use:
 * JSON Schema with the type `float`, formats such as `image_uri`, and `validations`. It is read flat: a property, its
 * `$ref`, X of `X | null`, and the entries of a list. Anything deeper is of the kind `other`, which takes any value.
 */
export function readModelInputs(model: Model): ModelInputs | undefined {
	const inputs = inputsOfModels.get(model) ?? readInputs(model);
	if (inputs) inputsOfModels.set(model, inputs);
	return inputs;
}

/** The inputs of each model in use, because all items of a flow have the same model. */
const inputsOfModels = new WeakMap<Model, ModelInputs>();

function readInputs({
	input_schema: schema = {},
	required_inputs,
}: Model): ModelInputs | undefined {
	const { properties, required = required_inputs, additionalProperties } = follow(schema, schema);
	if (!isObject(properties)) return undefined;
	const needed = new Set(asList(required).slice(0, MOST_NAMES).flatMap(asName));
	const isProperty = (name: string) => Object.hasOwn(properties, name);
	const specs = new Map<string, ModelSpec>();
	const specOf = (name: string) => {
		if (!isProperty(name)) return undefined;
		const spec = specs.get(name) ?? readSpec(name, resolve(properties[name], schema), schema);
		specs.set(name, spec);
		return spec;
	};
	return {
		names: Object.keys(properties).slice(0, MOST_NAMES),
		required: [...needed].filter((name) => isProperty(name) && specOf(name)?.default === undefined),
		specOf,
		lists: (name) => isProperty(name) || needed.has(name),
		open: additionalProperties === undefined ? undefined : additionalProperties !== false,
	};
}

function asName(value: unknown): string[] {
	return typeof value === 'string' ? [value] : [];
}

/** A property with the part that its `$ref` names, and without the null of `X | null`. */
function resolve(raw: unknown, schema: JsonObject): JsonObject {
	const { anyOf, ...part } = follow(asObject(raw), schema);
	const [only, another] = asList(anyOf).filter((one) => asObject(one)['type'] !== 'null');
	if (only === undefined || another !== undefined) return { ...part, ...compact({ anyOf }) };
	return { ...follow(asObject(only), schema), ...part, nullable: asList(anyOf).length > 1 };
}

function follow(part: JsonObject, schema: JsonObject): JsonObject {
	const { $ref, ...own } = part;
	return typeof $ref === 'string' ? { ...asObject(pointed($ref, schema)), ...own } : part;
}

/** The part that a reference such as `#/$defs/Lora` names. */
function pointed(ref: string, schema: JsonObject): unknown {
	const [start, ...names] = ref.split('/');
	if (start !== '#') return undefined;
	return names.reduce<unknown>((at, name) => {
		return isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
	}, schema);
}

function readSpec(name: string, part: JsonObject, schema: JsonObject): ModelSpec {
	const { type, enum: list, default: preset, title, description, nullable } = part;
	const spec = typeOf(part) === 'array' ? readList(name, part, schema) : readType(name, part);
	const takesNull = [type, list].flat().some((one) => one === null || one === 'null');
	return {
		...spec,
		...compact({ displayName: asString(title), tooltip: asString(description) }),
		...(preset === undefined || preset === null ? {} : { default: preset }),
		nullable: takesNull || nullable === true || preset === null || spec.kind === 'other',
	};
}

function readList(name: string, part: JsonObject, schema: JsonObject): InputSpec {
	const { format, validations, items, minItems, maxItems } = part;
	// The format may stand beside the list or at its entries.
	const ofFiles = MEDIA_FORMAT.test(String(format)) ? { type: 'string', format, validations } : {};
	const entry = readType(name, { ...ofFiles, ...resolve(items, schema) });
	const { choices, moreChoices } = entry;
	return {
		...(entry.kind === 'media' ? entry : { kind: 'json', ...compact({ choices, moreChoices }) }),
		many: true,
		entry,
		...compact({ minItems: asNumber(minItems), maxItems: asNumber(maxItems) }),
	};
}

/** The type of a value; a list among the entries of a list has no further type. */
function readType(name: string, part: JsonObject): InputSpec {
	const choices = asList(part['enum']).filter((one) => one !== null);
	// No list is better than one that refuses valid values.
	if (choices.length > 0 && choices.every(isChoice)) {
		return { kind: 'choice', ...limitChoices(choices) };
	}
	const kind = KINDS[typeOf(part) ?? ''] ?? 'other';
	if (kind === 'integer' || kind === 'float') return { kind, ...rangeOf(part) };
	if (kind !== 'string') return { kind };
	return mediaOf(name, part) ?? { kind, ...(namesPrompt(name) ? { multiline: true } : {}) };
}

const KINDS: Readonly<Record<string, InputSpec['kind']>> = {
	string: 'string',
	integer: 'integer',
	number: 'float',
	float: 'float',
	boolean: 'boolean',
	object: 'json',
};

/** The only type of a value, apart from null; undefined if there are several, or the part goes deeper. */
function typeOf({ type, $ref, allOf, anyOf, oneOf }: JsonObject): string | undefined {
	const [only, another] = [type].flat().filter((one) => one !== 'null');
	return (another ?? $ref ?? allOf ?? anyOf ?? oneOf) === undefined ? asString(only) : undefined;
}

type Upload = NonNullable<InputSpec['upload']>;

const MEDIA_FORMAT = /^(image|video|audio|file)_ur[il]s?$/;
const MEDIA_NAME = /^(?:.*_)?(image|video|audio|mask|file)s?(?:_ur[il]s?)?(?:_?\d+)?$/i;

/**
 * The file that an input takes, by its format or, if it has none, by its name: RunComfy's schemas differ.
 */
function mediaOf(name: string, part: JsonObject): InputSpec | undefined {
	const format = asString(part['format']) ?? '';
	const byName = format === '' || /^ur[il]$/.test(format) ? MEDIA_NAME.exec(name) : null;
	const kind = (MEDIA_FORMAT.exec(format) ?? byName)?.[1]?.toLowerCase();
	if (kind === undefined) return undefined;
	return {
		kind: 'media',
		upload: kind === 'mask' ? 'image' : (kind as Upload),
		...(format === '' ? {} : { address: true }),
		...limitOf(part),
	};
}

/** `validations: [{validation_rule: "file_size_mb<", validation_value: 10, …}]` */
function limitOf({ validations }: JsonObject): Pick<InputSpec, 'maxFileBytes'> {
	const rules = asList(validations).filter(isObject);
	const rule = rules.find((one) =>
		/^file_size_mb<=?$/.test(asString(one['validation_rule']) ?? ''),
	);
	const most = toNumber(rule?.['validation_value']) * MB;
	return most > 0 ? { maxFileBytes: most } : {};
}

/** An exclusive limit counts as an inclusive one: only RunComfy refuses the limit itself. */
function rangeOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf }: JsonObject) {
	return compact({
		min: asNumber(minimum ?? exclusiveMinimum),
		max: asNumber(maximum ?? exclusiveMaximum),
		step: asNumber(multipleOf),
	});
}
