// What a cancel node reports of the runs that it has reached, without a flow.
import { afterEach, describe, expect, it } from '@jest/globals';
import type * as Core from '../../../../core/index.ts';
import type * as JobsModule from '../../../../node-red/runtime/node/jobs.cts';
import type * as ReportModule from '../../../../node-red/runtime/runs/cancelReport.cts';
import type * as RunsModule from '../../../../node-red/runtime/runs/runs.cts';
import type { RunState } from '../../../../node-red/runtime/runs/state.cts';
import { dist } from '../../support/dist.mts';

const { RunComfyError } = dist<typeof Core>('core/index.js');
const { cancelAndReport } = dist<typeof ReportModule>('node-red/runtime/runs/cancelReport.cjs');
const { runs } = dist<typeof RunsModule>('node-red/runtime/runs/runs.cjs');
const { createJob } = dist<typeof JobsModule>('node-red/runtime/node/jobs.cjs');

const REF = { deploymentId: 'd', requestId: 'r' };

afterEach(() => {
	for (const run of runs.all()) runs.drop(run);
});

interface Fate {
	nodeId?: string;
	topic?: unknown;
	before?: RunState;
	/** Where it stands once it was canceled; it goes on without. */
	after?: RunState;
	error?: Error;
}

const canceled: string[] = [];

/** A run that ends as it is told when it is canceled. */
function addRun(name: string, { nodeId = 'n', topic, before, after, error }: Fate = {}) {
	let settle: () => void = () => undefined;
	const job = createJob(nodeId, async () => {
		await new Promise<void>((resolve) => (settle = resolve));
		if (error) throw error;
	});
	job.result.catch(() => undefined);
	const run = {
		...{ id: name, topic, job, state: before ?? { step: 'accepted', ref: REF } },
		cancel(by: string) {
			canceled.push(`${name} by ${by}`);
			if (!after) return;
			run.state = after;
			settle();
		},
	};
	runs.add(run as never);
}

/** A cancel node's work; its patience ends when the test says so. */
function createAction({ msg = {}, runNode, nodes = [] }: Situation = {}) {
	const slept: Array<{ ms: number; signal: AbortSignal; end: () => void }> = [];
	const closing = new AbortController();
	const action = {
		msg: { _msgid: 'm', ...msg },
		signal: closing.signal,
		inputs: {
			value: async (name: string) => (name === 'runNode' ? runNode : undefined),
			source: () => 'the field',
		},
		RED: {
			nodes: {
				eachNode: (each: (node: object) => void) => nodes.forEach((node) => each(node)),
				getNode: (id: string) => nodes.find((node) => node.id === id) ?? null,
			},
		},
		connection: {
			client: {
				host: {
					sleep: (ms: number, signal: AbortSignal) =>
						new Promise<void>((end) => void slept.push({ ms, signal, end })),
				},
			},
		},
	};
	return { action: action as never, slept, closing };
}

interface Situation {
	msg?: object;
	runNode?: string;
	nodes?: Array<{ id: string; type: string; name?: string; _alias?: string }>;
}

const ended: RunState = { step: 'ended', ref: REF };
const wasCanceled = new RunComfyError('run_canceled', 'x');

