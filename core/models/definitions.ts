import { FORM } from '../defaults';
import { type InputSpec, isChoice } from '../form/inputSpec';
import { limitChoices } from '../form/limits';
import { asList, asObject, isObject, type JsonObject } from '../json/objects';

export type Kind = InputSpec['kind'] | 'list';

/** A part of a schema: the keywords that we use, including inherited ones. */
export interface SchemaPart extends JsonObject {
	kinds?: Kind[];
	choices?: ReturnType<typeof limitChoices>;
	nullable?: boolean;
	/** The entries of `anyOf` or `oneOf`. */
	alternatives?: unknown[];
	/** Whether there are more alternatives than are read. */
	cut?: boolean;
	/** The part's own properties, followed by inherited ones. */
	properties?: JsonObject[];
	required?: unknown[];
}

/** Only these keywords are copied, so that other content costs nothing, however large. */
const KEYWORDS = new Set([
	...['additionalProperties', 'patternProperties', 'items', 'minItems', 'maxItems', 'format'],
	...['default', 'title', 'description', 'minimum', 'maximum', 'exclusiveMinimum'],
	...['exclusiveMaximum', 'multipleOf', 'validations'],
]);

/** Limits for schemas that are huge or refer to themselves. */
const MOST_STEPS = 20;
const MOST_PARTS = 100;

/** A schema. Each part is resolved once, together with the parts that it refers to. */
export class Definitions {
	private readonly resolved = new Map<unknown, SchemaPart>();

	constructor(private readonly root: JsonObject) {}

	/**
	 * Resolves a part, or the part that a `$ref` names. If only one of the alternatives is not null, that
	 * alternative is merged in.
	 */
	resolve(part: unknown, steps = MOST_STEPS): SchemaPart {
		const before = this.resolved.get(part);
		if (before) return before;
		if (steps === 0) return {};
		// Stops at a part that refers to itself: the inner reference adds nothing.
		this.resolved.set(part, {});
		const whole =
			typeof part === 'string'
				? this.resolve(pointed(part, this.root), steps - 1)
				: this.withOnlyAlternative(this.withInherited(asObject(part), steps - 1), steps - 1);
		this.resolved.set(part, whole);
		return whole;
	}

	private withInherited(part: JsonObject, steps: number): SchemaPart {
		const { $ref, allOf } = part;
		if (typeof $ref === 'string' && Object.keys(part).length === 1)
			return this.resolve($ref, steps);
		const inherited = [...(typeof $ref === 'string' ? [$ref] : []), ...asList(allOf)];
		// A part that inherits from too many others is not read, and so allows everything.
		if (inherited.length > MOST_PARTS) return {};
		return merge([...inherited.map((one) => this.resolve(one, steps)), ownOf(part)]);
	}

	private withOnlyAlternative(part: SchemaPart, steps: number): SchemaPart {
		const { alternatives = [], ...rest } = part;
		const [only, another] = alternatives.filter((one) => !isNull(one));
		if (only === undefined || another !== undefined) return part;
		if (alternatives.length > 1) rest.nullable = true;
		return merge([this.resolve(only, steps), rest]);
	}
}

export function isNull(part: unknown): boolean {
	return asObject(part)['type'] === 'null';
}

const KINDS = new Map<unknown, Kind>([
	...(['string', 'str', 'text'] as const).map((type) => [type, 'string'] as const),
	...(['integer', 'int'] as const).map((type) => [type, 'integer'] as const),
	...(['number', 'float', 'double'] as const).map((type) => [type, 'float'] as const),
	...(['boolean', 'bool'] as const).map((type) => [type, 'boolean'] as const),
	...(['array', 'list'] as const).map((type) => [type, 'list'] as const),
	...(['object', 'dict'] as const).map((type) => [type, 'json'] as const),
]);

function ownOf(part: JsonObject): SchemaPart {
	const { type, enum: list, const: only, anyOf, oneOf, properties, required } = part;
	const own: SchemaPart = Object.fromEntries(
		Object.entries(part).filter(([keyword]) => KEYWORDS.has(keyword)),
	);
	const types: unknown[] = Array.isArray(type) ? type : [type];
	const kinds = types.filter((one) => one !== undefined && one !== 'null');
	if (kinds.length > 0) own.kinds = [...new Set(kinds.map((one) => KINDS.get(one) ?? 'other'))];
	const values: unknown[] = Array.isArray(list) ? list : only === undefined ? [] : [only];
	const choices = values.filter((one) => one !== null);
	// No list is better than one that refuses valid values.
	if (choices.length > 0 && choices.every(isChoice)) own.choices = limitChoices(choices);
	const takesNull = [...types, part['nullable']].some((one) => one === 'null' || one === true);
	if (takesNull || values.includes(null) || part['default'] === null) own.nullable = true;
	const alternatives = asList(anyOf ?? oneOf);
	if (alternatives.length > 0) own.alternatives = alternatives.slice(0, FORM.choices);
	if (alternatives.length > FORM.choices) own.cut = true;
	if (isObject(properties)) own.properties = [properties];
	if (Array.isArray(required)) own.required = required;
	return own;
}

/** Merges parts; later parts win. Properties of all parts are kept, with those of later parts first. */
function merge(parts: readonly SchemaPart[]): SchemaPart {
	const [first = {}, ...others] = parts.filter((part) => Object.keys(part).length > 0);
	if (others.length === 0) return first;
	const whole: SchemaPart = Object.assign({}, first, ...others);
	const lastFirst = [...others.reverse(), first];
	for (const name of ['properties', 'required']) {
		const lists = lastFirst.flatMap((part) => asList(part[name]));
		if (lists.length > 0) whole[name] = [...new Set(lists)];
	}
	return whole;
}

function pointed(ref: string, root: JsonObject): unknown {
	if (!ref.startsWith('#/')) return undefined;
	const keys = ref.slice(2).split('/', MOST_STEPS);
	return keys.reduce<unknown>((at, key) => {
		const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
		return isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
	}, root);
}
