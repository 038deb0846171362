// Cancels that reach into runs: by a message to the run node, or by a cancel node elsewhere.
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import { eventually } from '../../../support/expect.mts';
import { jobs, type TestFlow, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();
const HOUR = { latencyMs: 3_600_000 };

/** A flow whose messages, one per topic, are all at RunComfy, with the virtual clock held. */
async function running(topics: string, options: Parameters<typeof start>[2] = {}) {
	const flow = await start('runcomfy-run', {}, { simulator: HOUR, ...options });
	const release = flow.time.hold();
	for (const topic of topics) {
		flow.receive({ topic, deploymentId: flow.simulator.deploymentIds.textToImage });
	}
	await eventually(() => flow.simulator.jobs.size).toBe(topics.length);
	await eventually(() => flow.time.sleeping()).toBe(topics.length);
	return { flow, release };
}

const ids = ({ simulator }: TestFlow) => [...simulator.jobs.keys()];
const states = ({ simulator }: TestFlow) => [...simulator.jobs.values()].map(({ state }) => state);

describe('msg.cancel on the run node', () => {
	it.each([
		['all', { cancel: 'all' }, 'abc'],
		['true without a request', { cancel: true }, 'abc'],
		['a topic', { cancel: 'topic', topic: 'b' }, 'b'],
		['no topic that runs', { cancel: 'topic', topic: 'x' }, ''],
	])('%s', async (_name, msg, reached) => {
		const { flow, release } = await running('abc');
		flow.receive(msg);
		await flow.ended(1 + reached.length);
		expect(flow.caught.map(({ topic }) => topic).sort()).toEqual([...reached]);
		for (const { error, requestId, status } of flow.caught as NodeMessage[]) {
			expect(error).toMatchObject({
				code: 'run_canceled',
				cause: { details: { cancel: 'cancellation_requested' } },
			});
			expect([requestId, status]).toEqual([expect.any(String), 'canceled']);
		}
		// The message that asked for the cancel succeeds, and is not sent on as if it were a result.
		expect(flow.completed).toHaveLength(1);
		expect(states(flow).filter((state) => state === 'canceled')).toHaveLength(reached.length);
		release();
		await flow.ended(4);
		expect(flow.sent).toHaveLength(3 - reached.length);
		expect(flow.simulator.count('submit')).toBe(3);
	});

	it('one request by its id', async () => {
		const { flow, release } = await running('abc');
		flow.receive({ cancel: true, requestId: ids(flow)[1] });
		await flow.ended(2);
		expect(flow.caught.map(({ requestId }) => requestId)).toEqual([ids(flow)[1]]);
		release();
	});

	it('a message that still waits is not submitted any more', async () => {
		const { flow, release } = await running('a', { config: { concurrency: 1 } });
		flow.receive({ topic: 'b', deploymentId: flow.simulator.deploymentIds.textToImage });
		await turns(20);
		flow.receive({ cancel: 'topic', topic: 'b' });
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ topic: 'b', error: { code: 'run_canceled' } }]);
		expect(flow.caught[0]).not.toHaveProperty('requestId');
		release();
		await flow.ended(3);
		expect([flow.sent.length, flow.simulator.count('submit')]).toEqual([1, 1]);
	});

	it('that comes too late gives the result', async () => {
		const { flow, release } = await running('a');
		flow.time.pass(4_000_000);
		await flow.simulator.settle();
		flow.receive({ cancel: 'all' });
		await flow.ended(2);
		expect(flow.sent).toMatchObject([{ topic: 'a', status: 'succeeded' }]);
		expect(flow.caught).toEqual([]);
		release();
	});

	it('that is accepted and does not take effect is waited for a minute, not for an hour', async () => {
		const { flow, release } = await running('a');
		flow.simulator.inject({ name: 'cancel_race' });
		flow.receive({ cancel: 'all' });
		release();
		await flow.ended(2);
		expect(flow.caught).toMatchObject([
			{
				requestId: ids(flow)[0],
				error: { code: 'run_canceled', message: expect.stringMatching(/has not said/) },
			},
		]);
		expect(flow.simulator.count('cancel')).toBe(1);
	});

	it('is seen to take effect soon, however long such runs usually take', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: HOUR });
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ deploymentId });
		await flow.ended();
		const release = flow.time.hold();
		flow.receive({ deploymentId });
		await eventually(() => flow.time.sleeping()).toBe(1);
		flow.simulator.inject({ name: 'cancel_slow', ms: 9_000 });
		flow.receive({ cancel: 'all' });
		await eventually(() => flow.simulator.count('cancel')).toBe(1);
		release();
		await flow.ended(3);
		expect(flow.caught).toMatchObject([{ error: { code: 'run_canceled' } }]);
		const { finishedAt = 0 } = [...flow.simulator.jobs.values()][1] ?? {};
		const lateMs = Number((await jobs())[0]?.endedAt) - finishedAt;
		expect(lateMs).toBeLessThan(3_000);
	});

	it('reaches what an earlier instance of the node started', async () => {
		const { flow, release } = await running('a');
		await flow.redeploy('nodes', { name: 'changed' });
		flow.receive({ cancel: 'all' });
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'run_canceled' } }]);
		release();
	});

	it('that means nothing is an error, and starts no run', async () => {
		const { flow, release } = await running('a');
		flow.receive({ cancel: 'toString' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(states(flow)).toEqual(['in_progress']);
		release();
	});

	it.each([false, null, ''])('%j is no cancel', async (cancel) => {
		const { flow, release } = await running('');
		flow.receive({ cancel, deploymentId: flow.simulator.deploymentIds.textToImage });
		release();
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
	});
});

describe('a cancel node', () => {
	const nodes = [{ id: 'c', type: 'runcomfy-cancel', config: 'cfg', wires: [['sent']] }];

	it('is shown by the run node at once, whenever the request ends', async () => {
		const { flow, release } = await running('a', { nodes });
		const [requestId] = ids(flow);
		const deploymentId = flow.simulator.deploymentIds.textToImage;
		flow.simulator.inject({ name: 'cancel_slow', ms: 9_000 });
		// The next look fails, and is not repeated while the clock is held.
		flow.simulator.inject({ name: 'server_error', on: 'status' });
		flow.receive({ requestId, deploymentId }, 'c');
		await eventually(() => flow.shown.at(-1)).toMatchObject({
			fill: 'grey',
			shape: 'ring',
			state: 'cancellation_requested',
			requestId,
		});
		expect(flow.caught).toEqual([]);
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ requestId, error: { code: 'run_canceled' } }]);
	});

	it('ends the run of a request at once, which the run node would look at only later', async () => {
		const { flow, release } = await running('ab', { nodes });
		const [requestId] = ids(flow);
		flow.receive({ requestId, deploymentId: flow.simulator.deploymentIds.textToImage }, 'c');
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ requestId, error: { cause: { details: { cancel: 'cancellation_requested' } } } },
		]);
		expect(flow.sent).toMatchObject([{ requestId, status: 'cancellation_requested' }]);
		expect(flow.simulator.count('cancel')).toBe(1);
		expect(states(flow)).toEqual(['canceled', 'in_progress']);
		release();
	});
});