describe('the report of a cancel', () => {
	const { cancelVerdict } = { cancelVerdict: 'cancellation_requested' as const };
	it.each<[string, Fate, object]>([
		[
			'was canceled',
			{ topic: 'cat', after: { ...ended, cancelVerdict }, error: wasCanceled },
			{
				topic: 'cat',
				request_id: 'r',
				deployment_id: 'd',
				cancel: cancelVerdict,
				outcome: 'canceled',
			},
		],
		[
			'had not been submitted',
			{ before: { step: 'waiting' }, after: { step: 'ended' }, error: wasCanceled },
			{ outcome: 'not_submitted' },
		],
		[
			'had ended',
			{ after: { ...ended, cancelVerdict: 'not_cancellable' } },
			{ request_id: 'r', deployment_id: 'd', cancel: 'not_cancellable', outcome: 'finished' },
		],
		[
			'had failed',
			{ topic: { a: 1 }, after: ended, error: new RunComfyError('run_failed', 'x') },
			{ request_id: 'r', deployment_id: 'd', outcome: 'failed', code: 'run_failed' },
		],
		[
			'nobody can tell of',
			{ after: ended, error: new RunComfyError('aborted', 'x') },
			{ request_id: 'r', deployment_id: 'd', outcome: 'unknown', code: 'aborted' },
		],
	])('says what became of one that %s', async (_what, fate, report) => {
		addRun('a', fate);
		const { action, slept } = createAction();
		expect(await cancelAndReport(action, 'all')).toStrictEqual([{ node_id: 'n', ...report }]);
		expect(slept).toMatchObject([{ ms: 90_000, signal: { aborted: true } }]);
	});

	it('comes after a minute and a half, where one has not ended', async () => {
		addRun('a', { after: ended });
		addRun('b');
		const { action, slept } = createAction();
		const reporting = cancelAndReport(action, 'all');
		await new Promise(setImmediate);
		expect(slept[0]?.signal.aborted).toBe(false);
		slept[0]?.end();
		expect((await reporting).map(({ outcome }) => outcome)).toEqual(['finished', 'unknown']);
	});

	it('ends its patience when its own node closes', async () => {
		addRun('a');
		const { action, slept, closing } = createAction();
		void cancelAndReport(action, 'all');
		await new Promise(setImmediate);
		closing.abort();
		expect(slept[0]?.signal.aborted).toBe(true);
		slept[0]?.end();
	});
});

describe('the runs that a cancel reaches', () => {
	const NODES = [
		{ id: 'n', type: 'runcomfy-run', name: 'Portrait' },
		{ id: 'o', type: 'runcomfy-run', name: 'Other' },
		{ id: 's', type: 'runcomfy-submit', name: 'Portrait' },
		{ id: 'i', type: 'runcomfy-run', name: 'Instance', _alias: 't' },
		{ id: 't', type: 'runcomfy-run', name: 'In a subflow' },
		{ id: 'u', type: 'runcomfy-run' },
	];

	async function reached(target: ReportModule.Target, situation: Situation) {
		for (const nodeId of ['n', 'o', 's', 'i', 'gone']) {
			addRun(nodeId, { nodeId, topic: nodeId === 'o' ? 'cat' : undefined, after: ended });
		}
		addRun('over', { before: ended });
		canceled.length = 0;
		const { action } = createAction({ nodes: NODES, ...situation });
		await cancelAndReport(action, target);
		return canceled.map((line) => line.replace(' by flow', ''));
	}

	it.each<[ReportModule.Target, Situation, string[]]>([
		['all', {}, ['n', 'o', 's', 'i', 'gone']],
		['topic', { msg: { topic: 'cat' } }, ['o']],
		['node', { runNode: 'n' }, ['n']],
		['node', { runNode: 'Portrait' }, ['n']],
		['node', { runNode: 't' }, ['i']],
		['node', { runNode: 'In a subflow' }, ['i']],
		['node', { runNode: 'u' }, []],
	])('of %s, %j, are %j', async (target, situation, expected) => {
		expect(await reached(target, situation)).toEqual(expected);
	});

	it.each<[ReportModule.Target, Situation, RegExp]>([
		['topic', {}, /no topic/],
		['node', {}, /No run node is named/],
		['node', { runNode: 'Nobody' }, /no run node with the id or name "Nobody"/],
		['node', { runNode: 's' }, /no run node with the id or name "s"/],
	])('of %s, %j, are none without a word of which', async (target, situation, message) => {
		await expect(reached(target, situation)).rejects.toThrow(message);
		expect(canceled).toEqual([]);
	});
});
