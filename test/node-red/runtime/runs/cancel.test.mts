// Canceling runs with a cancel node on any tab, and the reports of such cancels.
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import { serverError } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import {
	type FlowOptions,
	running as runsOf,
	type TestFlow,
	turns,
	useFlows,
} from '../../support/rig.mts';

const start = useFlows();
const HOUR = { latencyMs: 3_600_000 };

/** Messages by topic: capital topics go to a run node on another tab. All are at RunComfy, and time stands still. */
async function running(
	topics: string,
	cancel: object = {},
	{ fields = {}, ...options }: FlowOptions & { fields?: Record<string, unknown> } = {},
) {
	const far = { type: 'runcomfy-run', z: 't2', config: 'cfg' };
	const nodes = [
		{ id: 't2', type: 'tab', label: 'other', z: undefined, x: undefined },
		{ id: 'm', ...far, wires: [['sent']] },
		{ id: 'c', type: 'runcomfy-cancel', config: 'cfg', wires: [['progress']], ...cancel },
	];
	const flow = await start('runcomfy-run', fields, { simulator: HOUR, nodes, ...options });
	const release = await runsOf(flow, topics.length, (at) => {
		const topic = topics.charAt(at);
		flow.ask({ topic }, topic === topic.toLowerCase() ? 'n' : 'm');
	});
	return { flow, release };
}

const ids = ({ simulator }: TestFlow) => [...simulator.jobs.keys()];

/** Waits for the message of the cancel node. */
async function answer({ progress }: TestFlow): Promise<NodeMessage> {
	await eventually(() => progress.length).toBe(1);
	return progress[0] as NodeMessage;
}

describe('a cancel node', () => {
	it.each([
		['topic', { topic: 'b' }, 'b'],
		['topic', { topic: 'x' }, ''],
		['all', {}, 'abC'],
	])('for %s %j (P52)', async (target, msg, reached) => {
		const { flow, release } = await running('abC', { target });
		// Runs of an earlier instance are canceled, too.
		await flow.redeploy('nodes', { name: 'changed' });
		flow.receive(msg, 'c');
		const { payload, status } = await answer(flow);
		const jobs = [...flow.simulator.jobs.values()];
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
		expect(status).toBe(reached === '' ? 'not_cancellable' : 'cancellation_requested');
		await turns(20);
		// The Catch node of the first tab catches only errors of its own tab.
		const here = [...reached].filter((topic) => topic !== 'C');
		expect(flow.caught.map(({ topic }) => topic).sort()).toEqual(here);
		expect(flow.states().filter((state) => state === 'canceled')).toHaveLength(reached.length);
		release();
		await eventually(() => flow.sent.length).toBe(3 - reached.length);
		expect(flow.simulator.count('submit')).toBe(3);
	});

	it('ends a message at once whose inputs are still being checked', async () => {
		const flow = await start('runcomfy-run', { checkInputs: true });
		flow.simulator.inject({ name: 'stall', on: 'deployments', times: Infinity });
		flow.time.hold();
		flow.ask({ topic: 'a' });
		await eventually(() => flow.simulator.requests.length).toBe(1);
		flow.cancel();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'run_canceled' } }]);
		expect(flow.simulator.count('submit')).toBe(0);
	});

	it('leaves alone a message that comes after it, however many are being read', async () => {
		const { flow } = await running('a');
		for (let more = 0; more < 20; more += 1) flow.ask({ topic: 'b' });
		flow.cancel({ topic: 'a' });
		flow.ask({ topic: 'a', later: true });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'run_canceled' } }]);
		expect(flow.caught[0]).not.toHaveProperty('later');
	});

	it('tells of a run that was faster, one that failed, and one that had not been submitted', async () => {
		const { flow, release } = await running('a', { target: 'all' }, { config: { concurrency: 1 } });
		flow.ask({ topic: 'w' });
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
		expect(flow.sent).toMatchObject([{ topic: 'a', status: 'succeeded' }]);
		expect(flow.caught).toMatchObject([{ topic: 'w', error: { code: 'run_canceled' } }]);
		expect(flow.caught[0]).not.toHaveProperty('requestId');
		expect(flow.simulator.count('submit')).toBe(1);
		// It does not count towards the limit for later messages.
		flow.ask({ topic: 'later' });
		release();
		await flow.ended(3);
		expect(flow.sent.map(({ topic }) => topic)).toEqual(['a', 'later']);
	});

	it('leaves alone a run whose request has ended and whose files are being fetched', async () => {
		const { flow, release } = await running(
			'',
			{ target: 'all' },
			{ fields: { output: 'buffer' } },
		);
		flow.simulator.inject({ name: 'stall', on: 'storage' });
		flow.ask({ topic: 'a' });
		release();
		const fetched = () => flow.simulator.requests.some(({ route }) => route === 'storage');
		await eventually(fetched).toBe(true);
		flow.receive({}, 'c');
		expect((await answer(flow)).payload).toEqual([]);
	});

	it.each([
		[{ target: 'topic' }, /no topic/],
		[{ target: 'toString' }, /Unknown cancel target/],
	])('with %j cancels nothing', async (fields, message) => {
		const { flow } = await running('a', fields);
		flow.receive({}, 'c');
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(flow.caught[0]?.error.message).toMatch(message);
		expect(flow.states()).toEqual(['in_progress']);
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
		const { flow } = await running('ab', { target: 'all' });
		flow.simulator.inject({ name: 'cancel_refused' });
		flow.receive({}, 'c');
		const { payload, status } = await answer(flow);
		expect((payload as Array<{ outcome: string }>).map(({ outcome }) => outcome).sort()).toEqual([
			'canceled',
			'runs_on',
		]);
		expect(status).toBe('cancellation_requested');
	});

	it('is shown by the run node at once, whenever the request ends', async () => {
		const { flow, release } = await running('a');
		const [requestId] = ids(flow);
		flow.simulator.inject({ name: 'cancel_slow', ms: 9_000 });
		// The next status call fails, and is not repeated while the clock is held.
		flow.simulator.inject(serverError({ on: 'status' }));
		flow.ask({ requestId }, 'c');
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
		const { flow } = await running('ab');
		const [requestId] = ids(flow);
		flow.ask({ requestId }, 'c');
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ requestId, error: { cause: { details: { cancel: 'cancellation_requested' } } } },
		]);
		expect(await answer(flow)).toMatchObject({ requestId, status: 'cancellation_requested' });
		expect(flow.simulator.count('cancel')).toBe(1);
		expect(flow.states()).toEqual(['canceled', 'in_progress']);
		flow.ask({ requestId }, 'c');
		await eventually(() => flow.progress[1]).toMatchObject({
			requestId,
			status: 'not_cancellable',
		});
	});
});
