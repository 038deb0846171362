import { FORM } from '../defaults';
import { type Choice, type InputSpec } from '../form/inputSpec';
import { limitChoices } from '../form/limits';
import { namesPrompt } from '../form/texts';
import {
	asList,
	asNumber,
	asString,
	compact,
	isObject,
	type JsonObject,
	toNumber,
} from '../json/objects';
import { MB } from '../text';
import type { Model } from './catalog';
import { Definitions, isNull, type Kind, type SchemaPart } from './definitions';

/** The inputs of a model, or the fields of an object that an input takes. */
export interface ModelInputs {
	/** The names of the inputs, in the order of the schema; at most `MOST_NAMES`. */
	names: string[];
	required: string[];
	specOf(name: string): ModelSpec | undefined;
	/**
	 * Whether the schema mentions the name, as a property or only as required (as one of RunComfy's schemas does).
	 */
	lists(name: string): boolean;
	/** Whether other names are allowed, too. Undefined if the schema does not say, which also allows them. */
	open: boolean | undefined;
}

/** The spec of an input of a model, at any depth. */
export interface ModelSpec extends InputSpec {
	/** Details that no form shows. Nested parts are read on demand, because a schema may refer to itself. */
	inside: Inside;
}

interface Inside {
	nullable: boolean;
	/** Set if the input takes only lists, or only objects. */
	only: 'list' | 'object' | undefined;
	/** The spec of each entry, if the input takes lists. */
	entry: (() => ModelSpec) | undefined;
	/** The fields of the object, if the input takes objects. */
	fields: (() => ModelInputs) | undefined;
}

const MOST_NAMES = 1_000;

/**
 * Reads the inputs of a model; undefined if the model has no schema. Understands what RunComfy's own schemas use:
 * JSON Schema with types such as `float`, formats such as `image_uri`, and `validations`. Everything else is
 * ignored.
 */
export function readModelInputs(model: Model): ModelInputs | undefined {
	const { input_schema: schema, required_inputs } = model;
	const before = inputsOfModels.get(model);
	if (before || !schema) return before;
	const definitions = new Definitions(schema);
	const root = definitions.resolve(schema);
	if (!root.properties) return undefined;
	const inputs = inputsOfObject({ required: required_inputs ?? [], ...root }, definitions);
	inputsOfModels.set(model, inputs);
	return inputs;
}

/** Caches the inputs of each model in use. A schema may be large, and is never changed in place. */
const inputsOfModels = new WeakMap<Model, ModelInputs>();

function inputsOfObject(object: SchemaPart, definitions: Definitions): ModelInputs {
	const { additionalProperties: others, patternProperties: patterns } = object;
	const { properties = [], required = [] } = object;
	const listed = required.slice(0, MOST_NAMES);
	const needed = new Set(listed.filter((name) => typeof name === 'string'));
	const ownerOf = (name: string) => properties.find((one) => Object.hasOwn(one, name));
	const specs = new Map<string, ModelSpec | undefined>();
	const specOf = (name: string) => {
		const owner = specs.has(name) ? undefined : ownerOf(name);
		if (owner) specs.set(name, readModelSpec(name, owner[name], definitions));
		return specs.get(name);
	};
	return {
		names: [...new Set(properties.flatMap((one) => Object.keys(one)))].slice(0, MOST_NAMES),
		required: [...needed].filter((name) => {
			const spec = specOf(name);
			return spec !== undefined && spec.default === undefined;
		}),
		specOf,
		lists: (name) => ownerOf(name) !== undefined || needed.has(name),
		open: others === undefined ? undefined : others !== false || isObject(patterns),
	};
}

/** The types and choices that a part of a schema allows. */
interface Taken {
	part: SchemaPart;
	kinds: Kind[];
	choices: SchemaPart['choices'];
	/**
	 * The part itself if it has a type, which then applies to all of its alternatives; otherwise the alternatives.
	 */
	shapes: SchemaPart[];
	/** The alternative that takes lists, if there is exactly one. `object` is the same for objects. */
	list: SchemaPart | undefined;
	object: SchemaPart | undefined;
	nullable: boolean;
}

function readPart(raw: unknown, definitions: Definitions): Taken {
	const part = definitions.resolve(raw);
	const { alternatives: all = [], cut = false } = part;
	const real = all.filter((one) => !isNull(one)).map((one) => definitions.resolve(one));
	const alternatives = real.length > 0 ? [...new Set(real)] : [part];
	const shapes = part.kinds ? [part] : alternatives;
	const choices = choicesOf(part.choices ? [part] : alternatives, cut);
	const kinds = new Set(shapes.flatMap(kindsOf));
	if (cut) kinds.add('other');
	return {
		part,
		kinds: [...kinds],
		choices,
		shapes,
		list: onlyOf(shapes, 'list'),
		object: onlyOf(shapes, 'json'),
		nullable:
			all.some(isNull) ||
			[part, ...real].some(({ nullable }) => nullable) ||
			(!choices && kinds.has('other')),
	};
}

function kindsOf({ kinds, items, properties }: SchemaPart): Kind[] {
	if (kinds) return kinds;
	if (isObject(items)) return ['list'];
	return [properties ? 'json' : 'other'];
}

function onlyOf(shapes: readonly SchemaPart[], kind: Kind): SchemaPart | undefined {
	const [only, another] = shapes.filter((shape) => kindsOf(shape).includes(kind));
	return another === undefined ? only : undefined;
}

