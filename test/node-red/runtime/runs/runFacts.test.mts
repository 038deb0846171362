// What can be told of runs while they go on and after they have ended.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as FactsModule from '../../../../node-red/runtime/runs/runFacts.cts';
import type * as RunsModule from '../../../../node-red/runtime/runs/runs.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';

const { onRunsChanged, recentRuns } = dist<typeof FactsModule>(
	'node-red/runtime/runs/runFacts.cjs',
);
const { allRunFacts, runs } = dist<typeof RunsModule>('node-red/runtime/runs/runs.cjs');
const start = useFlows();

describe('the facts of a run', () => {
	it('follow it from the message to its files', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		const arrivedAt = flow.time.now();
		const told: string[] = [];
		const stop = onRunsChanged(() => {
			const [{ phase, state } = { phase: '', state: '' }] = allRunFacts();
			if (told.at(-1) !== `${phase} ${state}`) told.push(`${phase} ${state}`);
		});
		const release = flow.time.hold();
		flow.receive({ topic: 'cat', deploymentId });
		await eventually(() => flow.time.sleeping()).toBe(1);
		const [job] = flow.simulator.jobs.values();
		expect(allRunFacts()[0]).toEqual({
			...{ job: runs.of('n')[0]?.id, nodeId: 'n', topic: 'cat', deploymentId },
			...{ requestId: job?.requestId, phase: 'inQueue', state: 'in_queue' },
			...{ arrivedAt: expect.any(Number), submittedAt: arrivedAt, allowPrivate: true },
		});
		release();
		await flow.ended();
		stop();
		expect(told).toEqual([
			...['requesting not_submitted', 'requesting in_queue', 'inQueue in_queue'],
			...['inQueue in_progress', 'running in_progress', 'running completed', 'ended succeeded'],
		]);
		expect(allRunFacts()[0]).toMatchObject({
			...{ phase: 'ended', state: 'succeeded', outcome: 'succeeded', topic: 'cat' },
			files: [{ filename: expect.any(String), kind: 'image', url: expect.stringMatching(/^http/) }],
			endedAt: flow.time.now(),
		});
		const { startedAt = 0 } = allRunFacts()[0] ?? {};
		expect(startedAt).toBeGreaterThan(arrivedAt);
		expect(startedAt).toBeLessThan(arrivedAt + 10_000);
	});

	it('tell how long such runs take, once there was one, also over deploys', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { video: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ deploymentId });
		await flow.ended();
		await flow.redeploy('full', { name: 'changed' });
		flow.receive({ deploymentId });
		await flow.ended(2);
		const [second, first] = recentRuns();
		expect(first).not.toHaveProperty('estimatedMs');
		expect(second?.estimatedMs).toBeGreaterThan(50_000);
	});

	it('tell the error it ended with', async () => {
		const flow = await start('runcomfy-run');
		flow.receive({ deploymentId: 'unknown' });
		await flow.ended();
		expect(allRunFacts()[0]).toMatchObject({ outcome: 'not_found', state: 'not_submitted' });
	});

	it('are of one run still after deploys, and of one that was taken up again', async () => {
		const userDir = mkdtempSync(join(tmpdir(), 'runcomfy-facts-'));
		const leave = { onShutdown: 'leave' };
		const flow = await start('runcomfy-run', leave, { userDir, simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.time.sleeping()).toBe(1);
		const [before] = allRunFacts();
		await flow.redeploy('nodes', { ...leave, name: 'changed' });
		expect(allRunFacts()[0]).toEqual(before);
		const ended = recentRuns().length;
		await flow.restart(leave, () => expect(allRunFacts()).toHaveLength(ended));
		const { job, requestId, submittedAt } = before ?? {};
		expect(allRunFacts()[0]).toMatchObject({ job, requestId, submittedAt, resumed: true });
		release();
		await flow.ended();
		await turns(5);
		expect(allRunFacts().filter((facts) => facts.job === job)).toHaveLength(1);
		rmSync(userDir, { recursive: true, force: true });
	});
});
