// Random data and faults. In `npm test`, fast-check generates the same data in every run, so that a result changes only
// with the code. PROPERTY_SEED gives other data; the nightly run sets it.
import fc from 'fast-check';
import type * as Library from '../../simulator/index.ts';
import {
	emptyBody,
	errorCode,
	errorPage,
	forbidden,
	notFound,
	notJson,
	paymentRequired,
	rateLimited,
	serverError,
	unauthorized,
	unknownStatus,
} from './answers.mts';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_126) | 0 });

export default fc;

/* Garbage for the tests that a parser throws only its own errors. */

/** Names that every object has, or that code reads from a value by itself. */
const SPECIAL = ['', ...'__proto__ constructor toString valueOf toJSON then length 0'.split(' ')];

const TEXTS = [
	...['a', '0', '-1', '1e999', 'NaN', 'null', '[]', '{}', '{"a":', '../..', '\0', '\u202e'],
	...['\ud800', '%', '%zz', '18446744073709551615', 'https://example.com/a.png'],
	'data:image/png;base64,iVBORw0KGgo=',
];

/**
 * Data as JSON may contain it, including integers beyond 2^53.
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

/** Almost valid texts: pieces of the format, in any order. */
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

/* Faults of the service, for sequences in both hosts. */

export type Fault = Library.Fault;

/** Kinds of targets, by the names of the simulator's ids. */
export type Kind = keyof typeof SUBMITS;

/** The submit route of each. */
const SUBMITS = { textToImage: '/inference', lora: '/inference', model: '/text-to-image' };

export const KIND = fc.constantFrom<Kind>('textToImage', 'lora', 'model');

/** The end of a call's path. */
export const pathOf = (kind: Kind, call: 'submit' | 'status' | 'result' | 'cancel'): string =>
	call === 'submit' ? SUBMITS[kind] : `/${call}`;

/** A number of whole seconds, in milliseconds. */
export const seconds = (most: number) => fc.integer({ min: 1, max: most }).map((s) => s * 1_000);

const anywhere = (on: Library.FaultTarget): fc.Arbitrary<Fault> =>
	fc
		.record({
			fault: fc.constantFrom<Fault>(
				...[rateLimited(), serverError(), errorPage(), unauthorized(), notFound()],
				...[notJson(), emptyBody(), errorCode(500001)],
				...([{ name: 'reset' }, { name: 'truncated_body' }] as const),
			),
			times: TIMES,
		})
		.map(({ fault, times }) => ({ ...fault, on, times }));

const TIMES = fc.constantFrom(1, 1, 2, 5, 1_000);

/** A fault that may strike a run of either host. */
export const FAULT: fc.Arbitrary<Fault> = fc.oneof(
	fc.constantFrom<Fault>(
		...(['reset_after_accept', 'error_after_accept', 'run_failed', 'run_canceled'] as const).map(
			(name) => ({ name }),
		),
		...(['cancel_refused', 'cancel_slow', 'frozen_status', 'empty_outputs'] as const).map(
			(name) => ({ name }),
		),
		unknownStatus(),
	),
	fc.constantFrom<Library.FaultTarget>('submit', 'status', 'result', 'cancel').chain(anywhere),
);

/** Seconds that RunComfy asks a submit to wait; beyond two minutes, the submit is given up. */
const RETRY_AFTER = fc.constantFrom(1, 20, 50, 100, 600);

/** RunComfy asks to come back later. */
const THROTTLING: fc.Arbitrary<Fault> = fc
	.record({ retryAfter: RETRY_AFTER, times: fc.constantFrom(1, 2, 3, 5, 1_000) })
	.chain((more) =>
		fc.constantFrom(
			rateLimited({ on: 'submit', ...more }),
			errorPage({ on: 'submit', status: 503, ...more }),
		),
	);

/** A fault with which nothing is accepted: RunComfy refuses the submit, or does not answer an earlier call. */
export const REFUSAL: fc.Arbitrary<Fault> = fc.oneof(
	{ weight: 3, arbitrary: THROTTLING },
	{
		weight: 1,
		arbitrary: TIMES.chain((times) =>
			fc.constantFrom<Fault>(
				paymentRequired({ on: 'submit', times }),
				forbidden({ on: 'submit', times }),
			),
		),
	},
	{
		weight: 2,
		arbitrary: fc
			.constantFrom<Library.FaultTarget>('deployments.get', 'object_info', 'models.get', 'balance')
			.chain(anywhere),
	},
);