/** The choices of all alternatives; undefined if one of them takes anything but choices. */
function choicesOf(alternatives: readonly SchemaPart[], cut: boolean): SchemaPart['choices'] {
	const lists = alternatives.flatMap(({ choices }) => choices ?? []);
	if (lists.length < alternatives.length) return undefined;
	const [only, another] = lists;
	if (another === undefined && !cut) return only;
	const first: Choice[] = [];
	for (const { choices } of lists) if (first.length <= FORM.choices) first.push(...choices);
	const limited = limitChoices(first);
	const more = cut || lists.some(({ moreChoices }) => moreChoices);
	return more ? { ...limited, moreChoices: true } : limited;
}

function readModelSpec(name: string, raw: unknown, definitions: Definitions): ModelSpec {
	const taken = readPart(raw, definitions);
	const { default: preset, title, description } = taken.part;
	return {
		...specOf(name, taken, definitions),
		...compact({ displayName: asString(title), tooltip: asString(description) }),
		...(preset === undefined || preset === null ? {} : { default: preset }),
		inside: insideOf(name, taken, definitions),
	};
}

function specOf(name: string, taken: Taken, definitions: Definitions): InputSpec {
	const { part, kinds, choices, list } = taken;
	if (choices) return { kind: 'choice', ...choices };
	const media = mediaTaken(name, taken, definitions);
	const size = kinds.includes('list') ? sizeOf({ ...list, ...part }) : {};
	const takesText = kinds.includes('string');
	if (media && !takesText && (kinds[0] === 'list' || media.many)) {
		return { kind: 'media', ...media, many: true, ...size, ...limitOf(part) };
	}
	const items = list && kinds.length === 1 && readPart(list['items'], definitions).choices;
	if (items) return { kind: 'json', many: true, ...items, ...size };
	const own = new Set(kinds.map((kind) => (kind === 'list' ? 'json' : kind)));
	if (media && takesText) {
		own.delete('string');
		if (media.many) own.add('json');
		const also = own.size > 0 ? { also: [...own] } : {};
		const { upload, address } = media;
		return { kind: 'media', upload, ...compact({ address }), ...also, ...size, ...limitOf(part) };
	}
	const [kind = 'other', ...also] = own;
	return {
		kind,
		...(also.length > 0 ? { also } : {}),
		...size,
		...(kind === 'integer' || kind === 'float' ? rangeOf(part, kind) : {}),
		...(kind === 'string' && namesPrompt(name) ? { multiline: true } : {}),
	};
}

function insideOf(
	name: string,
	{ kinds, list, object, nullable }: Taken,
	definitions: Definitions,
): Inside {
	const items = list?.['items'];
	const [kind, another] = kinds;
	let fields: ModelInputs | undefined;
	const only = kind === 'list' ? 'list' : kind === 'json' ? 'object' : undefined;
	return {
		nullable,
		only: another === undefined ? only : undefined,
		entry: isObject(items) ? () => readModelSpec(name, items, definitions) : undefined,
		fields: object?.properties ? () => (fields ??= inputsOfObject(object, definitions)) : undefined,
	};
}

type Upload = NonNullable<InputSpec['upload']>;

const MEDIA_FORMAT = /^(image|video|audio|file)_ur[il](s?)$/;
const MEDIA_NAME = /^(?:.*_)?(image|video|audio|mask|file)s?(?:_ur[il]s?)?(?:_?\d+)?$/i;

/**
 * The kind of file that an input takes, by its format or, if it has none, by its name: RunComfy's schemas differ.
 * `many`: the format stands for a list of files.
 */
function mediaTaken(
	name: string,
	{ part, shapes }: Taken,
	definitions: Definitions,
): (Required<Pick<InputSpec, 'upload'>> & Pick<InputSpec, 'many' | 'address'>) | undefined {
	const lists = shapes.filter(({ items }) => isObject(items));
	const items = lists.map((list) => definitions.resolve(list['items']));
	const formats = [part, ...shapes, ...items].flatMap(({ format }) => asString(format) ?? []);
	for (const format of formats) {
		const [, kind, many] = MEDIA_FORMAT.exec(format) ?? [];
		if (kind) return { upload: kind as Upload, address: true, ...(many ? { many: true } : {}) };
	}
	const texts = items.every((item) => kindsOf(item)[0] === 'string');
	const plain = formats.every((format) => /^ur[il]$/.test(format)) && texts;
	const kind = plain ? MEDIA_NAME.exec(name)?.[1]?.toLowerCase() : undefined;
	if (kind === undefined) return undefined;
	const upload = kind === 'mask' ? 'image' : (kind as Upload);
	return { upload, ...(formats.length > 0 ? { address: true } : {}) };
}

function sizeOf({ minItems, maxItems }: JsonObject) {
	return compact({ minItems: asNumber(minItems), maxItems: asNumber(maxItems) });
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

function rangeOf(node: JsonObject, kind: 'integer' | 'float') {
	const limit = (name: string) => asNumber(node[name]);
	const [above, below] = [limit('exclusiveMinimum'), limit('exclusiveMaximum')];
	// The nearest value inside an exclusive limit is only known for integers; a float keeps the limit itself.
	const whole = kind === 'integer';
	return compact({
		min: limit('minimum') ?? (whole && above !== undefined ? Math.floor(above) + 1 : above),
		max: limit('maximum') ?? (whole && below !== undefined ? Math.ceil(below) - 1 : below),
		step: limit('multipleOf'),
	});
}
