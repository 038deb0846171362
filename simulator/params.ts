import { isObject } from './json';

/** The type of a fault's parameter; a list contains the allowed words. */
export type ParamKind = keyof Values | readonly string[];

interface Values {
	number: number;
	text: string;
	flag: boolean;
	/** Texts by name. */
	texts: Record<string, string>;
	any: unknown;
}

export type ValueOf<K> = K extends readonly (infer Word)[]
	? Word
	: K extends keyof Values
		? Values[K]
		: never;

const isNumber = (value: unknown): boolean => typeof value === 'number' && value >= 0;
const isText = (value: unknown): boolean => typeof value === 'string';

const KINDS: Record<keyof Values, [fits: (value: unknown) => boolean, problem: string]> = {
	number: [isNumber, 'must be a number ≥ 0'],
	text: [isText, 'must be a text'],
	flag: [(value) => typeof value === 'boolean', 'must be true or false'],
	texts: [
		(value) => isObject(value) && Object.values(value).every(isText),
		'must be an object of texts',
	],
	any: [() => true, ''],
};

function valueProblem(kind: ParamKind, value: unknown): string | undefined {
	if (value === undefined) return undefined;
	const [fits, problem] =
		typeof kind === 'string'
			? KINDS[kind]
			: [(one: unknown) => kind.some((word) => word === one), `must be one of ${kind.join(', ')}`];
	return fits(value) ? undefined : problem;
}

/** Finds the first problem with named values: an unknown name, or an invalid value. */
export function paramsProblem(
	what: string,
	given: object,
	known: Readonly<Record<string, ParamKind>>,
): string | undefined {
	for (const [name, value] of Object.entries(given)) {
		const kind = Object.hasOwn(known, name) ? known[name] : undefined;
		if (kind === undefined) return unknownName(what, name, Object.keys(known));
		const problem = valueProblem(kind, value);
		if (problem !== undefined) return `The ${what} "${name}" ${problem}, not ${String(value)}.`;
	}
	return undefined;
}

/** 'Unknown fault "rest". Known: …' */
export function unknownName(what: string, name: string, known: readonly string[]): string {
	const list = known.length === 0 ? 'It has none.' : `Known: ${known.join(', ')}.`;
	return `Unknown ${what} "${name}". ${list}`;
}
