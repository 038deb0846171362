// When the node leaves n8n's memory: as soon as nothing is left to be submitted.
import { describe, expect, it } from '@jest/globals';
import { type Progress, RunComfyError } from '../../../core/index.ts';
import { isInterrupted, NotStarted, Parked } from '../../../nodes/RunComfy/session/session.ts';
import { ParkingTime } from '../../../nodes/RunComfy/wait/park.ts';

type Options = ConstructorParameters<typeof ParkingTime>[0];

const settled = () => new Promise((resolve) => setImmediate(resolve));

function parking(more: Partial<Options> = {}) {
	return new ParkingTime({
		ready: () => Promise.resolve(true),
		onStay: () => undefined,
		...more,
	});
}

async function parks(tell: (parking: ParkingTime) => void, more: Partial<Options> = {}) {
	const one = parking(more);
	one.begin(0);
	tell(one);
	await settled();
	return one.signal.aborted;
}

const seen = (more: Partial<Progress>): Progress =>
	({ status: 'in_progress', elapsed_ms: 1_000, ...more }) as Progress;

describe('an accepted request', () => {
	it.each<[string, boolean, number, Partial<Options>]>([
		['is left at once', true, Infinity, {}],
		['is waited for up to a timeout that is near', false, 4_999, {}],
		['is left before a timeout in 5 s', true, 5_000, {}],
		[
			'is waited for if nobody knows whether n8n can',
			false,
			Infinity,
			{ ready: () => Promise.reject(new Error('x')) },
		],
		['is waited for if n8n cannot', false, Infinity, { ready: async () => false }],
	])('%s', async (_what, expected, leftMs, more) => {
		expect(await parks((one) => one.accepted(0, leftMs), more)).toBe(expected);
	});

	it('is left when the others are accepted, too, or have ended', async () => {
		const one = parking();
		one.begin(0);
		one.begin(1);
		one.accepted(0, Infinity);
		await settled();
		expect(one.signal.aborted).toBe(false);
		one.end(1);
		one.begin(2);
		one.accepted(2, Infinity);
		await settled();
		expect(one.signal.aborted).toBe(true);
	});
});

describe('the time to leave', () => {
	it('passes if nothing is under way any more, or another item begins, while n8n is looked for', async () => {
		for (const meanwhile of ['end', 'begin'] as const) {
			let found = (_ready: boolean) => undefined as void;
			const one = parking({ ready: () => new Promise((resolve) => (found = resolve)) });
			one.begin(0);
			one.accepted(0, Infinity);
			one[meanwhile](meanwhile === 'end' ? 0 : 1);
			found(true);
			await settled();
			expect(one.signal.aborted).toBe(false);
		}
	});

	it('is looked for once, from the first submit on', async () => {
		let asked = 0;
		const one = parking({
			ready: async () => {
				asked += 1;
				return true;
			},
		});
		one.prepare();
		expect(asked).toBe(1);
		one.begin(0);
		one.accepted(0, Infinity);
		await settled();
		expect([asked, one.signal.reason]).toEqual([1, expect.any(Parked)]);
	});

	it('is not asked for before everything is submitted', async () => {
		let asked = false;
		const one = parking({ ready: async () => (asked = true) });
		one.begin(0);
		one.begin(1);
		one.accepted(0, Infinity);
		await settled();
		expect(asked).toBe(false);
	});
});

describe('an item without a result yet', () => {
	it.each<[string, unknown, boolean]>([
		['was not begun', new NotStarted(), true],
		['was left', new RunComfyError('aborted', 'x'), true],
		['has failed', new RunComfyError('run_failed', 'x'), false],
		['met something else', Object.assign(new Error('x'), { code: 'aborted' }), false],
	])('is one that %s: %s', (_what, error, expected) => {
		expect(isInterrupted(error)).toBe(expected);
	});
});

describe('a request that was looked at', () => {
	it.each<[string, boolean, Partial<Progress>]>([
		['is left while it is under way', true, {}],
		['is not left when it has ended', false, { status: 'completed' }],
		['is left in the queue', true, { status: 'in_queue' }],
	])('%s', async (_what, expected, progress) => {
		expect(await parks((one) => one.polled(0, seen(progress), Infinity))).toBe(expected);
	});

	it('is waited for up to a timeout that is near', async () => {
		expect(await parks((one) => one.polled(0, seen({}), 4_999))).toBe(false);
		expect(await parks((one) => one.polled(0, seen({}), 5_000))).toBe(true);
	});

	it.each([
		['seen to go on', 1, (one: ParkingTime) => one.polled(0, seen({}), Infinity)],
		['accepted', 0, (one: ParkingTime) => one.accepted(0, Infinity)],
	])('reports that it must be waited for in memory, once it is %s', async (_what, times, tell) => {
		let told = 0;
		await parks(tell, { ready: async () => false, onStay: () => void (told += 1) });
		expect(told).toBe(times);
	});
});
