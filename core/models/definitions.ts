import { asList, asObject, isObject, type JsonObject } from '../json/objects';

/** What counts of a part of a schema: copying only these, the rest costs nothing however large it is. */
const KEYWORDS = [
	...['type', 'nullable', 'additionalProperties', 'patternProperties', 'items', 'minItems'],
	...['maxItems', 'enum', 'const', 'anyOf', 'oneOf', 'format', 'default', 'title', 'description'],
	...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'validations'],
];

/** A schema may hold anything, and refer to itself. */
const MOST_STEPS = 20;
const MOST_PARTS = 100;

/** A schema, whose parts are each worked out once, with what they refer to. */
export class Definitions {
	private readonly resolved = new Map<unknown, JsonObject>();

	constructor(private readonly root: JsonObject) {}

	/**
	 * A part with all that it inherits, in place of alternatives of which only one is not null. Its `properties` and
	 * `required` are lists of those that it consists of.
	 */
	resolve(part: unknown, steps = MOST_STEPS): JsonObject {
		if (!isObject(part) || steps === 0) return {};
		const known = this.resolved.get(part);
		if (known) return known;
		// What refers to itself says nothing more by that.
		this.resolved.set(part, {});
		const whole = this.withOnlyAlternative(this.withInherited(part, steps - 1), steps - 1);
		this.resolved.set(part, whole);
		return whole;
	}

	private withInherited(part: JsonObject, steps: number): JsonObject {
		const { $ref, allOf } = part;
		const referred = typeof $ref === 'string' ? [pointed($ref, this.root)] : [];
		const inherited = [...referred, ...asList(allOf)];
		// Of what nobody can read, everything is allowed.
		if (inherited.length > MOST_PARTS) return {};
		return merge([...inherited.map((one) => this.resolve(one, steps)), ownOf(part)]);
	}

	private withOnlyAlternative(part: JsonObject, steps: number): JsonObject {
		const alternatives = alternativesIn(part);
		const [only, another] = alternatives.filter((one) => !isNull(one));
		if (only === undefined || another !== undefined) return part;
		const { ...rest } = part;
		delete rest['anyOf'];
		delete rest['oneOf'];
		if (alternatives.length > 1) rest['nullable'] = true;
		return merge([this.resolve(only, steps), rest]);
	}
}

/** The parts of which one applies, as they stand in a schema. */
export function alternativesIn({ anyOf, oneOf }: JsonObject): unknown[] {
	return asList(anyOf ?? oneOf);
}

export function isNull(part: unknown): boolean {
	return asObject(part)['type'] === 'null';
}

function ownOf(part: JsonObject): JsonObject {
	const { properties, required } = part;
	const own = KEYWORDS.flatMap((key) => (Object.hasOwn(part, key) ? [[key, part[key]]] : []));
	return {
		...Object.fromEntries(own),
		...(isObject(properties) ? { properties: [properties] } : {}),
		...(Array.isArray(required) ? { required } : {}),
	};
}

/** The last one wins, but for the properties: each part has its own, those of the last come first. */
function merge(parts: readonly JsonObject[]): JsonObject {
	const [first = {}, ...others] = parts.filter((part) => Object.keys(part).length > 0);
	if (others.length === 0) return first;
	const whole: JsonObject = Object.assign({}, first, ...others);
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
