// Values that nobody sends on purpose, for the tests that a parser throws only its own errors.
import fc from './properties.mts';

/** Names that every object has, or that code reads from a value by itself. */
const SPECIAL = ['', ...'__proto__ constructor toString valueOf toJSON then length 0'.split(' ')];

const TEXTS = [
	...['a', '0', '-1', '1e999', 'NaN', 'null', '[]', '{}', '{"a":', '../..', '\0', '\u202e'],
	...['\ud800', '%', '%zz', '18446744073709551615', 'https://example.com/a.png'],
	'data:image/png;base64,iVBORw0KGgo=',
];

/**
 * Data as JSON may hold it, including integers beyond 2^53.
 * @param words names and texts that the parser looks for
 */
export function hostileData(words: readonly string[]): fc.Arbitrary<unknown> {
	const name = fc.oneof(
		{ weight: 6, arbitrary: fc.constantFrom(...words) },
		{ weight: 2, arbitrary: fc.constantFrom(...SPECIAL) },
		fc.string({ maxLength: 4 }),
	);
	const leaf = fc.oneof(
		...[fc.constant(null), fc.boolean(), fc.integer(), fc.constantFrom(...TEXTS), name],
		fc.double({ noNaN: true, noDefaultInfinity: true }),
		fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }),
	);
	const { any } = fc.letrec<{ any: unknown }>((tie) => ({
		any: fc.oneof(
			{ depthSize: 'medium', withCrossShrink: true },
			leaf,
			fc.array(tie('any'), { maxLength: 4 }),
			fc
				.array(fc.tuple(name, tie('any')), { maxLength: 6 })
				.map((fields) => Object.fromEntries(fields)),
		),
	}));
	return any;
}

/** Texts that are almost what the parser reads: pieces of it, in any order. */
export function hostileText(pieces: readonly string[]): fc.Arbitrary<string> {
	const piece = fc.oneof(
		{ weight: 6, arbitrary: fc.constantFrom(...pieces) },
		fc.constantFrom(...TEXTS),
		fc.string({ maxLength: 3, unit: 'binary' }),
	);
	return fc.array(piece, { maxLength: 12 }).map((all) => all.join(''));
}

/**
 * Valid input of the parser, in which one to three parts, at any depth, are replaced.
 * @param valid plain data
 */
export function spoiled(valid: unknown, words: readonly string[]): fc.Arbitrary<unknown> {
	const places = placesIn(valid, []);
	const change = fc.tuple(fc.constantFrom(...places), hostileData(words));
	return fc
		.array(change, { minLength: 1, maxLength: 3 })
		.map((changes) => changes.reduce((data, [place, value]) => put(data, place, value), valid));
}

type Place = readonly string[];

function placesIn(value: unknown, place: Place): Place[] {
	if (typeof value !== 'object' || value === null) return [place];
	const inside = Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...place, key]));
	return [place, ...inside];
}

function put(data: unknown, [key, ...rest]: Place, value: unknown): unknown {
	if (key === undefined) return value;
	if (typeof data !== 'object' || data === null) return data;
	if (Array.isArray(data)) {
		return data.map((one: unknown, index) => (String(index) === key ? put(one, rest, value) : one));
	}
	const fields = Object.entries(data).map(([name, one]) => [
		name,
		name === key ? put(one, rest, value) : one,
	]);
	return Object.fromEntries(fields);
}
