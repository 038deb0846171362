// The first item that fails for good ends the node: nothing more is paid for, and nothing is lost.
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import {
	byId,
	codeOf,
	countOf,
	itemsOf,
	type Json,
	namedIn,
	paidIn,
	runAndWait,
	runNode,
	stateOf,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

const perItem = (more: Json = {}) =>
	runAndWait(rig, { deploymentId: byId('={{ $json.deployment }}'), ...more });

const inputsOf = (...names: Array<keyof typeof rig.simulator.deploymentIds>) =>
	names.map((name) => ({ deployment: rig.simulator.deploymentIds[name] }));

/** Two items at a time: one that runs for long, one that ends soon, then one that is refused. */
function mixed(options: Json = {}) {
	const { video } = rig.simulator.deploymentIds;
	rig.simulator.inject({ name: 'run_time', ms: 3_600_000, deployment_id: video });
	const inputs = inputsOf('video', 'textToImage', 'foreign', 'textToImage');
	return runNode(rig, perItem({ options: { concurrency: 2, ...options } }), inputs);
}

describe('an item that fails for good', () => {
	it('cancels what is under way, starts nothing more, and names what was paid for', async () => {
		const outcome = await mixed();
		const [slow, quick, ...more] = paidIn(rig);
		expect(more).toEqual([]);
		expect(codeOf(outcome)).toBe('forbidden');
		expect(outcome.error?.context?.itemIndex).toBe(2);
		expect(countOf(rig, 'cancel')).toBe(1);
		expect(stateOf(rig, slow)).toBe('canceled');
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

		const fetched = await runNode(rig, {
			operation: 'getResult',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			requestId: quick,
		});
		expect(itemsOf(fetched)[0]?.json['status']).toBe('succeeded');
	});

	it('leaves it alone if the user says so, and does not wait for it either', async () => {
		const outcome = await mixed({ cancelOnFailure: false });
		const [slow] = paidIn(rig);
		expect(countOf(rig, 'cancel')).toBe(0);
		expect(stateOf(rig, slow)).toBe('in_progress');
		expect(namedIn(outcome)).toContainEqual(
			expect.objectContaining({
				item: 0,
				request_id: slow,
				status: expect.stringMatching(/^in_(queue|progress)$/),
			}),
		);
	});

	it('cancels also a request whose submit is still on its way', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.simulator.inject({ name: 'slow_submit', ms: 600 });
		await runNode(rig, perItem(), inputsOf('textToImage', 'foreign'));
		const [id] = paidIn(rig);
		expect(stateOf(rig, id)).toBe('canceled');
		expect(countOf(rig, 'cancel')).toBe(1);
	});

	it('is not held up by a cancel that gets no answer', async () => {
		rig.simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
		const outcome = await mixed();
		expect(namedIn(outcome)[0]?.status).toBe('unknown');
	});

	it('sends twenty cancels at the same time, and no more once n8n has waited 5 s for them', async () => {
		rig.simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
		const { textToImage, foreign } = rig.simulator.deploymentIds;
		const inputs = [...Array.from({ length: 22 }, () => textToImage), foreign];
		const outcome = await runNode(
			rig,
			perItem({ operation: 'submit', options: { concurrency: 1 } }),
			inputs.map((deployment) => ({ deployment })),
		);
		expect([codeOf(outcome), paidIn(rig).length]).toEqual(['forbidden', 22]);
		expect(countOf(rig, 'cancel')).toBe(20);
	});

	it('that was merely too slow leaves the others to their end', async () => {
		rig.simulator.update({ latencyMs: 1_500 });
		const parameters = runAndWait(rig, { options: { timeout: '={{ $json.timeout }}' } });
		const outcome = await runNode(rig, parameters, [{ timeout: 0.3 }, { timeout: 0 }]);
		expect(codeOf(outcome)).toBe('timed_out');
		expect(countOf(rig, 'cancel')).toBe(0);
		expect(namedIn(outcome).map(({ status }) => status)).toEqual(['in_progress', 'succeeded']);
	});

	it('cancels nothing if RunComfy only refused a look at the request', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.simulator.inject({ name: 'forbidden_message', on: 'status', times: Infinity });
		const parameters = runAndWait(rig, { options: { timeout: 1 } });
		const outcome = await runNode(rig, parameters, [{}, {}]);
		expect(outcome.status).toBe('error');
		expect(countOf(rig, 'cancel')).toBe(0);
		expect(paidIn(rig).map((id) => stateOf(rig, id))).toEqual(['in_progress', 'in_progress']);
		expect(namedIn(outcome).map(({ request_id }) => request_id)).toEqual(paidIn(rig));
	});

	it('that was merely too slow keeps the rest from being submitted', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const parameters = runAndWait(rig, { options: { timeout: 0.3, concurrency: 1 } });
		const outcome = await runNode(rig, parameters, [{}, {}, {}]);
		expect(codeOf(outcome)).toBe('timed_out');
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('names some of many requests in words, and all of them in its data', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		const names = [...Array.from({ length: 25 }, () => 'textToImage' as const), 'foreign' as const];
		const parameters = perItem({ operation: 'submit', options: { concurrency: 1 } });
		const outcome = await runNode(rig, parameters, inputsOf(...names));
		expect(namedIn(outcome)).toHaveLength(25);
		expect(outcome.error?.description).toMatch(
			/\[item 19\] cancellation_requested<br>- and 5 more<br>/,
		);
	});
});

