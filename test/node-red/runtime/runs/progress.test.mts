// The second output of the run node, with messages of progress.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Node, NodeMessage } from 'node-red';
import type { GoingState } from '../../../../node-red/contract/states.cts';
import type * as StatusModule from '../../../../node-red/runtime/node/status.cts';
import type { Shown } from '../../../../node-red/runtime/node/status.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { turns, useFlows } from '../../support/rig.mts';

const { createProgressFeed } = dist<typeof StatusModule>('node-red/runtime/node/status.cjs');

describe('messages about a run', () => {
	beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
	afterEach(() => void jest.useRealTimers());

	/** A run that shows what it is given, and a node with a second output. */
	function createFeed(more: object = {}) {
		const messages: NodeMessage[] = [];
		const send = ([, message]: NodeMessage[]) => messages.push(message as NodeMessage);
		const instance = { send } as unknown as Node;
		const place = { instance: instance as Node | undefined };
		const _ = (key: string, values: object = {}) =>
			[key.replace('runcomfy.status.', ''), ...Object.values(values)].join(' ');
		const run = {
			msg: { _msgid: 'm' } as never,
			topic: 't' as unknown,
			...more,
			record: { requestId: 'r', deploymentId: 'd' },
			shown: { state: 'reading' } as Shown,
		};
		const feed = createProgressFeed({ _ } as never, run, () => place.instance);
		const show = (state: GoingState, detail: Omit<Shown, 'state'> = {}) => {
			run.shown = { state, ...detail };
			feed.update();
		};
		return { messages, instance, place, feed: { show, close: () => feed.close() } };
	}
	const payloads = (messages: NodeMessage[]) => messages.map(({ payload }) => payload);

	it('are small, and say whose they are', () => {
		const { feed, messages } = createFeed();
		feed.show('in_queue', { queuePosition: 2 });
		expect(messages).toEqual([
			{
				_msgid: 'm',
				topic: 't',
				requestId: 'r',
				deploymentId: 'd',
				status: 'in_queue',
				payload: { state: 'in_queue', text: 'inQueueAt 2', queue_position: 2 },
			},
		]);
	});

	it.each([[{ a: 1 }], [undefined]])('carry no topic %j', (topic) => {
		const { feed, messages } = createFeed({ topic });
		feed.show('waiting');
		expect(messages).toHaveLength(1);
		expect(messages[0]).not.toHaveProperty('topic');
	});

	it('come on change only, at most two a second', () => {
		const { feed, messages } = createFeed();
		const runningSince = Date.now();
		const moments: number[] = [];
		for (let ms = 0; ms < 30_000; ms += 50) {
			const before = messages.length;
			feed.show('in_progress', { runningSince, estimatedMs: 12_000 });
			jest.advanceTimersByTime(50);
			if (messages.length > before) moments.push(ms);
		}
		expect(payloads(messages)).toEqual(
			[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30].map((seconds) => ({
				state: 'in_progress',
				elapsed_seconds: seconds,
				estimated_seconds: 10,
				text: `runningOf seconds ${seconds} seconds 10`,
				percent: Math.min(99, seconds * 10),
			})),
		);
		const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? 0));
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
	});

	it('have no percent where it is not known how long such runs take, or nothing runs', () => {
		const { feed, messages } = createFeed();
		const runningSince = Date.now();
		feed.show('in_progress', { runningSince });
		jest.advanceTimersByTime(500);
		feed.show('fetching', { runningSince, estimatedMs: 1_000 });
		jest.advanceTimersByTime(500);
		expect(payloads(messages)).toEqual([
			{ state: 'in_progress', text: 'runningFor seconds 0', elapsed_seconds: 0 },
			{ state: 'fetching', text: 'fetching' },
		]);
	});

	it('tell of a cancel that RunComfy has accepted, and no longer of how far the run is', () => {
		const { feed, messages } = createFeed();
		feed.show('in_progress', { runningSince: Date.now(), cancel: 'accepted' });
		jest.advanceTimersByTime(10_000);
		expect(messages).toMatchObject([{ status: 'cancellation_requested' }]);
		expect(payloads(messages)).toEqual([
			{ state: 'cancellation_requested', text: 'cancellation_requested' },
		]);
	});

	it('end with the run', () => {
		const { feed, messages } = createFeed();
		feed.show('waiting');
		feed.close();
		feed.show('in_progress', { runningSince: Date.now() });
		expect(jest.getTimerCount()).toBe(0);
		expect(payloads(messages)).toEqual([{ state: 'waiting', text: 'waiting' }]);
	});

	it('come from the instance that is there, and are not repeated by the next one', () => {
		const { feed, messages, instance, place } = createFeed();
		feed.show('waiting');
		place.instance = undefined;
		jest.advanceTimersByTime(500);
		feed.show('submitting');
		place.instance = instance;
		feed.show('waiting');
		feed.show('fetching');
		jest.advanceTimersByTime(10_000);
		expect(payloads(messages)).toEqual([
			{ state: 'waiting', text: 'waiting' },
			{ state: 'fetching', text: 'fetching' },
		]);
	});
});

describe('a run node', () => {
	const start = useFlows();
	const fields = { progress: true, outputs: 2, wires: [['sent'], ['progress']] };

	async function running(more: object) {
		const simulator = { latencyMs: 600_000 };
		const flow = await start('runcomfy-run', { ...fields, ...more }, { simulator });
		const release = flow.time.hold();
		flow.receive({ topic: 't', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.time.sleeping()).toBe(1);
		return { flow, release };
	}

	it('with a second output sends them there, and the result to the first', async () => {
		const { flow, release } = await running({});
		release();
		await flow.ended();
		// How many more messages come depends on how long this takes.
		const [first] = flow.progress;
		expect(first).toMatchObject({ topic: 't', payload: { state: 'submitting' } });
		expect(flow.sent).toMatchObject([{ status: 'succeeded', _msgid: first?._msgid }]);
		expect(flow.progress).not.toContain(flow.sent[0]);
	});

	it('sends none unless that is chosen', async () => {
		const { flow, release } = await running({ progress: undefined });
		release();
		await flow.ended();
		expect([flow.progress.length, flow.sent.length]).toEqual([0, 1]);
	});

	it('sends none once it has closed', async () => {
		const { flow, release } = await running({ onRedeploy: 'cancel' });
		await flow.redeploy('nodes', { name: 'changed' });
		const count = flow.progress.length;
		expect(count).toBeGreaterThan(0);
		release();
		await turns(50);
		expect(flow.progress).toHaveLength(count);
	});
});
