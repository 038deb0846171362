import {
	asList,
	asNumber,
	asObject,
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

export interface ModelInputs {
	/** In the order of the schema, and no more than a form can show. */
	names: string[];
	required: string[];
	specOf(name: string): InputSpec | undefined;
	/** Whether it takes other inputs as well. */
	open: boolean;
}

/** A schema may hold anything, and refer to itself. */
const MOST_NAMES = 1_000;
const MOST_STEPS = 20;

/**
 * Undefined if the model has no schema. Reads what RunComfy's own schemas hold: JSON Schema with types such as
 * `float`, formats such as `image_uri`, and `validations`. Anything else in them is ignored.
 */
export function readInputs({
	input_schema: schema,
	required_inputs,
}: Model): ModelInputs | undefined {
	if (!schema) return undefined;
	const root = resolve(schema, schema);
	const { properties, required, additionalProperties } = root;
	if (!isObject(properties)) return undefined;
	const specOf = (name: string) =>
		Object.hasOwn(properties, name) ? readProperty(name, properties[name], schema) : undefined;
	const listed: unknown[] = Array.isArray(required) ? required : (required_inputs ?? []);
	const needed = listed.filter((name) => typeof name === 'string').slice(0, MOST_NAMES);
	return {
		names: Object.keys(properties).slice(0, MOST_NAMES),
		required: [...new Set(needed)].filter((name) => {
			const spec = specOf(name);
			return spec !== undefined && spec.default === undefined;
		}),
		specOf,
		open: additionalProperties === true || isObject(additionalProperties),
	};
}

/** What counts of a part of a schema: copying only these, the rest costs nothing however large it is. */
const KEYWORDS = [
	...['type', 'properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems'],
	...['enum', 'const', 'anyOf', 'oneOf', 'format', 'default', 'title', 'description'],
	...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'validations'],
];

/** A part of a schema with what it refers to, and of alternatives the only one that is not null. */
function resolve(given: unknown, root: JsonObject, budget = { left: MOST_STEPS }): JsonObject {
	budget.left -= 1;
	if (!isObject(given) || budget.left < 0) return {};
	const { $ref, allOf } = given;
	const parts: unknown[] = [
		...(typeof $ref === 'string' ? [pointed($ref, root)] : []),
		...asList(allOf).slice(0, MOST_STEPS),
	];
	const own = KEYWORDS.flatMap((key) => (Object.hasOwn(given, key) ? [[key, given[key]]] : []));
	const inherited = parts.map((part) => resolve(part, root, budget));
	const merged = Object.assign({}, ...inherited, Object.fromEntries(own)) as JsonObject;
	const real = alternativesIn(merged).filter((one) => asObject(one)['type'] !== 'null');
	if (real.length !== 1) return merged;
	delete merged['anyOf'];
	delete merged['oneOf'];
	return { ...resolve(real[0], root, budget), ...merged };
}

function alternativesIn({ anyOf, oneOf }: JsonObject): unknown[] {
	return asList(anyOf ?? oneOf).slice(0, MOST_STEPS);
}

function pointed(ref: string, root: JsonObject): unknown {
	if (!ref.startsWith('#/')) return undefined;
	const keys = ref.slice(2).split('/', MOST_STEPS);
	return keys.reduce<unknown>((at, key) => {
		const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
		return isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
	}, root);
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

function readProperty(name: string, given: unknown, root: JsonObject): InputSpec {
	const node = resolve(given, root);
	const options = alternativesIn(node).map((one) => resolve(one, root));
	const alternatives = options.length > 0 ? options : [node];
	const kinds = [...new Set(alternatives.flatMap(kindsOf))];
	const lists = alternatives.map(choicesOf);
	const choices = lists.every((list) => list.length > 0) ? lists.flat() : [];
	const { default: preset } = node;
	return {
		...specOfKinds(name, node, kinds, choices, root),
		...compact({ displayName: asText(node['title']), tooltip: asText(node['description']) }),
		...(preset === undefined || preset === null ? {} : { default: preset }),
	};
}

function specOfKinds(
	name: string,
	node: JsonObject,
	kinds: Kind[],
	choices: Choice[],
	root: JsonObject,
): InputSpec {
	if (choices.length > 0) return { kind: 'choice', choices };
	const [kind = 'other', ...others] = kinds;
	const media = mediaOf(name, node, root);
	if (media && (kind === 'list' || /s$/.test(asText(node['format']) ?? ''))) {
		return { kind: 'media', many: true, ...media, ...itemsOf(node), ...limitOf(node) };
	}
	if (media && kind === 'string') return { kind: 'media', ...media, ...limitOf(node) };
	if (kind === 'list') {
		const items = choicesOf(resolve(node['items'], root));
		const many = items.length > 0 ? { many: true as const, choices: items } : {};
		return { kind: 'json', ...many, ...itemsOf(node) };
	}
	const also = others.map((one) => (one === 'list' ? 'json' : one));
	return {
		kind,
		...(also.length > 0 ? { also } : {}),
		...(kind === 'integer' || kind === 'float' ? rangeOf(node, kind) : {}),
		...(kind === 'string' && namesPrompt(name) ? { multiline: true } : {}),
	};
}

function kindsOf({ type, items, properties }: JsonObject): Kind[] {
	const types: unknown[] = Array.isArray(type) ? type : [type];
	const known = types.filter((one) => one !== 'null' && one !== undefined);
	if (known.length > 0) return known.map((one) => KINDS.get(one) ?? 'other');
	if (isObject(items)) return ['list'];
	return [isObject(properties) ? 'json' : 'other'];
}

/** None if one of them cannot be chosen: no list is better than one that refuses what works. */
function choicesOf({ enum: list, const: only }: JsonObject): Choice[] {
	const given: unknown[] = Array.isArray(list) ? list : only === undefined ? [] : [only];
	const choices = given.filter((one) => one !== null);
	return choices.every(isChoice) ? choices : [];
}

const MEDIA_FORMAT = /^(image|video|audio|file)_ur[il]s?$/;
const MEDIA_NAME = /^(?:.*_)?(image|video|audio|mask|file)s?(?:_ur[il]s?)?(?:_?\d+)?$/i;

/** By its format, or by its name if the schema has none: those of RunComfy differ. */
function mediaOf(
	name: string,
	node: JsonObject,
	root: JsonObject,
): Pick<InputSpec, 'upload'> | undefined {
	const items = resolve(node['items'], root);
	const formats = [node['format'], items['format']].flatMap((one) => asText(one) ?? []);
	const texts = !isObject(node['items']) || kindsOf(items)[0] === 'string';
	const plain = formats.every((format) => /^ur[il]$/.test(format)) && texts;
	const kind =
		formats.map((format) => MEDIA_FORMAT.exec(format)?.[1]).find(Boolean) ??
		(plain ? MEDIA_NAME.exec(name)?.[1]?.toLowerCase() : undefined);
	if (kind === undefined) return undefined;
	return { upload: kind === 'mask' ? 'image' : (kind as NonNullable<InputSpec['upload']>) };
}

function itemsOf({ minItems, maxItems }: JsonObject) {
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
	// Just beside an exclusive limit, only a whole number is known.
	const gap = kind === 'integer' ? 1 : 0;
	const [above, below] = [limit('exclusiveMinimum'), limit('exclusiveMaximum')];
	return compact({
		min: limit('minimum') ?? (above === undefined ? undefined : above + gap),
		max: limit('maximum') ?? (below === undefined ? undefined : below - gap),
		step: limit('multipleOf'),
	});
}
