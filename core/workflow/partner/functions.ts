import { isObject } from '../../json/objects';

type Call = (...values: unknown[]) => unknown;

/** As JSONata's `$boolean`. */
export function isTruthy(value: unknown): boolean {
	if (Array.isArray(value)) return value.some(isTruthy);
	if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
	return Boolean(value);
}

/** Like all functions of JSONata, gives undefined for undefined. */
const of =
	<T>(
		isOne: (value: unknown) => value is T,
		work: (value: T, ...rest: unknown[]) => unknown,
	): Call =>
	(value, ...rest) => {
		if (value === undefined) return undefined;
		if (!isOne(value)) throw new TypeError('The function does not take such a value');
		return work(value, ...rest);
	};

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';
const isAny = (value: unknown): value is unknown => value !== undefined;
const isNoList = (value: unknown): value is unknown => !Array.isArray(value);

const numbersIn = (value: unknown): number[] =>
	[value].flat().map((one) => {
		if (!isNumber(one)) throw new TypeError('Not a number');
		return one;
	});

export const FUNCTIONS: Record<string, Call> = {
	$abs: of(isNumber, Math.abs),
	$boolean: of(isAny, isTruthy),
	$ceil: of(isNumber, Math.ceil),
	$contains: of(isText, (text, part) => text.includes(String(part))),
	$count: (value) => (value === undefined ? 0 : [value].flat().length),
	$exists: (value) => value !== undefined,
	$floor: of(isNumber, Math.floor),
	$length: of(isText, (text) => text.length),
	// Not for lists, whose every entry JSONata would look into: a wrong price would be worse than none.
	$lookup: of(isNoList, (value, key) =>
		isObject(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : undefined,
	),
	$lowercase: of(isText, (text) => text.toLowerCase()),
	$max: of(isAny, (list) => Math.max(...numbersIn(list))),
	$min: of(isAny, (list) => Math.min(...numbersIn(list))),
	$not: (value) => (value === undefined ? undefined : !isTruthy(value)),
	$number: of(isAny, (value) => {
		const number = isText(value) && value.trim() === '' ? NaN : Number(value);
		if (Number.isNaN(number)) throw new TypeError('Not a number');
		return number;
	}),
	$power: of(isNumber, (base, exponent) => base ** Number(exponent)),
	$round: of(isNumber, (value, places = 0) => {
		const scale = 10 ** Number(places);
		return Math.round(value * scale) / scale;
	}),
	$string: of(isAny, (value) => (isText(value) ? value : JSON.stringify(value))),
	$substringBefore: of(isText, (text, mark) => text.split(String(mark))[0]),
	$substringAfter: of(isText, (text, mark) => {
		const at = text.indexOf(String(mark));
		return at < 0 ? text : text.slice(at + String(mark).length);
	}),
	$sum: of(isAny, (list) => numbersIn(list).reduce((all, one) => all + one, 0)),
	$trim: of(isText, (text) => text.trim()),
	$uppercase: of(isText, (text) => text.toUpperCase()),
};
