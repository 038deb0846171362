// How many requests of an account run at the same time.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { turns } from '../../support/flow.mts';
import { running } from '../../support/running.mts';
import { useFlows } from '../../support/setup.mts';
import { countWorks } from '../../support/works.mts';

const start = useFlows();

describe('concurrency', () => {
	it('lets no more requests run at once than the account says, and loses none', async () => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency: '2' } });
		for (const topic of 'abcdefg') {
			flow.receive({ topic, deploymentId: flow.simulator.deploymentIds.textToImage });
		}
		await flow.ended(7);
		expect(flow.caught).toEqual([]);
		expect(flow.sent.map(({ topic }) => topic).sort()).toEqual([...'abcdefg']);
		const jobs = [...flow.simulator.jobs.values()];
		const together = jobs.map(({ createdAt: at }) =>
			jobs.filter((other) => other.createdAt <= at && (other.finishedAt ?? Infinity) > at),
		);
		expect(Math.max(...together.map(({ length }) => length))).toBe(2);
	});

	it('is ten where the account does not say', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		for (let sent = 0; sent < 12; sent += 1) {
			flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		}
		await eventually(() => flow.time.sleeping()).toBe(10);
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(10);
		release();
		await flow.ended(12);
	});

	it('of waiting messages ends with the node, before anything is submitted', async () => {
		const flow = await start(
			'runcomfy-run',
			{ onRedeploy: 'cancel' },
			{ config: { concurrency: 1 }, simulator: { latencyMs: 3_600_000 } },
		);
		const release = await running(flow, 1);
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await turns(20);
		await flow.redeploy('full');
		release();
		await turns(20);
		expect(flow.simulator.count('submit')).toBe(1);
		expect(countWorks('n')).toBe(0);
	});
});
