import {
	asList,
	asNumber,
	asText,
	compact,
	isObject,
	type JsonObject,
	toNumber,
} from '../json/objects';
import { MB } from '../text';
import { namesPrompt } from '../workflow/form/texts';
import { type Choice, type InputSpec, isChoice } from '../workflow/inputSpec';
import type { Model } from './catalog';
import { alternativesIn, Definitions, isNull } from './definitions';

/** What an object takes: a model, or an object among its inputs. */
export interface ModelInputs {
	/** In the order of the schema, and no more than a form can show. */
	names: string[];
	required: string[];
	specOf(name: string): ModelSpec | undefined;
	/** Whether the schema names it: with what it takes, or only as required, as one of RunComfy's does. */
	lists(name: string): boolean;
	/** Whether it takes others as well; undefined if the schema does not say, which allows them. */
	open: boolean | undefined;
}

/** What an input takes, at every depth. */
export interface ModelSpec extends InputSpec {
	/** What no form shows. Each part is read when it is asked for, since a schema may refer to itself. */
	inside: Inside;
}

interface Inside {
	nullable: boolean;
	/** What it takes if nothing but lists, or nothing but objects. */
	only: 'list' | 'object' | undefined;
	/** What each entry of a list takes. */
	entry: (() => ModelSpec) | undefined;
	/** What an object takes. */
	fields: (() => ModelInputs) | undefined;
}

const MOST_NAMES = 1_000;

/**
 * Undefined if the model has no schema. Reads what RunComfy's own schemas hold: JSON Schema with types such as
 * `float`, formats such as `image_uri`, and `validations`. Anything else in them is ignored.
 */
export function readInputs({
	input_schema: schema,
	required_inputs,
}: Model): ModelInputs | undefined {
	if (!schema) return undefined;
	const definitions = new Definitions(schema);
	const root = definitions.resolve(schema);
	if (!root['properties']) return undefined;
	return inputsOf({ required: required_inputs, ...root }, definitions);
}

