// Cancels that RunComfy does not answer: the log names the request, once, and nothing waits for them.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../../../simulator/index.cts';
import { eventually } from '../../../support/expect.mts';
import { turns } from '../../support/flow.mts';
import { running } from '../../support/running.mts';
import { useFlows } from '../../support/setup.mts';

const start = useFlows();
afterEach(() => void jest.useRealTimers());

/** So many runs at RunComfy, which from now on answers no cancel; time stands still. */
async function runningUnanswered(
	count: number,
	fields: Record<string, unknown> = {},
	fault: Fault = { name: 'stall', on: 'cancel', times: Infinity },
) {
	const flow = await start('runcomfy-run', fields, {
		config: { concurrency: 100 },
		simulator: { latencyMs: 3_600_000, maxInstances: 100 },
	});
	const release = await running(flow, count);
	flow.simulator.inject(fault);
	return { flow, release, ids: [...flow.simulator.jobs.keys()] };
}

const about = (id: string) => expect.stringContaining(`did not answer the cancel of request ${id}`);

describe('when RunComfy hangs', () => {
	it.each(['cancel', 'delete'])('closing 50 runs (%s) takes 4.5 s, no more', async (how) => {
		const { flow, release, ids } = await runningUnanswered(50, { onRedeploy: 'cancel' });
		jest.useFakeTimers({
			doNotFake: [
				'Date',
				'hrtime',
				'nextTick',
				'performance',
				'queueMicrotask',
				'setImmediate',
				'clearImmediate',
				'setInterval',
				'clearInterval',
			],
		});
		const closed = jest.fn();
		const change = how === 'delete' ? { d: true } : { name: 'changed' };
		const deploy = flow.redeploy('nodes', change).then(closed);
		await eventually(() => flow.simulator.count('cancel')).toBe(50);
		await jest.advanceTimersByTimeAsync(4_499);
		await turns(20);
		expect(closed).not.toHaveBeenCalled();
		await jest.advanceTimersByTimeAsync(1);
		await deploy;
		expect(flow.warned).toHaveLength(50);
		expect(flow.warned).toEqual(expect.arrayContaining(ids.map(about)));
		jest.useRealTimers();
		flow.simulator.clearFaults();
		release();
		await turns(50);
		expect(flow.warned).toHaveLength(50);
		expect([flow.sent, flow.caught, flow.completed]).toEqual([[], [], []]);
	});
});

describe('a cancel that gets no answer', () => {
	const unreachable = { name: 'reset', on: 'cancel', times: Infinity } as const;

	it('of a message is logged with the request, which then goes on', async () => {
		const { flow, release, ids } = await runningUnanswered(1, {}, unreachable);
		flow.receive({ cancel: 'all' });
		release();
		await flow.ended(2);
		expect(flow.sent).toMatchObject([{ requestId: ids[0], status: 'succeeded' }]);
		expect(flow.warned).toEqual(ids.map(about));
	});

	it('of a timeout is logged, too, and told in the error', async () => {
		const fields = { timeout: '60', timeoutType: 'num', cancelOnTimeout: true };
		const { flow, release, ids } = await runningUnanswered(1, fields, unreachable);
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ error: { code: 'timed_out', cause: { details: { cancel: 'no answer' } } } },
		]);
		expect(flow.warned).toEqual(ids.map(about));
	});

	it('of a submit that was stopped on its way is sent once that is answered', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 3_600_000 } });
		flow.simulator.inject({ name: 'slow_submit', ms: 200 });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		flow.receive({ cancel: 'all' });
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ error: { code: 'run_canceled' } }]);
		expect([...flow.simulator.jobs.values()].map(({ state }) => state)).toEqual(['canceled']);
		expect(flow.warned).toEqual([]);
	});
});
