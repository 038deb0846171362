// What the job sidebar shows of runs after deploys and restarts, and of those that have ended.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import {
	endedJobs,
	jobs,
	startFreshRuntime,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

const LEAVE = { onShutdown: 'leave' };

/** A run that was accepted, on a clock that stands still until it is released. */
async function running(flow: TestFlow, msg: object = {}) {
	const release = flow.time.hold();
	flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, ...msg });
	await eventually(async () => (await jobs())[0]?.requestId).toBeDefined();
	await eventually(() => flow.time.sleeping()).toBe(1);
	const [view] = await jobs();
	return { release, view };
}

describe('a run that goes on', () => {
	it('is the same after deploys', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const { release, view } = await running(flow);
		await flow.redeploy('nodes', { name: 'changed' });
		expect(await jobs()).toEqual([view]);
		release();
	});

	it('is known after a restart: since when it goes, of what it was asked, and which request', async () => {
		const fields = { ...LEAVE, checkInputs: true };
		const { userDir } = kept;
		const flow = await start('runcomfy-run', fields, {
			userDir,
			simulator: { latencyMs: 600_000 },
		});
		const overrides = { '6': { inputs: { text: 'a red  fox' } } };
		const { release, view } = await running(flow, { topic: 'animals', overrides });
		expect(view?.about).toBe('a red fox');
		await flow.reborn({ ...fields, config: '' });
		await flow.ended();
		const { job, arrivedAt, about, topic, deploymentId, deploymentName, requestId } = view ?? {};
		expect(deploymentName).toBe('text-to-image');
		await turns(5);
		expect((await jobs()).filter((one) => one.job === job)).toMatchObject([
			{
				arrivedAt,
				about,
				topic,
				deploymentId,
				deploymentName,
				requestId,
				resumed: true,
				state: 'ended',
			},
		]);
		release();
	});

	it('has how long such runs take, once there was one, also over deploys', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { video: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ deploymentId });
		await flow.ended();
		await flow.redeploy('full', { name: 'changed' });
		flow.receive({ deploymentId });
		await flow.ended(2);
		const [second, first] = await jobs();
		expect(first).not.toHaveProperty('estimatedMs');
		expect(second?.estimatedMs).toBeGreaterThan(50_000);
	});
});

describe('a run that has ended', () => {
	it('is still there if its node was deleted, with its request', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { release, view } = await running(flow);
		await flow.redeploy('nodes', { d: true });
		release();
		const [request] = flow.simulator.jobs.values();
		await eventually(async () => (await jobs())[0]).toMatchObject({
			job: view?.job,
			state: 'ended',
			outcome: 'aborted',
			requestId: request?.requestId,
		});
	});

	it('is there after a restart, but not the addresses of its files, nor a token', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		const overrides = { 6: { inputs: { text: `a cat with ${flow.simulator.token}` } } };
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ topic: 'cat', deploymentId, overrides });
		await flow.ended();
		const [before] = await jobs();
		await flow.restart({}, startFreshRuntime);
		const gone = { kind: undefined, files: false, thumbnail: false, again: false };
		expect(await jobs()).toEqual([{ ...before, ...gone, about: 'a cat with [token]' }]);
		flow.receive({ deploymentId: 'unknown' });
		await flow.ended(2);
		expect((await jobs()).map(({ outcome }) => outcome)).toEqual(['not_found', 'succeeded']);
	});

	it('is one of the last 50, the latest first', async () => {
		const flow = await start('runcomfy-run');
		for (let n = 0; n < 60; n += 1) flow.receive({ topic: `${n}`, deploymentId: 'a b' });
		await flow.ended(60);
		const topics = (await endedJobs()).map(({ topic }) => topic);
		expect([topics.length, topics[0], topics.at(-1)]).toEqual([50, '59', '10']);
	});
});