function inputsOf(object: JsonObject, definitions: Definitions): ModelInputs {
	const { additionalProperties: others, patternProperties: patterns } = object;
	const properties = asList(object['properties']) as JsonObject[];
	const listed = asList(object['required']).slice(0, MOST_NAMES);
	const needed = new Set(listed.filter((name) => typeof name === 'string'));
	const ownerOf = (name: string) => properties.find((one) => Object.hasOwn(one, name));
	const specOf = (name: string) => {
		const owner = ownerOf(name);
		return owner && readSpec(name, owner[name], definitions);
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

type Kind = InputSpec['kind'] | 'list';

const KINDS = new Map<unknown, Kind>([
	...(['string', 'str', 'text'] as const).map((type) => [type, 'string'] as const),
	...(['integer', 'int'] as const).map((type) => [type, 'integer'] as const),
	...(['number', 'float', 'double'] as const).map((type) => [type, 'float'] as const),
	...(['boolean', 'bool'] as const).map((type) => [type, 'boolean'] as const),
	...(['array', 'list'] as const).map((type) => [type, 'list'] as const),
	...(['object', 'dict'] as const).map((type) => [type, 'json'] as const),
]);

function kindsOf({ type, items, properties }: JsonObject): Kind[] {
	const types: unknown[] = Array.isArray(type) ? type : [type];
	const known = types.filter((one) => one !== 'null' && one !== undefined);
	if (known.length > 0) return known.map((one) => KINDS.get(one) ?? 'other');
	if (isObject(items)) return ['list'];
	return [properties ? 'json' : 'other'];
}

/** A part of a schema, as far as it tells what it takes. */
interface Part {
	node: JsonObject;
	kinds: Kind[];
	choices: Choice[];
	/** Itself if it has a type, else its alternatives. */
	shapes: JsonObject[];
	/** What takes lists, or objects, if that is only one of the shapes. */
	list: JsonObject | undefined;
	object: JsonObject | undefined;
	nullable: boolean;
}

function readPart(given: unknown, definitions: Definitions): Part {
	const node = definitions.resolve(given);
	const all = alternativesIn(node);
	const real = all.filter((one) => !isNull(one)).map((one) => definitions.resolve(one));
	const alternatives = real.length > 0 ? [...new Set(real)] : [node];
	const shapes = node['type'] === undefined ? alternatives : [node];
	return {
		node,
		kinds: [...new Set(shapes.flatMap(kindsOf))],
		choices: choicesIn(node['enum'] === undefined ? alternatives : [node]),
		shapes,
		list: onlyOf(shapes, 'list'),
		object: onlyOf(shapes, 'json'),
		nullable: all.some(isNull) || [node, ...real].some(takesNull),
	};
}

function onlyOf(shapes: readonly JsonObject[], kind: Kind): JsonObject | undefined {
	const [only, another] = shapes.filter((shape) => kindsOf(shape).includes(kind));
	return another === undefined ? only : undefined;
}

function takesNull({ type, enum: list, const: only, default: preset, nullable }: JsonObject) {
	if (asList(type).includes('null') || asList(list).includes(null)) return true;
	return only === null || preset === null || nullable === true;
}

function readSpec(name: string, given: unknown, definitions: Definitions): ModelSpec {
	const part = readPart(given, definitions);
	const { default: preset, title, description } = part.node;
	return {
		...specOf(name, part, definitions),
		...compact({ displayName: asText(title), tooltip: asText(description) }),
		...(preset === undefined || preset === null ? {} : { default: preset }),
		inside: insideOf(name, part, definitions),
	};
}

function specOf(name: string, part: Part, definitions: Definitions): InputSpec {
	const { node, kinds, choices, list } = part;
	if (choices.length > 0) return { kind: 'choice', choices };
	const media = mediaOf(name, part, definitions);
	const size = kinds.includes('list') ? sizeOf({ ...list, ...node }) : {};
	const texts = kinds.includes('string');
	if (media && !texts && (kinds[0] === 'list' || media.many)) {
		return { kind: 'media', ...media, many: true, ...size, ...limitOf(node) };
	}
	const items = list && kinds.length === 1 ? readPart(list['items'], definitions).choices : [];
	if (items.length > 0) return { kind: 'json', many: true, choices: items, ...size };
	const own = new Set(kinds.map((kind) => (kind === 'list' ? 'json' : kind)));
	if (media && texts) {
		own.delete('string');
		if (media.many) own.add('json');
		const also = own.size > 0 ? { also: [...own] } : {};
		return { kind: 'media', upload: media.upload, ...also, ...size, ...limitOf(node) };
	}
	const [kind = 'other', ...also] = own;
	return {
		kind,
		...(also.length > 0 ? { also } : {}),
		...size,
		...(kind === 'integer' || kind === 'float' ? rangeOf(node, kind) : {}),
		...(kind === 'string' && namesPrompt(name) ? { multiline: true } : {}),
	};
}

function insideOf(
	name: string,
	{ kinds, choices, list, object, nullable }: Part,
	definitions: Definitions,
): Inside {
	const items = list?.['items'];
	const [kind, another] = kinds;
	const only = kind === 'list' ? 'list' : kind === 'json' ? 'object' : undefined;
	return {
		nullable: nullable || (choices.length === 0 && kinds.includes('other')),
		only: another === undefined ? only : undefined,
		entry: isObject(items) ? () => readSpec(name, items, definitions) : undefined,
		fields: object?.['properties'] ? () => inputsOf(object, definitions) : undefined,
	};
}

/** None if one of them cannot be chosen: no list is better than one that refuses what works. */
function choicesIn(alternatives: readonly JsonObject[]): Choice[] {
	const lists = alternatives.map(({ enum: list, const: only }) => {
		return Array.isArray(list) ? (list as unknown[]) : only === undefined ? [] : [only];
	});
	if (!lists.every(({ length }) => length > 0)) return [];
	const choices = lists.flat().filter((one) => one !== null);
	return choices.every(isChoice) ? choices : [];
}

type Upload = NonNullable<InputSpec['upload']>;

const MEDIA_FORMAT = /^(image|video|audio|file)_ur[il](s?)$/;
const MEDIA_NAME = /^(?:.*_)?(image|video|audio|mask|file)s?(?:_ur[il]s?)?(?:_?\d+)?$/i;

/** By its format, or by its name if the schema has none: those of RunComfy differ. `many`: by a format of lists. */
function mediaOf(
	name: string,
	{ node, shapes }: Part,
	definitions: Definitions,
): (Required<Pick<InputSpec, 'upload'>> & Pick<InputSpec, 'many'>) | undefined {
	const lists = shapes.filter(({ items }) => isObject(items));
	const items = lists.map((list) => definitions.resolve(list['items']));
	const formats = [node, ...shapes, ...items].flatMap(({ format }) => asText(format) ?? []);
	for (const format of formats) {
		const [, kind, many] = MEDIA_FORMAT.exec(format) ?? [];
		if (kind) return { upload: kind as Upload, ...(many ? { many: true } : {}) };
	}
	const texts = items.every((item) => kindsOf(item)[0] === 'string');
	const plain = formats.every((format) => /^ur[il]$/.test(format)) && texts;
	const kind = plain ? MEDIA_NAME.exec(name)?.[1]?.toLowerCase() : undefined;
	if (kind === undefined) return undefined;
	return { upload: kind === 'mask' ? 'image' : (kind as Upload) };
}

function sizeOf({ minItems, maxItems }: JsonObject) {
	return compact({ minItems: asNumber(minItems), maxItems: asNumber(maxItems) });
}

/** `validations: [{validation_rule: "file_size_mb<", validation_value: 10, …}]` */
function limitOf({ validations }: JsonObject): Pick<InputSpec, 'maxFileBytes'> {
	const rules = asList(validations).filter(isObject);
	const rule = rules.find((one) => /^file_size_mb<=?$/.test(asText(one['validation_rule']) ?? ''));
	const most = toNumber(rule?.['validation_value']) * MB;
	return most > 0 ? { maxFileBytes: most } : {};
}

function rangeOf(node: JsonObject, kind: 'integer' | 'float') {
	const limit = (name: string) => asNumber(node[name]);
	const [above, below] = [limit('exclusiveMinimum'), limit('exclusiveMaximum')];
	// Just beside an exclusive limit, only a whole number is known.
	const whole = kind === 'integer';
	return compact({
		min: limit('minimum') ?? (whole && above !== undefined ? Math.floor(above) + 1 : above),
		max: limit('maximum') ?? (whole && below !== undefined ? Math.ceil(below) - 1 : below),
		step: limit('multipleOf'),
	});
}
