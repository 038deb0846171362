// When the node leaves n8n's memory: as soon as nothing is left to be submitted.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Progress, RunComfyError } from '../../../core/index.ts';
import { restartRuntime } from '../../../nodes/RunComfy/runtime.ts';
import {
	isInterrupted,
	NotStarted,
	type Parking,
} from '../../../nodes/RunComfy/session/session.ts';
import { failure, type Reply } from '../../core/support/virtualHost.mts';
import { type Options, TAKES, usePark } from './leaving.mts';

const { waiting } = usePark();

beforeEach(restartRuntime);

function parking(options: Options = {}) {
	const { way, ...more } = waiting({ waitMode: 'auto', ...options });
	return { ...more, way: way! };
}

async function parks(tell: (way: Parking) => void, options: Options = {}) {
	const { way, host } = parking(options);
	way.begin(0);
	tell(way);
	await host.clock.sleep(1_000);
	return way.signal.aborted;
}

const seen = (more: Partial<Progress>): Progress =>
	({ status: 'in_progress', elapsed_ms: 1_000, ...more }) as Progress;

describe('an accepted request', () => {
	it.each<[string, boolean, number, Options]>([
		['is left at once', true, Infinity, {}],
		['is waited for up to a timeout that is near', false, 4_999, {}],
		['is left before a timeout in 5 s', true, 5_000, {}],
		['is waited for if n8n cannot', false, Infinity, { n8n: () => failure('ECONNREFUSED') }],
	])('%s', async (_what, expected, leftMs, options) => {
		expect(await parks((way) => way.accepted(0, leftMs), options)).toBe(expected);
	});

	it('is left when the others are accepted, too, or have ended', async () => {
		const { way, host, asked } = parking();
		way.begin(0);
		way.begin(1);
		way.accepted(0, Infinity);
		await host.clock.sleep(1_000);
		expect([way.signal.aborted, asked()]).toEqual([false, []]);
		way.end(1);
		way.begin(2);
		way.accepted(2, Infinity);
		await host.clock.sleep(1_000);
		expect(way.signal.aborted).toBe(true);
	});
});

describe('the time to leave', () => {
	it('passes if nothing is under way any more, or another item begins, while n8n is looked for', async () => {
		for (const meanwhile of ['end', 'begin'] as const) {
			const { way, host } = parking({ n8n: (): Reply => ({ ...TAKES, delayMs: 500 }) });
			way.begin(0);
			way.accepted(0, Infinity);
			way[meanwhile](meanwhile === 'end' ? 0 : 1);
			await host.clock.sleep(1_000);
			expect(way.signal.aborted).toBe(false);
		}
	});

	it('is looked for once, from the first submit on', async () => {
		const { way, host, asked } = parking();
		way.prepare();
		await host.clock.sleep(1_000);
		expect(asked()).toHaveLength(1);
		way.begin(0);
		way.accepted(0, Infinity);
		await host.clock.sleep(1_000);
		expect([asked().length, way.signal.aborted]).toEqual([1, true]);
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

describe('a request whose status was read', () => {
	it.each<[string, boolean, Partial<Progress>, number]>([
		['is left while it is under way', true, {}, Infinity],
		['is not left when it has ended', false, { status: 'completed' }, Infinity],
		['is left in the queue', true, { status: 'in_queue' }, Infinity],
		['is waited for up to a timeout that is near', false, {}, 4_999],
		['is left before a timeout in 5 s', true, {}, 5_000],
	])('%s', async (_what, expected, progress, leftMs) => {
		expect(await parks((way) => way.polled(0, seen(progress), leftMs))).toBe(expected);
	});

	it.each<[string, number, (way: Parking) => void]>([
		['seen to go on', 1, (way) => way.polled(0, seen({}), Infinity)],
		['accepted', 0, (way) => way.accepted(0, Infinity)],
	])('reports that it must be waited for in memory, once it is %s', async (_what, times, tell) => {
		const { way, host, hints } = parking({ n8n: () => failure('ECONNREFUSED') });
		way.begin(0);
		tell(way);
		await host.clock.sleep(1_000);
		expect(hints).toHaveLength(times);
	});
});