describe('Submit', () => {
	it.each([
		[true, 'canceled'],
		[false, 'in_progress'],
	])(
		'that fails (Cancel on Failure: %s) leaves its requests %s',
		async (cancelOnFailure, state) => {
			rig.simulator.update({ latencyMs: 3_600_000 });
			const options = { cancelOnFailure, concurrency: 1 };
			const parameters = perItem({ operation: 'submit', options });
			const outcome = await runNode(rig, parameters, inputsOf('textToImage', 'foreign'));
			expect(codeOf(outcome)).toBe('forbidden');
			expect(paidIn(rig).map((id) => stateOf(rig, id))).toEqual([state]);
		},
	);

	it.each([
		[true, 'canceled'],
		[false, 'in_progress'],
	])('that is stopped (Cancel on Stop: %s) leaves its requests %s', async (cancelOnStop, state) => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.simulator.inject({ name: 'slow_submit', ms: 500, after: 1 });
		const options = { cancelOnStop, concurrency: 1 };
		const parameters = runAndWait(rig, { operation: 'submit', options });
		const run = rig.engine.run(workflowOf({ parameters }), { inputs: [{}, {}, {}] });
		await waitUntil(() => countOf(rig, 'submit') === 2);
		run.cancel();
		expect((await run.outcome).status).toBe('canceled');
		await waitUntil(
			() => paidIn(rig).length === 2 && paidIn(rig).every((id) => stateOf(rig, id) === state),
		);
		expect(countOf(rig, 'submit')).toBe(2);
	});
});

describe('an item whose submit is unclear, beside one that fails first', () => {
	it('is named, with what to do before the node is run again', async () => {
		const { video, foreign } = rig.simulator.deploymentIds;
		rig.simulator.inject({ name: 'reset_after_accept', deployment_id: video });
		const inputs = [{ deployment: foreign }, { deployment: video }];
		const outcome = await runNode(rig, perItem({ options: { concurrency: 2 } }), inputs);
		const { error_details: details } = outcome.error?.context?.data ?? {};
		expect(details).toMatchObject({ unconfirmed: [{ item: 1, deployment_id: video }] });
		expect(outcome.error?.description).toMatch(
			new RegExp(`before you run the items again.*<br>- \\[item 1\\] ${video}`),
		);
		expect(paidIn(rig)).toHaveLength(1);
	});
});
