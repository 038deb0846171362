// The first item that fails for good ends the node: nothing more is paid for, and nothing is lost.
import { describe, expect, it } from '@jest/globals';
import { forbidden } from '../../support/answers.mts';
import {
	byId,
	codeOf,
	type DeploymentName,
	itemsOf,
	type Json,
	namedIn,
	useRig,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

const perItem = (options: Json = {}, more: Json = {}) =>
	rig.toRun({ deploymentId: byId('={{ $json.deployment }}'), ...more, options });

const inputsOf = (...names: DeploymentName[]) =>
	names.map((name) => ({ deployment: rig.simulator.deploymentIds[name] }));

/** Two items at a time: a long run, a short one, then one that is refused. */
function mixed(options: Json = {}) {
	const { video } = rig.simulator.deploymentIds;
	rig.simulator.inject({ name: 'run_time', ms: 3_600_000, deployment_id: video });
	const inputs = inputsOf('video', 'textToImage', 'foreign', 'textToImage');
	return rig.runNode(perItem({ concurrency: 2, ...options }), inputs);
}

/** Submits one after another; the last one is refused. */
function submitMany(count: number, options: Json = {}) {
	const names = Array.from({ length: count }, () => 'textToImage' as const);
	const parameters = perItem({ concurrency: 1, ...options }, { operation: 'submit' });
	return rig.runNode(parameters, inputsOf(...names, 'foreign'));
}

describe('an item that fails for good', () => {
	it('cancels what is under way, starts nothing more, and names what was paid for', async () => {
		const outcome = await mixed();
		const [slow, quick, ...more] = rig.paid();
		expect(more).toEqual([]);
		expect(codeOf(outcome)).toBe('forbidden');
		expect(outcome.error?.context?.itemIndex).toBe(2);
		expect(rig.countOf('cancel')).toBe(1);
		expect(rig.stateOf(slow)).toBe('canceled');
		expect(
			namedIn(outcome).map(({ item, request_id, status }) => [item, request_id, status]),
		).toEqual([
			[0, slow, 'cancellation_requested'],
			[1, quick, 'succeeded'],
		]);
		expect(outcome.error?.description?.split('<br>').slice(1)).toEqual([
			'Requests of this run:',
			`- ${slow} [item 0] cancellation_requested`,
			`- ${quick} [item 1] succeeded`,
			expect.stringMatching(/not paid for again: Executions > Retry/),
			expect.stringContaining('On Error'),
		]);

		const fetched = await rig.runNode({
			operation: 'getResult',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			requestId: quick,
		});
		expect(itemsOf(fetched)[0]?.json['status']).toBe('succeeded');
	});

	it('leaves it alone if the user says so, and does not wait for it either', async () => {
		const outcome = await mixed({ cancelOnFailure: false });
		const [slow] = rig.paid();
		expect(rig.countOf('cancel')).toBe(0);
		expect(rig.stateOf(slow)).toBe('in_progress');
		const status = expect.stringMatching(/^in_(queue|progress)$/);
		expect(namedIn(outcome)[0]).toMatchObject({ item: 0, request_id: slow, status });
	});

	it('cancels also a request whose submit is still on its way', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.simulator.inject({ name: 'slow_submit', ms: 600 });
		await rig.runNode(perItem(), inputsOf('textToImage', 'foreign'));
		expect(rig.paid().map((id) => rig.stateOf(id))).toEqual(['canceled']);
		expect(rig.countOf('cancel')).toBe(1);
	});

	it.each([
		['runAndWait', 2],
		['submit', 1],
	])('(%s) says of what had succeeded by then that it did', async (operation, concurrency) => {
		rig.simulator.update({ latencyMs: 0 });
		const parameters = perItem({ concurrency }, { operation });
		const outcome = await rig.runNode(parameters, inputsOf('textToImage', 'foreign'));
		expect(codeOf(outcome)).toBe('forbidden');
		expect(rig.countOf('cancel')).toBe(1);
		expect(namedIn(outcome)).toMatchObject([{ item: 0, status: 'succeeded' }]);
	});

	it('is not held up by a cancel that gets no answer', async () => {
		rig.simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
		expect(namedIn(await mixed())[0]?.status).toBe('unknown');
	});

	it('sends twenty cancels at the same time, and no more once n8n has waited 5 s for them', async () => {
		rig.simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
		expect(codeOf(await submitMany(22))).toBe('forbidden');
		expect([rig.paid().length, rig.countOf('cancel')]).toEqual([22, 20]);
	});

	it('names some of many requests in words, and all of them in its data', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		const outcome = await submitMany(25);
		expect(namedIn(outcome)).toHaveLength(25);
		expect(outcome.error?.description).toMatch(
			/\[item 19\] cancellation_requested<br>- and 5 more<br>/,
		);
	});

	it('that was merely too slow leaves the others to their end', async () => {
		rig.simulator.update({ latencyMs: 1_500 });
		const parameters = rig.toRun({ options: { timeout: '={{ $json.timeout }}' } });
		const outcome = await rig.runNode(parameters, [{ timeout: 0.3 }, { timeout: 0 }]);
		expect(codeOf(outcome)).toBe('timed_out');
		expect(rig.countOf('cancel')).toBe(0);
		expect(namedIn(outcome).map(({ status }) => status)).toEqual(['in_progress', 'succeeded']);
	});

	it('that was merely too slow keeps the rest from being submitted', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const parameters = rig.toRun({ options: { timeout: 0.3, concurrency: 1 } });
		expect(codeOf(await rig.runNode(parameters, [{}, {}, {}]))).toBe('timed_out');
		expect(rig.countOf('submit')).toBe(1);
	});

	it('cancels nothing if RunComfy only refused a look at the request', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.simulator.inject(forbidden({ on: 'status', times: Infinity }));
		const outcome = await rig.runNode(rig.toRun({ options: { timeout: 1 } }), [{}, {}]);
		expect(outcome.status).toBe('error');
		expect(rig.countOf('cancel')).toBe(0);
		expect(rig.paid().map((id) => rig.stateOf(id))).toEqual(['in_progress', 'in_progress']);
		expect(namedIn(outcome).map(({ request_id }) => request_id)).toEqual(rig.paid());
	});
});

describe.each([
	[true, 'canceled'],
	[false, 'in_progress'],
])('Submit, to cancel or not: %s', (cancels, state) => {
	it(`that fails leaves its requests ${state}`, async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		expect(codeOf(await submitMany(1, { cancelOnFailure: cancels }))).toBe('forbidden');
		expect(rig.paid().map((id) => rig.stateOf(id))).toEqual([state]);
	});
});

it.each([
	{ name: 'reset_after_accept' } as const,
	// The node no longer waits for the answer.
	{ name: 'stall', on: 'submit', accepted: true } as const,
])(
	'an item whose submit is unclear (%j), beside one that fails first is named, with what to do before the node is run again',
	async (fault) => {
		const { video } = rig.simulator.deploymentIds;
		rig.simulator.inject({ ...fault, deployment_id: video });
		const outcome = await rig.runNode(perItem({ concurrency: 2 }), inputsOf('foreign', 'video'));
		const { error_details: details } = outcome.error?.context?.data ?? {};
		expect(details).toMatchObject({ unconfirmed: [{ item: 1, deployment_id: video }] });
		expect(outcome.error?.description).toMatch(
			new RegExp(`before you run the items again.*<br>- \\[item 1\\] ${video}`),
		);
		expect(rig.paid()).toHaveLength(1);
	},
);
