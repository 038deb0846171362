// The data that the Node-RED nodes read and write, with garbage: round trips, and only our own errors.
import { describe, expect, it } from '@jest/globals';
import type * as SubmissionModule from '../../node-red/runtime/inputs/submission.ts';
import type * as KeptMessageModule from '../../node-red/runtime/journal/keptMessage.ts';
import type * as ContentTypeModule from '../../node-red/runtime/node/message.ts';
import fc, { hostileData, spoiled } from '../support/random.mts';
import { dist } from './support/dist.mts';

const { keptMessage } = dist<typeof KeptMessageModule>('node-red/runtime/journal/keptMessage.js');
const { setContentType } = dist<typeof ContentTypeModule>('node-red/runtime/node/message.js');
const { readRows, snapshot } = dist<typeof SubmissionModule>(
	'node-red/runtime/inputs/submission.js',
);

const check = <T,>(arbitrary: fc.Arbitrary<T>, property: (given: T) => unknown) =>
	fc.assert(
		fc.asyncProperty(arbitrary, async (given) => void (await property(given))),
		{ numRuns: 300 },
	);

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the stored part of a message', () => {
	const SECRET = 'secret-4711-0123456789';
	const message = hostileData(['topic', 'parts', 'payload', 'req', SECRET, 'x']).map((given) =>
		typeof given === 'object' && given !== null && !Array.isArray(given) ? given : { topic: given },
	);

	it('is plain data within its limit, without the secret', () =>
		check(message, (msg) => {
			const all = keptMessage(msg, [SECRET]);
			const text = JSON.stringify(all);
			expect(text.length).toBeLessThan(20_000);
			expect(text).not.toContain(SECRET);
			expect(asJson(all)).toEqual(JSON.parse(text));
		}));
});

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
});
