/** The type of a fault's parameter; a list contains the allowed words. */
export type ParamKind = 'number' | 'text' | 'flag' | 'number or text' | readonly string[];

export type ValueOf<K> = K extends readonly (infer Word)[]
	? Word
	: K extends 'number or text'
		? number | string
		: K extends 'number'
			? number
			: K extends 'flag'
				? boolean
				: string;

const isNumber = (value: unknown): boolean => typeof value === 'number' && value >= 0;

const KINDS: Record<
	Exclude<ParamKind, readonly string[]>,
	[fits: (value: unknown) => boolean, problem: string]
> = {
	number: [isNumber, 'must be a number ≥ 0'],
	text: [(value) => typeof value === 'string', 'must be a text'],
	flag: [(value) => typeof value === 'boolean', 'must be true or false'],
	'number or text': [
		(value) => isNumber(value) || typeof value === 'string',
		'must be a number ≥ 0 or a text',
	],
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

/** Converts a value from the command line; invalid text stays text. */
export function readParam(kind: ParamKind | undefined, text: string): unknown {
	const number = text.trim() === '' ? NaN : Number(text);
	if ((kind === 'number' || kind === 'number or text') && !Number.isNaN(number)) return number;
	return kind === 'flag' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

/** 'Unknown fault "rest". Known: …' */
export function unknownName(what: string, name: string, known: readonly string[]): string {
	const list = known.length === 0 ? 'It has none.' : `Known: ${known.join(', ')}.`;
	return `Unknown ${what} "${name}". ${list}`;
}
