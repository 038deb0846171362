// Which runs a cancel, a message or an answer of RunComfy reaches.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { NodeMessageInFlow } from 'node-red';
import type * as JobsModule from '../../../../node-red/runtime/node/jobs.cts';
import type * as CancelsModule from '../../../../node-red/runtime/runs/cancels.cts';
import type * as RunsModule from '../../../../node-red/runtime/runs/runs.cts';
import type { RunState } from '../../../../node-red/runtime/runs/state.cts';
import { dist } from '../../support/dist.mts';

const { asksForCancel, cancelRuns, noteCancel, supersede } = dist<typeof CancelsModule>(
	'node-red/runtime/runs/cancels.cjs',
);
const { runs } = dist<typeof RunsModule>('node-red/runtime/runs/runs.cjs');
const { createJob } = dist<typeof JobsModule>('node-red/runtime/node/jobs.cjs');

const ref = (requestId: string) => ({ deploymentId: 'd', requestId });
const message = (more: object) => ({ _msgid: 'm', ...more }) as NodeMessageInFlow;

let happened: string[] = [];

/** A run that notes what it is told. */
function addRun(name: string, state: RunState, more: { nodeId?: string; topic?: unknown } = {}) {
	const { nodeId = 'n', topic } = more;
	const run = {
		...{ id: name, state, topic },
		job: createJob(nodeId, () => new Promise(() => undefined)),
		apply: (event: object) => happened.push(`${name} ${JSON.stringify(event)}`),
		cancel: (by: string) => happened.push(`${name} canceled by ${by}`),
	} as unknown as RunsModule.Run;
	runs.add(run);
}

afterEach(() => {
	for (const run of runs.all()) runs.drop(run);
	happened = [];
});

/** Runs of every kind, two nodes and three topics. */
function addAll() {
	addRun('waits', { step: 'waiting' });
	addRun('cat', { step: 'accepted', ref: ref('r1') }, { topic: 'cat' });
	addRun('other node', { step: 'accepted', ref: ref('r2') }, { nodeId: 'o', topic: 'cat' });
	addRun('empty', { step: 'submitting' }, { topic: '' });
	addRun('newer', { step: 'accepted', ref: ref('r3'), canceledBy: 'newer' }, { topic: 'cat' });
	addRun('ended', { step: 'ended', ref: ref('r4') }, { topic: 'cat' });
	addRun('left', { step: 'accepted', ref: ref('r5'), closed: 'leave' }, { topic: 'cat' });
}

const canceled = () => happened.map((line) => line.replace(/ canceled by flow$/, ''));

describe('a message with msg.cancel', () => {
	it.each<[object, string[]]>([
		[{ cancel: true }, ['waits', 'cat', 'empty', 'newer']],
		[{ cancel: 'true' }, ['waits', 'cat', 'empty', 'newer']],
		[{ cancel: 'all', requestId: 'r1' }, ['waits', 'cat', 'empty', 'newer']],
		[{ cancel: true, requestId: 'r1' }, ['cat']],
		[{ cancel: true, requestId: 'r2' }, []],
		[{ cancel: 'topic', topic: 'cat' }, ['cat', 'newer']],
		[{ cancel: 'topic', topic: 'dog' }, []],
	])('%j cancels of its node %j', (msg, names) => {
		addAll();
		cancelRuns('n', message(msg));
		expect(canceled()).toEqual(names);
	});

	it.each<[object, RegExp]>([
		[{ cancel: 'every' }, /msg.cancel is none of/],
		[{ cancel: 'topic' }, /no topic/],
		[{ cancel: 'topic', topic: '' }, /no topic/],
	])('%j is refused', (msg, about) => {
		addAll();
		expect(() => cancelRuns('n', message(msg))).toThrow(about);
		expect(() => cancelRuns('n', message(msg))).toThrow(
			expect.objectContaining({ code: 'invalid_input' }) as never,
		);
		expect(happened).toEqual([]);
	});

	it.each<[unknown, boolean]>([
		[undefined, false],
		[null, false],
		[false, false],
		['', false],
		[true, true],
		['topic', true],
		[0, true],
	])('%j: whether it wants runs canceled', (cancel, wants) => {
		expect(asksForCancel(message({ cancel }))).toBe(wants);
	});
});

describe('a cancel that RunComfy has answered', () => {
	it('is told to the run of that request, whichever node has it', () => {
		addAll();
		noteCancel({ request_id: 'r2', status: 'cancellation_requested' } as never);
		expect(happened).toEqual([
			'other node {"is":"cancelAnswered","verdict":"cancellation_requested"}',
			'other node canceled by flow',
		]);
	});

	it.each(['r4', 'r5', 'r9'])('is nothing to a run that has ended or is left: %s', (requestId) => {
		addAll();
		noteCancel({ request_id: requestId, status: 'not_cancellable' } as never);
		expect(happened).toEqual([]);
	});
});

describe('a newer message', () => {
	it('takes the place of those of its node and topic, once', () => {
		addAll();
		supersede('n', message({ topic: 'cat' }));
		expect(happened).toEqual(['cat canceled by newer']);
	});

	it.each([{}, { topic: '' }])('without a topic takes the place of none: %j', (msg) => {
		addAll();
		supersede('n', message(msg));
		expect(happened).toEqual([]);
	});
});
