// A failed item costs no other item its run: the node submits nothing more, waits for what is open, and names it all.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { paymentRequired, rateLimited } from '../../support/answers.mts';
import { useSmallN8n } from '../support/parked.mts';
import {
	byId,
	codeOf,
	type DeploymentName,
	idsOf,
	type Json,
	namedIn,
	nodeTypeOf,
	RETRY,
	useRig,
	workflowOf,
} from '../support/rig.mts';

/** n8n's *If*, with a condition that counts the rounds of a loop. */
const ifAgain = nodeTypeOf('if', {
	description: { outputs: ['main', 'main'] },
	async execute() {
		const { $runIndex } = this.getWorkflowDataProxy(0);
		return $runIndex < 2 ? [this.getInputData(), []] : [[], this.getInputData()];
	},
});

const rig = useRig({ fast: true, nodeTypes: { 'test.if': ifAgain } });
const n8n = useSmallN8n(rig);

const RUN_MS = 60_000;

beforeEach(() => rig.simulator.update({ latencyMs: RUN_MS }));

/** Names the item; invalid for the item that a variable of n8n names. */
const OVERRIDES =
	'={{ $vars.wrong === `item ${$json.n}` ? "{" : JSON.stringify({ 6: { inputs: { text: `item ${$json.n}` } } }) }}';

function start(count: number, options: Json = {}, settings: Json = {}) {
	const parameters = rig.toRun({ overrides: OVERRIDES, options });
	const inputs = Array.from({ length: count }, (_item, n) => ({ n }));
	return n8n.start(workflowOf({ parameters, settings }), { inputs });
}

/** How many requests each of these items has paid for. */
function paidPerItem(count: number): number[] {
	const texts = rig.paid().map((id) => JSON.stringify(rig.simulator.jobs.get(id)!.overrides));
	return Array.from(
		{ length: count },
		(_item, n) => texts.filter((text) => text.includes(`"item ${n}"`)).length,
	);
}

/** One request each, and this many of one item. */
const onceBut = (count: number, item: number, times: number) =>
	Array.from({ length: count }, (_item, n) => (n === item ? times : 1));

describe.each(['auto', 'poll'])('one of several items fails (Wait Mode: %s)', (waitMode) => {
	it.each<[string, number, () => void, string, number]>([
		[
			'of three',
			3,
			() => {
				rig.simulator.inject({ name: 'run_failed', after: 1, times: 1 });
				rig.simulator.inject({ name: 'run_time', ms: 1_000, after: 1, times: 1 });
			},
			'run_failed',
			2,
		],
		[
			'of ten on one machine',
			10,
			() => {
				rig.simulator.update({ latencyMs: 5_000, maxInstances: 1 });
				rig.simulator.inject({ name: 'run_failed', after: 3, times: 1 });
			},
			'run_failed',
			2,
		],
		[
			'of ten, whose submit is refused for lack of money',
			10,
			() => rig.simulator.inject(paymentRequired({ on: 'submit', after: 9, times: 1 })),
			'insufficient_funds',
			1,
		],
		[
			'of three, whose submit gets no answer',
			3,
			() => rig.simulator.inject({ name: 'reset_after_accept', after: 1, times: 1 }),
			'submit_unconfirmed',
			2,
		],
	])(
		'%s: the others are waited for, and Executions > Retry pays for that one only (P27)',
		async (_which, count, arrange, code, times) => {
			arrange();
			const { id, until } = start(count, { waitMode });
			const failed = await until();
			expect(codeOf(failed)).toBe(code);
			expect(rig.countOf('cancel')).toBe(0);
			const item = failed.error!.context!.itemIndex!;
			const succeeded = namedIn(failed).filter(({ status }) => status === 'succeeded');
			expect(succeeded).toHaveLength(count - 1);
			expect(succeeded.map((one) => one.item)).not.toContain(item);

			const ids = idsOf(await n8n.retry(id).until());
			expect(ids).toHaveLength(count);
			expect(ids).toEqual(expect.arrayContaining(succeeded.map(({ request_id }) => request_id)));
			expect(paidPerItem(count)).toEqual(onceBut(count, item, times));
		},
	);
});

describe('with Retry On Fail', () => {
	it('no try pays for the failed run again, or for any other (P27)', async () => {
		rig.simulator.inject({ name: 'run_failed', after: 1, times: 1 });
		const { id, until } = start(3, {}, RETRY);
		expect(codeOf(await until())).toBe('run_failed');
		expect([paidPerItem(3), rig.countOf('cancel')]).toEqual([[1, 1, 1], 0]);
		idsOf(await n8n.retry(id).until());
		expect(paidPerItem(3)).toEqual([1, 2, 1]);
	});

	it('a refused item is submitted by the next try, once the others have ended (P28)', async () => {
		rig.simulator.inject(paymentRequired({ on: 'submit', after: 1, times: 1 }));
		idsOf(await start(3, { concurrency: 2 }, RETRY).until());
		expect([paidPerItem(3), rig.countOf('cancel')]).toEqual([[1, 1, 1], 0]);
	});
});

it('Executions > Retry that refuses an item submits nothing, and waits for what goes on (P28)', async () => {
	rig.simulator.inject({ name: 'run_canceled', after: 1, times: 1 });
	const { id, until } = start(3, { timeout: 20, concurrency: 2 });
	expect(codeOf(await until())).toBe('timed_out');
	void rig.clock.elapse(RUN_MS);
	n8n.variables = { wrong: 'item 2' };
	const refused = n8n.retry(id);
	const failed = await refused.until();
	expect(codeOf(failed)).toBe('invalid_input');
	expect(namedIn(failed)).toMatchObject([{ item: 0, status: 'succeeded' }]);
	expect(paidPerItem(3)).toEqual([1, 1, 0]);
	n8n.variables = {};
	rig.simulator.update({ latencyMs: 100 });
	idsOf(await n8n.retry(refused.id).until());
	expect(paidPerItem(3)).toEqual([1, 2, 1]);
});

