// A result node that waits: its message lives like a run.
import { describe, expect, it } from '@jest/globals';
import { exactTurns } from '../../../support/eventLoop.mts';
import { eventually } from '../../../support/expect.mts';
import {
	jobs,
	running,
	submitted,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

const WAIT = { wait: true };

/** A flow with a message that waits for a request, which takes ten minutes, and the virtual clock held. */
async function waiting(fields: object = {}, more: object = {}) {
	const options = { userDir: kept.userDir, simulator: { latencyMs: 600_000 }, ...more };
	const flow = await start('runcomfy-result', { ...WAIT, ...fields }, options);
	const ref = await submitted(flow);
	const release = await running(flow, 1, () => flow.receive({ topic: 't', ...ref }));
	return { flow, ref, release };
}

/** Asserts that nothing was paid for or canceled, except for the request itself. */
function expectOnlyWatched({ simulator }: TestFlow) {
	expect([simulator.jobs.size, simulator.count('cancel')]).toEqual([1, 0]);
}

describe('a message that waits for a request', () => {
	it('counts its timeout from when it came in, over a restart', async () => {
		const { flow, release } = await waiting({ timeout: '60', timeoutType: 'num' });
		flow.time.pass(50_000);
		await flow.reborn({ ...WAIT, timeout: '60', timeoutType: 'num' });
		const before = flow.time.now();
		release();
		await flow.ended();
		expect(flow.caught.map(({ error }) => error.code)).toEqual(['timed_out']);
		expect(flow.time.now() - before).toBeLessThan(20_000);
		expectOnlyWatched(flow);
	});

	it('is on the disk in the turn in which it has come: nothing else names its request then (P62)', async () => {
		const flow = await start('runcomfy-result', WAIT, { userDir: kept.userDir });
		const ref = await submitted(flow);
		flow.time.hold();
		for (let n = 0; n < 12; n += 1) flow.receive({ topic: String(n), ...ref });
		await exactTurns(1);
		expect(kept.onDisk()).toMatchObject(
			Array(12).fill({ receipt: { state: 'attached', ids: ref } }),
		);
	});

	it('leaves the request alone when its node is deleted, and says which it was (P56)', async () => {
		const { flow, ref, release } = await waiting();
		await flow.redeploy('nodes', { d: true });
		release();
		await eventually(kept.onDisk).toEqual([]);
		expect([flow.sent, flow.caught, kept.onDisk()]).toEqual([[], [], []]);
		expect(await jobs()).toEqual([]);
		expect(flow.warned).toEqual([expect.stringContaining(ref.requestId)]);
		expectOnlyWatched(flow);
	});

	it('ends soon when a cancel node cancels its request, which only that by its id does', async () => {
		const { flow, ref, release } = await waiting();
		flow.cancel({ topic: 't' });
		flow.cancel();
		await turns(20);
		expectOnlyWatched(flow);
		flow.cancel(ref);
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ ...ref, error: { code: 'run_canceled' } }]);
		expect(flow.simulator.count('cancel')).toBe(1);
	});
});

describe('a message that does not wait', () => {
	it('outlives a deploy, and is no run', async () => {
		const flow = await start('runcomfy-result');
		const ref = await submitted(flow);
		flow.simulator.inject({ name: 'stall', on: 'result', ms: 50 });
		flow.receive({ ...ref });
		await flow.redeploy('nodes', { name: 'changed' });
		await flow.ended();
		expect(flow.sent).toMatchObject([{ ...ref, payload: [] }]);
		expect(await jobs()).toEqual([]);
	});
});
