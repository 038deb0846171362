// Retry On Fail runs the whole node again: paid requests must be picked up, never paid for again.
import { describe, expect, it } from '@jest/globals';
import { paymentRequired } from '../../support/answers.mts';
import {
	again,
	byId,
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	loopOf,
	namedIn,
	RETRY,
	spyOnLog,
	useRig,
} from '../support/rig.mts';

const rig = useRig({ fast: true, nodeTypes: { 'test.again': again(2) } });

/** Run and Wait, tried three times. */
const retried = (more: Json = {}, inputs: Json[] = [{}], settings: Json = {}) =>
	rig.runNode(rig.toRun(more), inputs, { ...RETRY, ...settings });

describe('Retry On Fail', () => {
	it('picks up the requests of the first try, whatever an expression draws in the next one', async () => {
		// RunComfy names a request beside an error of its submit: the try fails, and the request goes on.
		rig.simulator.inject({ name: 'error_after_accept', status: 422, code: 422001, times: 2 });
		const overrides = '={{ JSON.stringify({ 31: { inputs: { seed: Date.now() } } }) }}';
		const outcome = await retried({ overrides, options: { downloadFiles: true } }, [{}, {}]);
		const items = itemsOf(outcome);
		expect(rig.countOf('submit')).toBe(2);
		expect(idsOf(outcome).sort()).toEqual(rig.paid().sort());
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items.every(({ binary }) => binary?.['data']?.mimeType === 'image/png')).toBe(true);
		expect(rig.countOf('cancel')).toBe(0);
	});

	it('submits once over three tries that all time out, and the request goes on (P17, P26)', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await retried({ options: { timeout: 0.3 } });
		expect(rig.countOf('submit')).toBe(1);
		const [id] = rig.paid();
		expect(codeOf(outcome)).toBe('timed_out');
		expect(namedIn(outcome)).toEqual([expect.objectContaining({ item: 0, request_id: id })]);
		expect(outcome.error?.description).toContain(id);
		expect(rig.stateOf(id)).toBe('in_progress');
		// Each try polls the request.
		expect(rig.countOf('status')).toBeGreaterThanOrEqual(3);
	});

	it('tells the seed that was drawn for the request, not one of a later try', async () => {
		rig.simulator.inject({ name: 'error_after_accept', status: 422, code: 422001 });
		const overrides = '{"31":{"inputs":{"seed":"random"}}}';
		const outcome = await retried({ overrides, options: { checkInputs: true } });
		expect(rig.countOf('submit')).toBe(1);
		const job = rig.simulator.jobs.get(String(rig.paid()[0]));
		const { seed } = itemsOf(outcome)[0]!.json;
		expect(String(seed)).toBe(String(job?.graph['31']?.inputs['seed']));
	});

	it('does not pay for a run that fails again: the same failure, nothing asked twice (P17)', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const outcome = await retried();
		expect([rig.countOf('submit'), rig.countOf('result')]).toEqual([1, 1]);
		expect(codeOf(outcome)).toBe('run_failed');
		expect(outcome.error?.message).toMatch(/node 31/);
		expect(outcome.error?.description?.match(/error output through an If node/g)).toHaveLength(1);
		const { textToImage: deployment_id } = rig.simulator.deploymentIds;
		const [request_id] = rig.paid();
		expect(namedIn(outcome)).toEqual([{ item: 0, request_id, deployment_id, status: 'failed' }]);
	});

	it('of Get Result says why the run failed, and nothing about paying', async () => {
		rig.simulator.inject({ name: 'run_failed' });
		const [{ json }] = itemsOf(await rig.runNode(rig.toSubmit())) as [{ json: Json }];
		const getResult = {
			operation: 'getResult',
			requestId: json['request_id'],
			waitForCompletion: '={{ "true" }}',
		};
		const outcome = await rig.runNode(rig.toGetStatus(getResult), [{}], RETRY);
		expect(codeOf(outcome)).toBe('run_failed');
		expect(outcome.error?.description).not.toMatch(/pay/);
	});

	it('counts a run canceled at the timeout as ended (P26)', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const options = { timeout: 0.3, cancelOnTimeout: true };
		expect(codeOf(await retried({ options }))).toBe('timed_out');
		const states = rig.paid().map((id) => rig.stateOf(id));
		expect([states, rig.countOf('cancel')]).toEqual([['canceled'], 1]);
	});

	it('fetches what had ended when it was to be canceled at the timeout', async () => {
		rig.simulator.update({ latencyMs: 1_000 });
		rig.simulator.inject({ name: 'cancel_refused', times: Infinity });
		const reached = rig.clock.stopAt('/cancel');
		const running = retried({ options: { timeout: 0.6, cancelOnTimeout: true } });
		const goOn = await reached;
		rig.clock.elapse(1_000);
		goOn();
		const outcome = await running;
		expect(itemsOf(outcome)[0]?.json).toMatchObject({ status: 'succeeded' });
		expect(rig.countOf('submit')).toBe(1);
	});

	it.each(['runAndWait', 'submit'])(
		'never repeats a submit that may have been accepted, and logs it at once: %s',
		async (operation) => {
			const { warn } = spyOnLog();
			rig.simulator.inject({ name: 'reset_after_accept' });
			const outcome = await retried({ operation });
			expect(rig.countOf('submit')).toBe(1);
			expect(codeOf(outcome)).toBe('submit_unconfirmed');
			expect(outcome.error?.description).toMatch(/before you run it again/);
			// A stop between two tries would discard the error.
			expect(warn.mock.calls).toEqual([
				[expect.stringMatching(/^RunComfy may have accepted a submit/), expect.anything()],
			]);
		},
	);

	it.each(['runAndWait', 'submit'])(
		'picks up the request that an error named, and pays once: %s',
		async (operation) => {
			rig.simulator.inject({ name: 'error_after_accept', status: 422, code: 422001 });
			expect(idsOf(await retried({ operation }))).toEqual(rig.paid());
			expect(rig.countOf('submit')).toBe(1);
		},
	);

	it.each(['runAndWait', 'submit'])(
		'submits what was refused again, and nothing else: %s',
		async (operation) => {
			rig.simulator.inject(paymentRequired({ on: 'submit', after: 1, times: 1 }));
			const outcome = await retried({ operation, options: { concurrency: 1 } }, [{}, {}]);
			expect(idsOf(outcome)).toEqual(rig.paid());
			expect([rig.paid().length, rig.countOf('submit')]).toEqual([2, 3]);
		},
	);

	// n8n tries at least twice and at most five times.
	it.each([
		[3, 3],
		[1, 2],
		[9, 5],
	])(
		'with Max Tries %i submits a refused item in each of %i tries, and cancels nothing',
		async (maxTries, tries) => {
			const { textToImage, disabled } = rig.simulator.deploymentIds;
			const inputs = [{ deployment: textToImage }, { deployment: disabled }];
			const deploymentId = byId('={{ $json.deployment }}');
			const outcome = await retried({ deploymentId }, inputs, { maxTries });
			const submits = rig.simulator.requests.filter(({ route }) => route === 'submit');
			expect(submits.filter((one) => one.deploymentId === textToImage)).toHaveLength(1);
			expect(submits.filter((one) => one.deploymentId === disabled)).toHaveLength(tries);
			expect([codeOf(outcome), rig.countOf('cancel')]).toEqual(['deployment_disabled', 0]);
			expect(namedIn(outcome)).toMatchObject([{ item: 0, status: 'succeeded' }]);
		},
	);

	it('with Continue On Fail pays for each item once, and fetches what is there again', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31' });
		const outcome = await retried({ options: { concurrency: 1 } }, [{}, {}], CONTINUE);
		expect(rig.countOf('submit')).toBe(2);
		const [first, second] = rig.paid();
		expect(itemsOf(outcome).map(({ json }) => json)).toMatchObject([
			{ error_code: 'run_failed', request_id: first },
			{ status: 'succeeded', request_id: second },
		]);
	});

	it('leaves nothing behind in the execution (P31)', async () => {
		const outcome = await retried();
		expect(outcome.status).toBe('success');
		expect(outcome.stored.executionData?.contextData['node:Step 1']).toEqual({});
	});
});

it('submits in every run of a node in one execution, also if all of it is the same (P16)', async () => {
	const json = loopOf({ parameters: rig.toRun(), settings: RETRY });
	const outcome = await rig.engine.run(json).outcome;
	expect(outcome.error?.message).toBeUndefined();
	const runs = outcome.runData['Step 1'] ?? [];
	const ids = runs.map((run) => run.data?.['main']?.[0]?.[0]?.json['request_id']);
	expect(ids).toEqual(rig.paid());
	expect(new Set(ids).size).toBe(3);
});