const perItem = (options: Json = {}, more: Json = {}) =>
	rig.toRun({ deploymentId: byId('={{ $json.deployment }}'), ...more, options });

const inputsOf = (...names: DeploymentName[]) =>
	names.map((name) => ({ deployment: rig.simulator.deploymentIds[name] }));

/** Submits one after another; the last one is refused. */
function submitMany(count: number) {
	const names = Array.from({ length: count }, () => 'textToImage' as const);
	const parameters = perItem({ concurrency: 1 }, { operation: 'submit' });
	return rig.runNode(parameters, inputsOf(...names, 'disabled'));
}

describe('after a failure', () => {
	it('nothing more is begun, what is open is waited for, and the error names each item (P22)', async () => {
		const { video } = rig.simulator.deploymentIds;
		rig.simulator.update({ latencyMs: 100 });
		rig.simulator.inject({ name: 'run_time', ms: RUN_MS, deployment_id: video });
		const inputs = inputsOf('video', 'textToImage', 'disabled', 'textToImage');
		const outcome = await rig.runNode(perItem({ concurrency: 2 }), inputs);
		const [slow, quick, ...more] = rig.paid();
		expect(more).toEqual([]);
		expect(codeOf(outcome)).toBe('deployment_disabled');
		expect(outcome.error?.context?.itemIndex).toBe(2);
		expect(rig.countOf('cancel')).toBe(0);
		expect(outcome.error?.description?.split('<br>').slice(1)).toEqual([
			'Requests of this run:',
			`- ${slow} of deployment ${video} [item 0] succeeded`,
			`- ${quick} of deployment ${rig.simulator.deploymentIds.textToImage} [item 1] succeeded`,
			expect.stringMatching(/not paid for again: Executions > Retry/),
			expect.stringContaining('On Error'),
			'Items without a request: 2, 3.',
		]);
	});

	it('an item whose submit RunComfy has refused for now is not submitted any more (P22)', async () => {
		rig.simulator.inject({ name: 'run_failed', times: 1 });
		rig.simulator.inject({ name: 'run_time', ms: 5_000, times: 1 });
		rig.simulator.inject(rateLimited({ retryAfter: 40, on: 'submit', after: 1, times: 1 }));
		const outcome = await start(2, { waitMode: 'poll' }).until();
		expect([codeOf(outcome), rig.countOf('submit')]).toEqual(['run_failed', 2]);
	});

	it('Submit leaves alone what it has submitted', async () => {
		const outcome = await submitMany(2);
		expect(codeOf(outcome)).toBe('deployment_disabled');
		expect([rig.paid().length, rig.countOf('cancel')]).toEqual([2, 0]);
	});

	it('some of many requests are named in words, and all of them in the data', async () => {
		const outcome = await submitMany(25);
		expect(namedIn(outcome)).toHaveLength(25);
		expect(outcome.error?.description).toMatch(
			/\[item 19\] \(last seen in the queue\)<br>- and 5 more<br>/,
		);
	});
});

/** The node, whose error output leads through *If* back to it. */
function loopOnErrors() {
	const overrides =
		'={{ JSON.stringify({ 6: { inputs: { text: `item ${$("Start").item.json.n}` } } }) }}';
	const settings = { onError: 'continueErrorOutput' };
	const json = workflowOf({ parameters: rig.toRun({ overrides }), settings });
	const node = { ...json.nodes[0]!, id: 'again', name: 'Again?', type: 'test.if' };
	const to = (name: string) => [{ node: name, type: 'main', index: 0 }];
	return {
		...json,
		nodes: [...json.nodes, node],
		connections: {
			...json.connections,
			'Step 1': { main: [[], to('Again?')] },
			'Again?': { main: [to('Step 1'), []] },
		},
	};
}

it.each([
	[1, [1, 2, 1]],
	[9, [3, 3, 3]],
])(
	'a loop from the error output through If back to the node pays again for failed items only, as often as it allows: %i failures',
	async (times, paid) => {
		rig.simulator.update({ latencyMs: 100 });
		rig.simulator.inject({ name: 'run_failed', after: times === 1 ? 1 : 0, times });
		const file = { data: 'UE5H', mimeType: 'image/png', fileName: 'a.png' };
		const items = [0, 1, 2].map((n) => ({ json: { n }, binary: { data: file } }));
		const outcome = await rig.engine.run(loopOnErrors(), { items }).outcome;
		expect([outcome.status, paidPerItem(3)]).toEqual(['success', paid]);
		const failed = outcome.runData['Step 1']![0]!.data!['main']![1]!;
		for (const { binary } of failed) expect(binary).toEqual({ data: file });
	},
);

it('an item whose submit is unclear, beside one that fails first, is named, with what to do before the node is run again (P33)', async () => {
	const { video } = rig.simulator.deploymentIds;
	rig.simulator.inject({ name: 'reset_after_accept', deployment_id: video });
	const outcome = await rig.runNode(perItem({ concurrency: 2 }), inputsOf('disabled', 'video'));
	expect(namedIn(outcome)).toEqual([{ item: 1, deployment_id: video, status: 'unconfirmed' }]);
	expect(outcome.error?.description).toMatch(
		new RegExp(
			`<br>- a submit of deployment ${video} \\[item 1\\] .*before you run their items again`,
		),
	);
	expect(rig.paid()).toHaveLength(1);
});
