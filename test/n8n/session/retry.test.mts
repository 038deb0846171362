// Retry On Fail runs the whole node again. It must pick up what was paid for, and never pay again.
import { describe, expect, it } from '@jest/globals';
import {
	again,
	byId,
	codeOf,
	countOf,
	itemsOf,
	loopOf,
	namedIn,
	paidIn,
	RETRY,
	runAndWait,
	runNode,
	stateOf,
	useRig,
} from '../support/rig.mts';

const CREATE = {
	resource: 'deployment',
	operation: 'create',
	name: 'Pictures',
	workflowId: 'f10e0000-0000-4000-8000-000000000001',
};

const rig = useRig({ fast: true, nodeTypes: { 'test.again': again(2) } });

describe('Retry On Fail', () => {
	it('waits on for the requests that timed out, one submit for each item', async () => {
		rig.simulator.update({ latencyMs: 1_500 });
		const options = { timeout: 0.7, downloadFiles: true };
		const outcome = await runNode(rig, runAndWait(rig, { options }), [{}, {}], RETRY);
		const items = itemsOf(outcome);
		expect(countOf(rig, 'submit')).toBe(2);
		expect(items.map(({ json }) => json['request_id']).sort()).toEqual(paidIn(rig).sort());
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items.every(({ binary }) => binary?.['data']?.mimeType === 'image/png')).toBe(true);
		expect(countOf(rig, 'cancel')).toBe(0);
		// The time since the submit counts over all tries.
		const timings = items[0]?.json['timings'] as { total_ms: number };
		expect(timings.total_ms).toBeGreaterThan(1_300);
	});

	it('submits once over three tries that all time out, and the request goes on', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const options = { timeout: 0.3 };
		const outcome = await runNode(rig, runAndWait(rig, { options }), [{}], RETRY);
		expect(countOf(rig, 'submit')).toBe(1);
		const [id] = paidIn(rig);
		expect(codeOf(outcome)).toBe('timed_out');
		expect(namedIn(outcome)).toEqual([expect.objectContaining({ item: 0, request_id: id })]);
		expect(outcome.error?.description).toContain(id);
		expect(stateOf(rig, id)).toBe('in_progress');
		// Each try asks about the request.
		expect(countOf(rig, 'status')).toBeGreaterThanOrEqual(3);
	});

	it('takes the request up whatever an expression draws in the next try', async () => {
		rig.simulator.update({ latencyMs: 1_000 });
		const overrides = '={{ JSON.stringify({ 31: { inputs: { seed: Date.now() } } }) }}';
		const options = { timeout: 0.6 };
		const outcome = await runNode(rig, runAndWait(rig, { overrides, options }), [{}], RETRY);
		expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('tells the seed that was drawn for the request, not one of a later try', async () => {
		rig.simulator.update({ latencyMs: 1_000 });
		const outcome = await runNode(
			rig,
			runAndWait(rig, {
				overrides: '{"31":{"inputs":{"seed":"random"}}}',
				options: { timeout: 0.6, checkInputs: true },
			}),
			[{}],
			RETRY,
		);
		const [item] = itemsOf(outcome);
		expect(countOf(rig, 'submit')).toBe(1);
		const job = rig.simulator.jobs.get(String(paidIn(rig)[0]));
		expect(String(item?.json['seed'])).toBe(String(job?.graph['31']?.inputs['seed']));
	});

	it('does not pay for a run that fails again: the same failure, nothing asked twice', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const outcome = await runNode(rig, runAndWait(rig), [{}], RETRY);
		expect(countOf(rig, 'submit')).toBe(1);
		expect(countOf(rig, 'result')).toBe(1);
		expect(codeOf(outcome)).toBe('run_failed');
		expect(outcome.error?.message).toMatch(/node 31/);
		expect(outcome.error?.description?.match(/Retry Failed Runs/g)).toHaveLength(1);
		expect(namedIn(outcome)).toEqual([
			{
				item: 0,
				request_id: paidIn(rig)[0],
				deployment_id: rig.simulator.deploymentIds.textToImage,
				status: 'failed',
			},
		]);
	});

	it('runs again what failed or was canceled if the user says so', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31' });
		rig.simulator.inject({ name: 'run_canceled' });
		const parameters = runAndWait(rig, { options: { retryFailedRuns: true } });
		const outcome = await runNode(rig, parameters, [{}], RETRY);
		expect(countOf(rig, 'submit')).toBe(3);
		expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[2]);
	});

	it.each([
		[false, 1],
		[true, 3],
	])('counts a run canceled at the timeout as ended (%s)', async (retryFailedRuns, submits) => {
		rig.simulator.update({ latencyMs: 60_000 });
		const options = { timeout: 0.3, cancelOnTimeout: true, retryFailedRuns };
		const outcome = await runNode(rig, runAndWait(rig, { options }), [{}], RETRY);
		expect(codeOf(outcome)).toBe('timed_out');
		expect(paidIn(rig).map((id) => stateOf(rig, id))).toEqual(
			Array.from({ length: submits }, () => 'canceled'),
		);
		expect(countOf(rig, 'cancel')).toBe(submits);
	});

	it('fetches what had ended when it was to be canceled at the timeout', async () => {
		rig.simulator.update({ latencyMs: 1_000 });
		rig.simulator.inject({ name: 'cancel_refused', times: Infinity });
		const options = { timeout: 0.6, cancelOnTimeout: true };
		const outcome = await runNode(rig, runAndWait(rig, { options }), [{}], RETRY);
		expect(itemsOf(outcome)[0]?.json).toMatchObject({ status: 'succeeded' });
		expect([countOf(rig, 'submit'), countOf(rig, 'cancel')]).toEqual([1, 1]);
	});

	it('never repeats a submit that may have been accepted', async () => {
		rig.simulator.inject({ name: 'reset_after_accept', on: 'submit' });
		const parameters = runAndWait(rig, { options: { retryFailedRuns: true } });
		const outcome = await runNode(rig, parameters, [{}], RETRY);
		expect(countOf(rig, 'submit')).toBe(1);
		expect(codeOf(outcome)).toBe('submit_unconfirmed');
		expect(outcome.error?.description).toMatch(/before you run it again/);
	});

	it.each([
		['200', { status: 200, code: 10030 }],
		['422', { status: 422, code: 422001 }],
		['500', { status: 500, code: 500001 }],
	])('takes up the request that an error in a %s named, and pays once', async (_status, answer) => {
		for (const operation of ['runAndWait', 'submit']) {
			rig.simulator.requests.length = 0;
			rig.simulator.inject({ name: 'error_after_accept', ...answer });
			const outcome = await runNode(rig, runAndWait(rig, { operation }), [{}], RETRY);
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(countOf(rig, 'submit')).toBe(1);
		}
	});

	it('nor the creation of a deployment that may exist', async () => {
		rig.simulator.inject({ name: 'reset_after_accept', on: 'deployments.create' });
		const outcome = await runNode(rig, CREATE, [{}], RETRY);
		expect(codeOf(outcome)).toBe('submit_unconfirmed');
		expect(countOf(rig, 'deployments.create')).toBe(1);
	});

	it('nor does it create a deployment twice, and the error names those that exist', async () => {
		const named = { ...CREATE, name: '={{ $json.name }}' };
		const inputs = [{ name: 'First' }, { name: 'Second' }];
		rig.simulator.inject({ name: 'gateway_402', on: 'deployments.create', after: 1, times: 1 });
		const [first] = itemsOf(await runNode(rig, named, inputs, RETRY));
		expect(countOf(rig, 'deployments.create')).toBe(3);
		expect(first?.json).toMatchObject({ name: 'First', workflow_id: CREATE.workflowId });

		rig.simulator.requests.length = 0;
		rig.simulator.inject({ name: 'gateway_402', on: 'deployments.create', after: 1, times: 9 });
		const failed = await runNode(rig, named, inputs, RETRY);
		expect(codeOf(failed)).toBe('insufficient_funds');
		expect(failed.error?.description).toMatch(/Deployments created:<br>- \S+ \[item 0\]/);
	});

	it('submits what was refused again, and nothing else', async () => {
		rig.simulator.inject({ name: 'gateway_402', on: 'submit', after: 1, times: 1 });
		const parameters = runAndWait(rig, { options: { concurrency: 1 } });
		const outcome = await runNode(rig, parameters, [{}, {}], RETRY);
		const items = itemsOf(outcome);
		expect(countOf(rig, 'submit')).toBe(3);
		expect(new Set(items.map(({ json }) => json['request_id'])).size).toBe(2);
	});

	// n8n tries at least twice and at most five times.
	it.each([
		[3, 3],
		[1, 2],
		[9, 5],
	])(
		'with Max Tries %i cancels what is under way after the last of %i tries, not before',
		async (maxTries, tries) => {
			rig.simulator.update({ latencyMs: 60_000 });
			const { textToImage, foreign } = rig.simulator.deploymentIds;
			const inputs = [{ deployment: textToImage }, { deployment: foreign }];
			const parameters = runAndWait(rig, { deploymentId: byId('={{ $json.deployment }}') });
			const outcome = await runNode(rig, parameters, inputs, { ...RETRY, maxTries });
			const submits = rig.simulator.requests.filter(({ route }) => route === 'submit');
			expect(submits.filter(({ deploymentId }) => deploymentId === textToImage)).toHaveLength(1);
			expect(submits.filter(({ deploymentId }) => deploymentId === foreign)).toHaveLength(tries);
			expect(codeOf(outcome)).toBe('forbidden');
			expect(countOf(rig, 'cancel')).toBe(1);
			expect(rig.simulator.requests.at(-1)?.route).toBe('cancel');
			expect(namedIn(outcome)).toEqual([
				expect.objectContaining({ item: 0, status: 'cancellation_requested' }),
			]);
		},
	);

	it('with Continue On Fail pays for each item once, and fetches what is there again', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31' });
		const settings = { ...RETRY, onError: 'continueRegularOutput' };
		const parameters = runAndWait(rig, { options: { concurrency: 1 } });
		const outcome = await runNode(rig, parameters, [{}, {}], settings);
		const [failed, good] = itemsOf(outcome);
		expect(countOf(rig, 'submit')).toBe(2);
		expect(failed?.json).toMatchObject({ error_code: 'run_failed', request_id: paidIn(rig)[0] });
		expect(good?.json).toMatchObject({ status: 'succeeded', request_id: paidIn(rig)[1] });
	});

	it('of Submit gives the requests that were accepted', async () => {
		rig.simulator.inject({ name: 'gateway_402', on: 'submit', after: 1, times: 1 });
		const parameters = runAndWait(rig, { operation: 'submit', options: { concurrency: 1 } });
		const outcome = await runNode(rig, parameters, [{}, {}], RETRY);
		expect(itemsOf(outcome).map(({ json }) => json['request_id'])).toEqual(paidIn(rig));
		expect(paidIn(rig)).toHaveLength(2);
		expect(countOf(rig, 'submit')).toBe(3);
	});

	it('leaves nothing behind in the execution', async () => {
		const outcome = await runNode(rig, runAndWait(rig), [{}], RETRY);
		expect(outcome.status).toBe('success');
		const kept = outcome.stored.executionData?.contextData['node:Step 1'];
		expect(kept).toEqual({});
	});
});

describe('a node that runs several times in one execution', () => {
	it('submits in every run, also if all of it is the same', async () => {
		// The loop runs twice: the output of the first runs goes in again.
		const json = loopOf({ parameters: runAndWait(rig), settings: RETRY });
		const outcome = await rig.engine.run(json).outcome;
		expect(outcome.error?.message).toBeUndefined();
		const runs = outcome.runData['Step 1'] ?? [];
		expect(runs).toHaveLength(3);
		const ids = runs.map((run) => run.data?.['main']?.[0]?.[0]?.json['request_id']);
		expect(ids).toEqual(paidIn(rig));
		expect(new Set(ids).size).toBe(3);
	});
});
