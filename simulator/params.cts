/** What an option or a parameter of a fault takes; a list names the words that it takes. */
export type ParamKind =
	| 'number'
	| 'text'
	| 'flag'
	| 'number or text'
	| 'function'
	| 'list'
	| 'object'
	| readonly string[];

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
	function: [(value) => typeof value === 'function', 'must be a function'],
	list: [Array.isArray, 'must be a list'],
	object: [(value) => typeof value === 'object' && value !== null, 'must be an object'],
};

function valueProblem(kind: ParamKind, value: unknown): string | undefined {
	if (value === undefined) return undefined;
	const [fits, problem] =
		typeof kind === 'string'
			? KINDS[kind]
			: [(one: unknown) => kind.some((word) => word === one), `must be one of ${kind.join(', ')}`];
	return fits(value) ? undefined : problem;
}

/** The first problem with named values: an unknown name, or a value that does not fit. */
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

/** The value of a text from a command line; text that does not fit stays text. */
export function readParam(kind: ParamKind | undefined, text: string): unknown {
	const number = text.trim() === '' ? NaN : Number(text);
	if ((kind === 'number' || kind === 'number or text') && !Number.isNaN(number)) return number;
	return kind === 'flag' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

/** 'Unknown fault "rest". Did you mean "reset"? Known: …' */
export function unknownName(what: string, name: string, known: readonly string[]): string {
	const near = nearestName(name, known);
	const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
	const list = known.length === 0 ? 'It has none.' : `Known: ${known.join(', ')}.`;
	return `Unknown ${what} "${name}".${hint} ${list}`;
}

/** The known name that is most like this one, undefined if none is much like it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
	const distances = known.map((one) => letterChanges(plain(name), plain(one)));
	const least = Math.min(...distances);
	const limit = Math.max(1, Math.floor(name.length / 3));
	return least <= limit ? known[distances.indexOf(least)] : undefined;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z\d]/g, '');

/** Levenshtein's distance: how many letters to add, drop or change. */
function letterChanges(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 0; i < a.length; i += 1) {
		const next = [i + 1];
		for (let j = 0; j < b.length; j += 1) {
			const changed = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
			next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
