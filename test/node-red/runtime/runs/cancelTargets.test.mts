// Cancel nodes that reach many runs, on any tab, and what they report.
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import { eventually } from '../../../support/expect.mts';
import { type TestFlow, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();
const HOUR = { latencyMs: 3_600_000 };

const OTHER_TAB = { id: 't2', type: 'tab', label: 'other', z: undefined, x: undefined };

/**
 * Messages by topic: topics in capitals go to a run node on another tab. All are at RunComfy, and time stands still.
 */
async function running(
	topics: string,
	cancel: object,
	{ fields, ...options }: Parameters<typeof start>[2] & { fields?: Record<string, unknown> } = {},
) {
	const nodes = [
		OTHER_TAB,
		{
			id: 'm',
			type: 'runcomfy-run',
			z: 't2',
			config: 'cfg',
			onShutdown: 'cancel',
			wires: [['sent']],
		},
		{ id: 'c', type: 'runcomfy-cancel', config: 'cfg', wires: [['progress']], ...cancel },
	];
	const flow = await start('runcomfy-run', fields ?? {}, { simulator: HOUR, nodes, ...options });
	const release = flow.time.hold();
	for (const topic of topics) {
		const msg = { topic, deploymentId: flow.simulator.deploymentIds.textToImage };
		flow.receive(msg, topic === topic.toLowerCase() ? 'n' : 'm');
	}
	await eventually(() => flow.simulator.jobs.size).toBe(topics.length);
	await eventually(() => flow.time.sleeping()).toBe(topics.length);
	return { flow, release };
}

/** Waits for what the cancel node sends. */
async function answer({ progress }: TestFlow): Promise<NodeMessage> {
	await eventually(() => progress.length).toBe(1);
	return progress[0] as NodeMessage;
}

const byTopic = (flow: TestFlow) => [...flow.simulator.jobs.values()];
const states = (flow: TestFlow) => byTopic(flow).map(({ state }) => state);

describe('a cancel node', () => {
	it.each([
		['topic', {}, { topic: 'b' }, 'b'],
		['all', {}, {}, 'abC'],
		['node', { runNode: 'm', runNodeType: 'run' }, {}, 'C'],
		['node', { runNode: 'which', runNodeType: 'msg' }, { which: 'n' }, 'ab'],
	])('for %s %j', async (target, fields, msg, reached) => {
		const { flow, release } = await running('abC', { target, ...fields });
		flow.receive(msg, 'c');
		const { payload, status } = await answer(flow);
		const jobs = byTopic(flow);
		const expected = [...'abC'].flatMap((topic, index) =>
			reached.includes(topic)
				? {
						node_id: topic === 'C' ? 'm' : 'n',
						topic,
						outcome: 'canceled',
						request_id: jobs[index]?.requestId,
						deployment_id: jobs[index]?.deploymentId,
						cancel: 'cancellation_requested',
					}
				: [],
		);
		expect(payload).toEqual(expected);
		expect(status).toBe('cancellation_requested');
		await turns(20);
		// The Catch node of the first tab catches only the errors of its own tab.
		const here = [...reached].filter((topic) => topic !== 'C');
		expect(flow.caught.map(({ topic }) => topic).sort()).toEqual(here);
		expect(states(flow).filter((state) => state === 'canceled')).toHaveLength(reached.length);
		release();
	});

	it('tells of a run that was faster, one that failed, and one that had not been submitted', async () => {
		const { flow, release } = await running('a', { target: 'all' }, { config: { concurrency: 1 } });
		flow.receive({ topic: 'w', deploymentId: flow.simulator.deploymentIds.textToImage });
		await turns(20);
		flow.time.pass(4_000_000);
		await flow.simulator.settle();
		flow.receive({}, 'c');
		const { payload } = await answer(flow);
		expect(payload).toEqual([
			expect.objectContaining({ topic: 'a', cancel: 'not_cancellable', outcome: 'finished' }),
			{ node_id: 'n', topic: 'w', outcome: 'not_submitted' },
		]);
		await flow.ended(2);
		expect([flow.sent.length, flow.simulator.count('submit')]).toEqual([1, 1]);
		release();
	});

	it('leaves alone a run whose request has ended and whose files are being fetched', async () => {
		const { flow, release } = await running(
			'',
			{ target: 'all' },
			{ fields: { output: 'buffer' } },
		);
		flow.simulator.inject({ name: 'stall', on: 'storage' });
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		release();
		const fetched = () => flow.simulator.requests.some(({ route }) => route === 'storage');
		await eventually(fetched).toBe(true);
		flow.receive({}, 'c');
		expect((await answer(flow)).payload).toEqual([]);
	});

	it('that finds nothing to cancel says so', async () => {
		const { flow, release } = await running('a', { target: 'topic' });
		flow.receive({ topic: 'x' }, 'c');
		expect(await answer(flow)).toMatchObject({ payload: [], status: 'not_cancellable' });
		expect(states(flow)).toEqual(['in_progress']);
		release();
	});

	it.each([
		[{ target: 'topic' }, /no topic/],
		[{ target: 'node', runNode: 'nobody', runNodeType: 'str' }, /no run node.*nobody/],
		[{ target: 'node' }, /No run node/],
		[{ target: 'toString' }, /no target/],
	])('with %j cancels nothing', async (fields, message) => {
		const { flow, release } = await running('a', fields);
		flow.receive({}, 'c');
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(flow.caught[0]?.error.message).toMatch(message);
		expect(states(flow)).toEqual(['in_progress']);
		release();
	});

	it('does not wait without end for a run that does not end', async () => {
		const { flow, release } = await running('a', { target: 'all' });
		flow.simulator.inject({ name: 'reset', on: 'cancel', times: Infinity });
		flow.receive({}, 'c');
		await eventually(() => flow.simulator.count('cancel')).toBe(1);
		release();
		const { payload, status } = await answer(flow);
		expect(payload).toMatchObject([{ cancel: 'no answer', outcome: 'unknown' }]);
		expect(status).toBe('unknown');
		await flow.ended(1);
		expect(flow.sent).toMatchObject([{ topic: 'a' }]);
	});

	it('tells which runs were canceled, and which go on', async () => {
		const { flow, release } = await running('ab', { target: 'all' });
		flow.simulator.inject({ name: 'cancel_refused' });
		flow.receive({}, 'c');
		const { payload, status } = await answer(flow);
		expect((payload as Array<{ outcome: string }>).map(({ outcome }) => outcome).sort()).toEqual([
			'canceled',
			'runs_on',
		]);
		expect(status).toBe('cancellation_requested');
		release();
	});
});
