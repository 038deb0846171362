// What looks after the requests of a parked execution from outside of it, on a virtual clock.
import { describe, expect, it } from '@jest/globals';
import { endWatcher } from '../../../nodes/RunComfy/wait/watcher.ts';
import { REF } from '../../core/support/fakeJob.mts';
import { json } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import {
	DELETED,
	ELSEWHERE,
	FINISHED,
	type N8n,
	PARKED,
	problem,
	RUNNING,
	STOPPED,
	waits,
	watching,
} from './watching.mts';

describe('the watcher of a parked execution', () => {
	it('has n8n go on when the run has ended, and leaves nothing behind', async () => {
		const { over, host, calls, canceled } = watching(waits);
		await over;
		const [woken, ...more] = calls('wake');
		expect(woken).toBeGreaterThanOrEqual(40_000);
		expect(woken).toBeLessThan(52_000);
		expect([more, canceled, host.clock.sleeping()]).toEqual([[], [], 0]);
		expect(host.calls.find(({ path }) => path.includes('wake'))).toMatchObject({
			path: '/webhook-waiting/7?signature=s&runcomfy=wake',
			request: { method: 'POST', authenticate: false },
		});
	});

	it('asks again while n8n is still storing what it parks, or fails', async () => {
		const { over, calls } = watching(
			(kind, ms) => {
				if (ms < 2_000) return RUNNING;
				if (ms < 4_000) return problem(500, 'Internal');
				return ms < 5_000
					? Object.assign(new Error('reset'), { code: 'ECONNRESET' })
					: waits(kind, ms);
			},
			{ runMs: 500 },
		);
		await over;
		expect(calls('wake').at(-1)).toBeGreaterThanOrEqual(5_000);
		expect(calls('wake').at(-1)).toBeLessThan(9_000);
	});

	it('goes on asking where RunComfy does not yet say the same to n8n', async () => {
		const { over, calls } = watching((kind, ms) => (ms < 60_000 ? PARKED : waits(kind, ms)));
		await over;
		expect(calls('wake').at(-1)).toBeGreaterThanOrEqual(60_000);
		expect(calls('wake').at(-1)).toBeLessThan(66_000);
	});

	it.each([
		['wakes', true],
		['does not wake', false],
	])('%s for the one of two that has failed (node stops at a failure: %s)', async (_do, stops) => {
		const open = [REF, { ...REF, requestId: 'req-2' }].map((ref) => ({ ref, submittedAt: EPOCH }));
		const { over, calls } = watching(
			waits,
			{
				result: { status: 'failed' },
				instead: ({ path }) =>
					path.includes('req-2') ? json({ status: 'in_progress' }) : undefined,
			},
			{ open, stopAtFailure: stops },
		);
		await over;
		expect(calls('wake')).toHaveLength(stops ? 1 : 0);
	});

	it.each([
		['untried', 60_000, 2],
		['proven', 60_000, 1],
	] as const)('hardly looks where RunComfy calls (%s)', async (told, until, looks) => {
		const open = [{ ref: REF, submittedAt: EPOCH, told }];
		const { over, host, calls } = watching(
			(_kind, ms) => (ms < until ? PARKED : RUNNING),
			{ runMs: 3_600_000 },
			{ open },
		);
		await over;
		expect(host.callsOf('status')).toHaveLength(looks);
		expect(calls('wake')).toEqual([]);
	});

	it('finds by its first look what RunComfy has called for before n8n could be called', async () => {
		const open = [{ ref: REF, submittedAt: EPOCH, told: 'proven' as const }];
		const { over, calls } = watching(waits, { runMs: 100 }, { open });
		await over;
		expect(calls('wake')).toEqual([1_000]);
	});

	it('tells the node that goes on what it has seen', async () => {
		const { over, host } = watching(() => PARKED, { queueMs: 5_000, runMs: 3_600_000 });
		await host.clock.sleep(20_000);
		const seen = endWatcher('7 Run 0').get(REF.requestId);
		await over;
		expect(seen?.looks).toBe(host.callsOf('status').length);
		expect(seen!.queuedAt! - EPOCH).toBeLessThan(5_000);
		expect(seen!.runningAt! - EPOCH).toBeGreaterThanOrEqual(5_000);
		expect(endWatcher('7 Run 0').size).toBe(0);
	});

	it('also where it has ended before, at the news that the execution runs', async () => {
		const { over, host } = watching((_kind, ms) => (ms < 12_000 ? PARKED : RUNNING), {
			runMs: 3_600_000,
		});
		await over;
		const seen = endWatcher('7 Run 0').get(REF.requestId);
		expect(seen?.looks).toBe(host.callsOf('status').length);
		expect(endWatcher('7 Run 0').size).toBe(0);
	});

	it('wakes at the end of a timeout', async () => {
		const open = [{ ref: REF, submittedAt: EPOCH, deadline: EPOCH + 20_000 }];
		const { over, calls } = watching(waits, { runMs: 3_600_000 }, { open });
		await over;
		expect(calls('wake')).toEqual([20_000]);
	});

	it.each([
		['stopped', STOPPED],
		['deleted', DELETED],
	])('cancels what runs within 30 s after the execution was %s', async (_how, answer) => {
		const { over, canceled, host, calls } = watching((_kind, ms) =>
			ms < 20_000 ? PARKED : answer,
		);
		await over;
		expect(canceled).toEqual(['cancellation_requested']);
		expect(host.callsOf('cancel')[0]!.at - EPOCH).toBeLessThan(50_000);
		expect(calls('wake')).toEqual([]);
	});

	it.each([
		['goes on with it', RUNNING],
		['parks it again', PARKED],
	])('cancels nothing where n8n has called it ended for a moment, and %s', async (_how, then) => {
		const { over, host } = watching(
			(_kind, ms) => {
				if (ms < 29_000) return PARKED;
				return ms < 31_000 ? STOPPED : then;
			},
			{ runMs: 3_600_000 },
		);
		await over;
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('cancels nothing of what has ended after n8n went on by itself: a retry takes that up', async () => {
		const { over, host } = watching((_kind, ms) => (ms < 90_000 ? PARKED : STOPPED), {
			runMs: 3_600_000,
		});
		await over;
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('notices a stop up to a second before n8n goes on by itself', async () => {
		const stopped: N8n = (_kind, ms) => (ms < 76_000 ? PARKED : STOPPED);
		const { over, canceled } = watching(stopped, { runMs: 3_600_000 });
		await over;
		expect(canceled).toEqual(['cancellation_requested']);
	});

	it('takes no page of a proxy for the word of n8n', async () => {
		const page = json('The page that you have asked for does not exist', 404);
		const { over, host } = watching(() => page, { runMs: 3_600_000 });
		await over;
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('cancels nothing where the user does not want it', async () => {
		const { over, host } = watching(() => STOPPED, {}, { cancelOnStop: false });
		await over;
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('nor what has ended, or was not waited for any longer', async () => {
		const ended = watching(() => STOPPED, { runMs: 10_000, says: () => 'completed' });
		await ended.over;
		const deadline = EPOCH + 1_000;
		const late = watching(() => STOPPED, {}, { open: [{ ref: REF, deadline }] });
		await late.over;
		expect([...ended.host.callsOf('cancel'), ...late.host.callsOf('cancel')]).toEqual([]);
	});

	it.each([
		['has gone on elsewhere', RUNNING],
		['has ended', FINISHED],
		['waits at another node', ELSEWHERE],
		['waits at this node for something else', json('runcomfy parked 0-2')],
	])('leaves everything alone once the execution %s', async (_what, answer) => {
		const { over, host, calls } = watching((_kind, ms) => (ms < 20_000 ? PARKED : answer));
		await over;
		expect(host.callsOf('cancel')).toEqual([]);
		expect(calls('wake')).toEqual([]);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('ends when the node itself goes on in this process', async () => {
		const { over, host } = watching(() => PARKED, { runMs: 3_600_000 });
		await host.clock.sleep(1_000);
		endWatcher('7 Run 0');
		await over;
		expect(host.clock.now() - EPOCH).toBeLessThan(2_000);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('ends some time after n8n should have gone on by itself, and never rejects', async () => {
		const gone = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
		const { over, host } = watching(() => gone, { instead: () => gone });
		await over;
		expect(host.clock.now() - EPOCH).toBeGreaterThan(90_000);
		expect(host.clock.now() - EPOCH).toBeLessThan(200_000);
		expect(host.clock.sleeping()).toBe(0);
	});
});
