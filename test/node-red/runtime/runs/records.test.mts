// What the sidebar shows of runs while they go on and after they have ended.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { turns } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';
import { allRecords, endedRuns, onRunsChanged, startFreshRuntime } from '../../support/works.mts';

const start = useFlows();

describe('the record of a run', () => {
	it('follows it from the message to its files', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		const arrivedAt = flow.time.now();
		const told: string[] = [];
		const stop = onRunsChanged(() => {
			const [{ state } = { state: '' }] = allRecords();
			if (told.at(-1) !== state) told.push(state);
		});
		const release = flow.time.hold();
		flow.receive({ topic: 'cat', deploymentId });
		await eventually(() => flow.time.sleeping()).toBe(1);
		const [job] = flow.simulator.jobs.values();
		expect(allRecords()[0]).toEqual({
			...{ job: expect.any(String), nodeId: 'n', topic: 'cat', deploymentId },
			...{ requestId: job?.requestId, state: 'in_queue', seenQueued: true },
			...{ arrivedAt: expect.any(Number), submittedAt: arrivedAt, allowPrivate: true },
		});
		release();
		await flow.ended();
		stop();
		expect(told).toEqual([
			...['reading', 'submitting', 'in_queue', 'in_progress', 'fetching', 'ended'],
		]);
		expect(allRecords()[0]).toMatchObject({
			...{ state: 'ended', outcome: 'succeeded', topic: 'cat' },
			files: [{ filename: expect.any(String), kind: 'image', url: expect.stringMatching(/^http/) }],
			endedAt: flow.time.now(),
		});
		const { startedAt = 0 } = allRecords()[0] ?? {};
		expect(startedAt).toBeGreaterThan(arrivedAt);
		expect(startedAt).toBeLessThan(arrivedAt + 10_000);
	});

	it('has how long such runs take, once there was one, also over deploys', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { video: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ deploymentId });
		await flow.ended();
		await flow.redeploy('full', { name: 'changed' });
		flow.receive({ deploymentId });
		await flow.ended(2);
		const [second, first] = endedRuns();
		expect(first).not.toHaveProperty('estimatedMs');
		expect(second?.estimatedMs).toBeGreaterThan(50_000);
	});

	it('has the error it ended with', async () => {
		const flow = await start('runcomfy-run');
		flow.receive({ deploymentId: 'unknown' });
		await flow.ended();
		expect(allRecords()[0]).toMatchObject({ outcome: 'not_found', state: 'ended' });
	});

	it('is the same after deploys, and after a restart', async () => {
		const userDir = mkdtempSync(join(tmpdir(), 'runcomfy-facts-'));
		const leave = { onShutdown: 'leave' };
		const flow = await start('runcomfy-run', leave, { userDir, simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.time.sleeping()).toBe(1);
		const [before] = allRecords();
		await flow.redeploy('nodes', { ...leave, name: 'changed' });
		expect(allRecords()[0]).toEqual(before);
		const ended = endedRuns().length;
		await flow.restart(leave, () => expect(allRecords()).toHaveLength(ended));
		const { job, requestId, submittedAt } = before ?? {};
		expect(allRecords()[0]).toMatchObject({ job, requestId, submittedAt, resumed: true });
		release();
		await flow.ended();
		await turns(5);
		expect(allRecords().filter((record) => record.job === job)).toHaveLength(1);
		rmSync(userDir, { recursive: true, force: true });
	});

	it('is there after a restart, once it has ended, without the addresses of its files', async () => {
		const userDir = mkdtempSync(join(tmpdir(), 'runcomfy-facts-'));
		const flow = await start('runcomfy-run', {}, { userDir });
		const overrides = { 6: { inputs: { text: `a cat with ${flow.simulator.token}` } } };
		flow.receive({
			topic: 'cat',
			deploymentId: flow.simulator.deploymentIds.textToImage,
			overrides,
		});
		await flow.ended();
		const { files, allowPrivate, about, ...before } = allRecords()[0] ?? {};
		expect([files?.length, allowPrivate, about]).toEqual([1, true, expect.any(String)]);
		await flow.restart({}, startFreshRuntime);
		expect(allRecords()).toEqual([{ ...before, about: 'a cat with [token]' }]);
		flow.receive({ deploymentId: 'unknown' });
		await flow.ended(2);
		expect(allRecords().map(({ outcome }) => outcome)).toEqual(['not_found', 'succeeded']);
		rmSync(userDir, { recursive: true, force: true });
	});
});
