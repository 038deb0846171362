// What happens to runs when the flows stop and start again: the settings for it, on a virtual clock.
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import {
	countWorks,
	leftEntry,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

const LEAVE = { onShutdown: 'leave' };
const states = ({ simulator }: TestFlow) => [...simulator.jobs.values()].map(({ state }) => state);

/** A flow with one run at RunComfy, which takes ten minutes, and the virtual clock held. */
async function running(fields: object, msg: object = {}) {
	const flow = await start(
		'runcomfy-run',
		{ ...LEAVE, ...fields },
		{ userDir: kept.userDir, simulator: { latencyMs: 600_000 } },
	);
	const release = flow.time.hold();
	flow.receive({ topic: 't', deploymentId: flow.simulator.deploymentIds.textToImage, ...msg });
	await eventually(() => flow.time.sleeping()).toBe(1);
	return { flow, release };
}

describe('a run at RunComfy when the flows stop', () => {
	it('is in the journal meanwhile, and its result is sent after the start', async () => {
		const secret = { token: 'a', nested: { password: 'b' }, bytes: Buffer.from('abc') };
		const { flow, release } = await running({}, secret);
		const [job] = flow.simulator.jobs.values();
		expect(kept.onDisk()).toMatchObject([
			{ nodeId: 'n', receipt: { state: 'accepted', ids: { requestId: job?.requestId } } },
		]);
		await flow.reborn(LEAVE, () => {
			expect(countWorks('n')).toBe(0);
			expect(kept.onDisk()).toMatchObject([{ msg: { topic: 't', nested: {} } }]);
		});
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([
			{
				topic: 't',
				requestId: job?.requestId,
				payload: [{ kind: 'image' }],
				runcomfy: { resumed: true, timings: {} },
			},
		]);
		expect([flow.caught, flow.completed.length]).toEqual([[], 1]);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		expect(kept.onDisk()).toEqual([]);
	});

	it('ends at the Catch node here if another process has taken it over meanwhile, and sends its result', async () => {
		const { flow, release } = await running({});
		const [job] = flow.simulator.jobs.values();
		writeFileSync(`${kept.journal}.lock`, 'that of another process');
		release();
		await flow.ended();
		expect(flow.sent).toEqual([]);
		expect(flow.caught).toMatchObject([{ error: { code: 'aborted' }, requestId: job?.requestId }]);
	});

	it('counts its timeout from the submit, not from the start', async () => {
		const { flow, release } = await running({ timeout: '700', timeoutType: 'num' });
		flow.time.pass(800_000);
		await flow.simulator.settle();
		await flow.reborn(LEAVE);
		release();
		await flow.ended();
		// Its last look finds the result that has arrived meanwhile.
		expect(flow.sent).toHaveLength(1);
	});

	it('is given up on where that is chosen', async () => {
		const { flow, release } = await running({ onRestart: 'forget' });
		await flow.reborn({ ...LEAVE, onRestart: 'forget' });
		release();
		await turns(50);
		expect([flow.sent, flow.caught, states(flow)]).toEqual([[], [], ['in_progress']]);
		expect(kept.onDisk()).toEqual([]);
	});

	it('is canceled where that is chosen', async () => {
		const { flow, release } = await running({ onShutdown: 'cancel' });
		await flow.reborn(LEAVE);
		release();
		await turns(50);
		expect([flow.sent, flow.caught, states(flow)]).toEqual([[], [], ['canceled']]);
		expect(kept.onDisk()).toEqual([]);
	});

	it('waits for its node while that is not there', async () => {
		const { flow, release } = await running({});
		await flow.reborn({ ...LEAVE, d: true });
		await turns(20);
		expect(kept.onDisk()).toHaveLength(1);
		await flow.redeploy('full', { ...LEAVE, d: false });
		release();
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
	});

	it('stays with its id in an error when the account cannot be used any more', async () => {
		const { flow, release } = await running({});
		await flow.reborn({ ...LEAVE, config: '' });
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ requestId: expect.any(String) }]);
	});
});

describe('a run at RunComfy when the flows stop and start in one process', () => {
	it('goes on, and its message has what no journal keeps', async () => {
		const req = { socket: {} };
		const { flow, release } = await running({}, { req });
		await flow.restart(LEAVE);
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
		expect(flow.sent[0]).toHaveProperty('req', req);
		expect(flow.sent[0]).not.toHaveProperty('runcomfy.resumed');
		expect([flow.caught, flow.simulator.count('submit'), kept.onDisk()]).toEqual([[], 1, []]);
	});

	it('is canceled with its node if that is not there any more', async () => {
		const { flow, release } = await running({});
		await flow.restart({ ...LEAVE, d: true });
		await eventually(() => states(flow)).toEqual(['canceled']);
		release();
		await turns(20);
		expect([flow.sent, flow.caught, kept.onDisk(), countWorks('n')]).toEqual([[], [], [], 0]);
	});
});

describe('a run that by the clock is older than RunComfy keeps anything', () => {
	it('ends at a Catch node with its id: the clock may have been set', async () => {
		const at = Date.now() - 400 * 24 * 3600 * 1000;
		const ids = { deploymentId: 'd', requestId: 'r' };
		const msg = { _msgid: 'm', topic: 'old' };
		kept.leave(leftEntry({ state: 'accepted', at, ...ids }, { msg, plan: PLAN }));
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'old', deploymentId: 'd', requestId: 'r' }]);
		expect(kept.onDisk()).toEqual([]);
	});
});

const PLAN = { output: { mode: 'files', nodeIds: [] }, timeoutMs: 60_000, warnings: [] };

describe('a submit that was on its way when the process ended', () => {
	it('is reported, and never sent again', async () => {
		kept.leave(leftEntry({ deploymentId: 'd' }, { msg: { _msgid: 'm', topic: 'lost' } }));
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ topic: 'lost', deploymentId: 'd', error: { code: 'submit_unconfirmed' } },
		]);
		expect(flow.simulator.count('submit')).toBe(0);
		expect(kept.onDisk()).toEqual([]);
	});
});
