// The data that the Node-RED nodes read and write, with garbage: round trips, and only our own errors.
import { describe, expect, it } from '@jest/globals';
import type * as SubmissionModule from '../../node-red/runtime/inputs/submission.ts';
import type * as KeptMessageModule from '../../node-red/runtime/journal/keptMessage.ts';
import type * as LinesModule from '../../node-red/runtime/journal/lines.ts';
import type * as ContentTypeModule from '../../node-red/runtime/node/message.ts';
import type * as KeptInputModule from '../../node-red/runtime/runs/entry.ts';
import fc, { hostileData, hostileText, spoiled } from '../support/random.mts';
import { dist } from './support/dist.mts';

const lines = dist<typeof LinesModule>('node-red/runtime/journal/lines.js');
const kept = dist<typeof KeptMessageModule>('node-red/runtime/journal/keptMessage.js');
const { setContentType } = dist<typeof ContentTypeModule>('node-red/runtime/node/message.js');
const { readRows, snapshot } = dist<typeof SubmissionModule>(
	'node-red/runtime/inputs/submission.js',
);
const { keepInput, restoreInput } = dist<typeof KeptInputModule>('node-red/runtime/runs/entry.js');

const check = <T,>(arbitrary: fc.Arbitrary<T>, property: (given: T) => unknown) =>
	fc.assert(
		fc.asyncProperty(arbitrary, async (given) => void (await property(given))),
		{ numRuns: 300 },
	);

const record = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), {
	noNullPrototype: true,
});
const receipt = fc.record({
	ids: fc.record({ deploymentId: fc.string(), requestId: fc.string() }, { requiredKeys: [] }),
	state: fc.constantFrom('submitting', 'accepted', 'attached'),
	at: fc.integer(),
});
const entry = fc.record({
	job: fc.stringMatching(/^[a-d]$/),
	nodeId: fc.string(),
	receipt,
	msg: record,
	plan: record,
});
const withoutBigInts = (_key: string, value: unknown) =>
	typeof value === 'bigint' ? String(value) : value;
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('lines of the journal', () => {
	it('say the same when they are read again', () =>
		check(fc.uniqueArray(entry, { selector: ({ job }) => job }), (entries) => {
			const text = entries.map((one) => lines.lineOf(one)).join('');
			const read = lines.readLines(text);
			expect(asJson([...read.values()])).toEqual(asJson(entries));
			const again = [...read.values()].map((one) => lines.lineOf(one)).join('');
			expect(again).toBe(text);
		}));

	it('say what the last of them says, and end what has ended', () =>
		check(fc.tuple(entry, entry), ([one, other]) => {
			const ended = lines.goneLine(one.job);
			const again = { ...other, job: one.job };
			const all = lines.lineOf(one) + lines.lineOf(again);
			expect(asJson(lines.readLines(all).get(one.job))).toEqual(asJson(again));
			expect(lines.readLines(all + ended).size).toBe(0);
			expect(lines.readLines(ended + lines.lineOf(other)).size).toBe(1);
		}));

	it('lose only themselves where one is torn at any place', () =>
		check(fc.tuple(entry, entry, fc.nat(400)), ([one, other, length]) => {
			const torn = lines.lineOf(one).slice(0, length).trimEnd();
			const lineOf = (job: string) => lines.lineOf({ ...other, job });
			const read = lines.readLines(`${lineOf('first')}${torn}\n${lineOf('last')}`);
			for (const job of ['first', 'last']) {
				expect(read.get(job)).toMatchObject({ nodeId: other.nodeId });
			}
			expect(read.size).toBeLessThanOrEqual(3);
		}));

	it('may hold anything', () =>
		check(
			fc.array(
				spoiled(
					{
						is: 'run',
						job: 'j',
						nodeId: 'n',
						receipt: { ids: { deploymentId: 'd' }, state: 'planned', at: 1 },
						msg: {},
						plan: {},
						waiting: { input: { json: '{}', webhook: false } },
					},
					['is', 'receipt', 'gone', 'canceled', 'jobs'],
				),
			),
			(all) => {
				const written = all.map((one) => JSON.stringify(one, withoutBigInts) ?? '');
				const runs = lines.readLines(written.join('\n'));
				for (const live of runs.values()) lines.lineOf(live);
			},
		));

	it('read any text', () =>
		check(hostileText(['{"is":"run"', ',"is":"gone"', ',"job":"j"', '}', '\n']), (text) => {
			lines.readLines(text);
		}));
});

