// Twice the input causes at most twice the work: see test/core/hostile/steps.test.mts.
import { afterAll, expect, it } from '@jest/globals';
import type * as SubmissionModule from '../../node-red/runtime/inputs/submission.ts';
import type * as KeptMessageModule from '../../node-red/runtime/journal/keptMessage.ts';
import { countSteps } from '../support/steps.mts';
import { dist } from './support/dist.mts';

const steps = countSteps(/\/dist\/(node-red|core)\//);
afterAll(() => steps.stop());

const kept = dist<typeof KeptMessageModule>('node-red/runtime/journal/keptMessage.js');
const { readRows, snapshot } = dist<typeof SubmissionModule>(
	'node-red/runtime/inputs/submission.js',
);

const many = <T,>(count: number, one: (index: number) => T) =>
	Array.from({ length: count }, (_, index) => one(index));
const fields = (count: number, value: unknown) =>
	Object.fromEntries(many(count, (index) => [`f${index}`, value]));

const ROW = { nodeId: '6', type: 'json', value: '[1]' };

it.each<[string, (count: number) => unknown, (given: never) => unknown]>([
	[
		'properties of a message',
		(count) => fields(count, 'x'),
		(msg) => kept.keptMessage(msg, ['secret-4711-0123456']),
	],
	[
		'properties that do not fit',
		(count) => fields(count, 'x'.repeat(20_000)),
		(msg) => kept.keptMessage(msg, ['secret-4711-0123456']),
	],
	[
		'a payload',
		(count) => many(count, (index) => ({ index })),
		(payload) => snapshot(payload, 'payload'),
	],
	[
		'rows',
		(count) => many(count, (index) => ({ ...ROW, input: `i${index}` })),
		(rows) => readRows({ RED: {}, node: {}, fields: { rows }, msg: {} } as never),
	],
])('%s', async (_name, make, call) => {
	const count = (size: number) => {
		const given = make(size) as never;
		return steps.count(() => call(given));
	};
	await count(10);
	const [half, whole] = [await count(2_000), await count(4_000)];
	expect(whole).toBeGreaterThan(0);
	expect(whole).toBeLessThan(2.5 * half + 500);
	expect(await count(16_000)).toBeLessThan(4.5 * whole + 500);
});
