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

const { onRunsChanged, recentRuns, recordFacts } = dist<typeof FactsModule>(
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

describe('a record of facts', () => {
	const record = () => recordFacts({ job: 'j', nodeId: 'n', topic: 7 }, () => 100_000);
	const seen = { request_id: 'r', deployment_id: 'd', raw: {}, elapsed_ms: 0 };

	it('knows its place in the queue only while it has one', () => {
		const facts = record();
		facts.noteSubmit();
		facts.noteProgress({ ...seen, status: 'in_queue', queue_position: 3 });
		expect(facts.read()).toMatchObject({ queuePosition: 3, state: 'in_queue' });
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 2_000, expected_ms: 40_000 });
		expect(facts.read()).toMatchObject({ startedAt: 98_000, estimatedMs: 40_000 });
		expect(facts.read()).not.toHaveProperty('queuePosition');
		expect(facts.read()).not.toHaveProperty('topic');
	});

	it('does not guess since when something runs that ran at the first look after a restart', () => {
		const facts = record();
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 0 });
		expect(facts.read()).not.toHaveProperty('startedAt');
	});

	it('tells of changes only, and no listener can harm a run', () => {
		let told = 0;
		const stops = [
			onRunsChanged(() => {
				throw new Error('of the listener');
			}),
			onRunsChanged(() => (told += 1)),
		];
		const facts = record();
		for (let look = 0; look < 5; look += 1) facts.noteProgress({ ...seen, status: 'in_queue' });
		expect(told).toBe(1);
		for (const stop of stops) stop();
		facts.note({ phase: 'fetching' });
		expect(told).toBe(1);
	});

	it('is kept of the last 50 that have ended', () => {
		for (let run = 0; run < 60; run += 1) {
			recordFacts({ job: `j${run}`, nodeId: 'n', topic: '' }, Date.now).end('succeeded');
		}
		expect(recentRuns()).toHaveLength(50);
		expect(recentRuns()[0]?.job).toBe('j59');
	});
});
