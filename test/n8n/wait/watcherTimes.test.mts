// When the watcher of a parked execution calls n8n, and what it concludes from the answers, to the moment.
import { describe, expect, it } from '@jest/globals';
import { endWatcher } from '../../../nodes/RunComfy/wait/watcher.ts';
import { REF } from '../../core/support/fakeJob.mts';
import { failure, json } from '../../core/support/virtualHost.mts';
import { createVirtualClock, EPOCH } from '../../support/virtualClock.mts';
import { type N8n, PARKED, RUNNING, STOPPED, waits, watching } from './watching.mts';

const LONG = { runMs: 3_600_000 };

describe('the watcher of a parked execution', () => {
	it('calls n8n after a moment, and then more and more seldom', async () => {
		const { over, calls } = watching(() => PARKED, { runMs: 500 });
		await over;
		const wakes = calls('wake');
		const pauses = wakes.slice(1).map((at, index) => at - (wakes[index] ?? 0));
		expect(pauses.slice(0, 3)).toEqual([150, 225, 337.5]);
		expect(pauses.slice(-2)).toEqual([5_000, 5_000]);
		expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
	});

	it('does not have n8n go on before a request has ended, or its own time is over', async () => {
		const { over, host, calls } = watching(() => PARKED, LONG);
		await over;
		expect(calls('wake')).toEqual([]);
		expect(calls('ask')).toEqual([
			...[15_000, 30_000, 45_000, 60_000, 75_000, 89_000],
			...[104_000, 119_000, 134_000, 149_000, 164_000, 179_000],
		]);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('has it go on when the last one has ended, where none has failed', async () => {
		const open = [REF, { ...REF, requestId: 'req-2' }].map((ref) => ({ ref, submittedAt: EPOCH }));
		const second = ({ path, at }: { path: string; at: number }) =>
			path.includes('req-2') && at < EPOCH + 70_000 ? json({ status: 'in_progress' }) : undefined;
		const { over, calls } = watching(waits, { runMs: 1_000, instead: second }, { open });
		await over;
		expect(calls('wake')[0]).toBeGreaterThanOrEqual(70_000);
	});

	it.each([0, 3_600_000])(
		'takes n8n to be storing what it parks for ten seconds, %i ms after its own start',
		async (startedMs) => {
			const on = { clock: createVirtualClock(EPOCH + startedMs) };
			const times = { until: EPOCH + startedMs + 90_000 };
			const stores: N8n = (kind, ms) => (ms - startedMs < 9_000 ? RUNNING : waits(kind, ms));
			const open = [{ ref: REF, submittedAt: EPOCH + startedMs }];
			const stored = watching(stores, { runMs: 500 }, { ...times, open, on });
			await stored.over;
			expect(stored.calls('wake').at(-1)).toBeGreaterThanOrEqual(startedMs + 9_000);
		},
	);

	it('takes it to have gone on where it runs still after that', async () => {
		const { over, calls } = watching(() => RUNNING, LONG);
		await over;
		expect(calls('ask')).toEqual([15_000]);
	});

	it('takes it to have gone on at once where it was parked before', async () => {
		const { over, host } = watching((_kind, ms) => (ms < 3_000 ? PARKED : RUNNING), { runMs: 500 });
		await over;
		expect(host.clock.now() - EPOCH).toBeLessThan(7_000);
	});

	it('cancels nothing once the node goes on here, whatever n8n says at that moment', async () => {
		const on = { deaf: true, latencyMs: 1_000 };
		const { over, host, calls } = watching(() => STOPPED, LONG, { on });
		// It has asked at 15 s, was told at 16 s, and asks once more at 21 s.
		await host.clock.sleep(21_500);
		expect(calls('ask')).toEqual([15_000, 21_000]);
		endWatcher('7 Run 0');
		await over;
		await host.clock.sleep(10_000);
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('notices a stop also after n8n has once called it ended for a moment', async () => {
		const { over, canceled } = watching((_kind, ms) => {
			if (ms < 29_000) return PARKED;
			return ms < 31_000 || ms >= 60_000 ? STOPPED : PARKED;
		}, LONG);
		await over;
		expect(canceled).toEqual(['cancellation_requested']);
	});

	it('tells of a cancel that got no answer', async () => {
		const instead = ({ leaf }: { leaf: string }) =>
			leaf === 'cancel' ? failure('ECONNRESET') : undefined;
		const { over, canceled } = watching(() => STOPPED, { ...LONG, instead });
		await over;
		expect(canceled).toEqual(['undefined']);
	});

	it('cancels the others where nobody can tell of one', async () => {
		const open = ['lost', 'req-1'].map((requestId) => ({ ref: { ...REF, requestId } }));
		const instead = ({ path }: { path: string }) =>
			path.includes('lost') ? json({ error_code: 404001 }, 404) : undefined;
		const { over, host } = watching(() => STOPPED, { ...LONG, instead }, { open });
		await over;
		expect(host.callsOf('cancel').map(({ path }) => path)).toEqual([
			expect.stringContaining('req-1'),
		]);
	});

	it('leaves what it has seen for the node, of the last thousand', async () => {
		// One look, and one call that has n8n go on.
		const told = 'proven' as const;
		const open = [{ ref: REF, submittedAt: EPOCH, told, deadline: EPOCH + 1_500 }];
		const one = async (n: number) => {
			const { over } = watching(waits, LONG, { key: `many ${n}`, open });
			await over;
		};
		for (let n = 0; n <= 1_000; n += 1) await one(n);
		expect([0, 1, 1_000].map((n) => endWatcher(`many ${n}`).size)).toEqual([0, 1, 1]);
	});
});