describe('the stored part of a message', () => {
	const SECRET = 'secret-4711-0123456789';
	const message = hostileData(['topic', 'parts', 'payload', 'req', SECRET, 'x']).map((given) =>
		typeof given === 'object' && given !== null && !Array.isArray(given) ? given : { topic: given },
	);

	it('is plain data within its limit, without the secret', () =>
		check(message, (msg) => {
			const all = kept.keptMessage(msg, [SECRET]);
			const text = JSON.stringify(all);
			expect(text.length).toBeLessThan(20_000);
			expect(text).not.toContain(SECRET);
			expect(asJson(all)).toEqual(JSON.parse(text));
			JSON.stringify(kept.briefMessage(msg, [SECRET]));
		}));

	it('is all of it, or nothing', () =>
		check(message, (msg) => {
			const whole = kept.wholeMessage(msg, [SECRET]);
			if (whole !== undefined) expect(whole).toEqual(msg);
		}));
});

/** Empty fields. */
const EMPTY = { value: () => Promise.resolve(undefined), source: () => '' } as never;

describe('the rest', () => {
	it('a content type is set once, whatever headers there are', () =>
		check(
			spoiled({ headers: { 'Content-Type': 'a/b', accept: 'x' } }, ['content-type', 'headers']),
			(msg) => {
				if (typeof msg !== 'object' || msg === null) return;
				setContentType(msg as { headers?: unknown }, 'image/png');
				const { headers = {} } = msg as { headers?: Record<string, unknown> };
				const types = Object.entries(headers).filter(
					([name]) => name.toLowerCase() === 'content-type',
				);
				expect(types).toEqual([['content-type', 'image/png']]);
			},
		));

	it('a snapshot is equal, and another object', () =>
		check(hostileData(['a']), (given) => {
			const copy = snapshot(given, 'payload');
			expect(copy).toEqual(given);
			if (typeof given === 'object' && given !== null) expect(copy).not.toBe(given);
		}));

	it('rows give values, or an error of their own', () =>
		check(
			spoiled(
				[
					{ nodeId: '6', input: 'text', type: 'str', value: 'a' },
					{ nodeId: '3', input: 'seed', type: 'num', value: '1' },
					{ nodeId: '3', input: 'cfg', type: 'json', value: '{}' },
				],
				['str', 'num', 'bool', 'json', 'choice', 'random', 'type', 'spec'],
			),
			async (rows) => {
				const reading = { RED: {}, node: {}, fields: { rows }, msg: {} };
				const read = await readRows(reading as never).catch((error: unknown) => error);
				if (read instanceof Error)
					expect(read).toMatchObject({ name: 'RunComfyError', code: 'invalid_input' });
				else expect(read).toHaveLength(Array.isArray(rows) ? rows.length : 0);
			},
		));

	it('an input is kept until its submit, digit for digit', () =>
		check(
			fc.record({
				deploymentId: fc.constant('d'),
				overrides: fc.constant({ 6: { inputs: {} } }),
				seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
			}),
			async ({ seed, ...input }) => {
				const given = { ...input, overrides: { 6: { inputs: { seed } } } };
				const keeping = keepInput(given, { fields: {} }, []);
				const back = keeping && (await restoreInput(keeping, { inputs: EMPTY, fields: {} }));
				const exact = Number.isSafeInteger(Number(seed)) ? Number(seed) : seed;
				expect(back).toEqual({ deploymentId: 'd', overrides: { 6: { inputs: { seed: exact } } } });
			},
		));
});
