// A user may retry a failed execution: n8n starts it again at the node that failed, with what the
// node has kept.
import { describe, expect, it } from '@jest/globals';
import {
	cancelElsewhere,
	codeOf,
	countOf,
	itemsOf,
	type Json,
	paidIn,
	RETRY,
	runAndWait,
	spyOnLog,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

const stepOf = (more: Json = {}, settings: Json = {}) =>
	workflowOf({ parameters: runAndWait(rig, more), settings });

/** An execution that ended because the request took too long. */
async function timedOut(more: Json = {}, settings: Json = {}) {
	rig.simulator.update({ latencyMs: 10_000 });
	const options = { timeout: 0.2 };
	const outcome = await rig.engine.run(stepOf({ ...more, options }, settings)).outcome;
	expect(codeOf(outcome)).toBe('timed_out');
	return outcome;
}

describe('an execution that is retried by hand', () => {
	it.each([
		['a node', {}],
		['a node with Retry On Fail', RETRY],
	])('takes up what %s has submitted, also with another timeout', async (_what, settings) => {
		const retryOf = await timedOut({}, settings);
		const workflow = stepOf({ options: { timeout: 30, outputNodes: '9' } }, settings);
		const outcome = await rig.engine.run(workflow, { retryOf }).outcome;
		expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it.each([['unauthorized'], ['forbidden_message']] as const)(
		'takes up a request that could not be looked at (%s), which was not canceled',
		async (name) => {
			rig.simulator.update({ latencyMs: 1_500 });
			rig.simulator.inject({ name, on: 'status', times: Infinity });
			const options = { timeout: 1 };
			const retryOf = await rig.engine.run(stepOf({ options })).outcome;
			expect(codeOf(retryOf)).toMatch(/auth_failed|forbidden/);
			const [id] = paidIn(rig);
			expect(retryOf.error?.description).toContain(id);
			expect(countOf(rig, 'cancel')).toBe(0);

			rig.simulator.clearFaults();
			const outcome = await rig.engine.run(stepOf(), { retryOf }).outcome;
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(id);
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it('cancels nothing for an option that is wrong', async () => {
		const retryOf = await timedOut();
		const wrong = await rig.engine.run(stepOf({ options: { timeout: 'soon' } }), { retryOf })
			.outcome;
		expect(codeOf(wrong)).toBe('invalid_input');
		expect(countOf(rig, 'cancel')).toBe(0);
		const outcome = await rig.engine.run(stepOf(), { retryOf: wrong }).outcome;
		expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it.each([['not_json'], ['empty_body']] as const)(
		'picks up a request whose cancel got no answer, or none that says anything (%s): it may go on',
		async (name) => {
			rig.simulator.update({ latencyMs: 10_000 });
			rig.simulator.inject({ name, on: 'cancel', times: Infinity });
			const options = { timeout: 0.2, cancelOnTimeout: true };
			const retryOf = await rig.engine.run(stepOf({ options })).outcome;
			expect(codeOf(retryOf)).toBe('timed_out');
			expect(countOf(rig, 'cancel')).toBeGreaterThan(0);
			const outcome = await rig.engine.run(stepOf(), { retryOf }).outcome;
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it('fails if its own wait ends with a cancel', async () => {
		const retryOf = await timedOut();
		rig.simulator.update({ latencyMs: 10_000 });
		const [id] = paidIn(rig);
		const reached = rig.clock.stopAt('/status', 2);
		const run = rig.engine.run(stepOf(), { retryOf, mode: 'retry' });
		const goOn = await reached;
		await cancelElsewhere(rig, id);
		goOn();
		expect(codeOf(await run.outcome)).toBe('run_canceled');
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('pays for nothing again if its own next try finds that the request was canceled meanwhile', async () => {
		rig.simulator.inject({ name: 'gateway_402', on: 'submit', times: 2 });
		const inputs = [{ n: 0 }, { n: 1 }];
		const retryOf = await rig.engine.run(stepOf(), { inputs }).outcome;
		expect(codeOf(retryOf)).toBe('insufficient_funds');
		rig.simulator.update({ latencyMs: 300 });
		rig.simulator.inject({ name: 'run_canceled', times: 1 });
		const settings = { ...RETRY, onError: 'continueRegularOutput' };
		const workflow = stepOf({ options: { timeout: 0.2, concurrency: 1 } }, settings);
		const outcome = await rig.engine.run(workflow, { retryOf, mode: 'retry' }).outcome;
		expect(itemsOf(outcome)[0]?.json['error_code']).toBe('run_canceled');
		expect(paidIn(rig)).toHaveLength(2);
	});

	const PLACE = { mode: 'list', cachedResultName: 'Pictures', cachedResultUrl: 'https://x' };
	const form = (label: string) => ({
		inputMode: 'fields',
		workflowInputs: {
			mappingMode: 'defineBelow',
			value: { '6.text': 'a fox' },
			schema: [{ id: '6.text', displayName: label, type: 'string', display: true }],
		},
	});

	it.each<[string, Json, () => Json]>([
		['Simplify', {}, () => ({ simplify: false })],
		['Check Inputs', {}, () => ({ options: { checkInputs: true } })],
		['Run and Wait into Submit', {}, () => ({ operation: 'submit' })],
		[
			'how the deployment was chosen',
			{},
			() => ({ deploymentId: { ...(runAndWait(rig)['deploymentId'] as Json), ...PLACE } }),
		],
		['the label of an input', form('Text'), () => form('Prompt')],
	])(
		'takes up what was submitted, whatever is not sent was changed: %s',
		async (_what, before, change) => {
			const retryOf = await timedOut(before);
			const outcome = await rig.engine.run(stepOf(change()), { retryOf }).outcome;
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it.each<[string, Json]>([
		['an input', { overrides: '{"6":{"inputs":{"text":"a fox"}}}' }],
		['an option that is sent along', { options: { extraData: '{"a":1}' } }],
	])(
		'submits what was changed in between, and names what runs already: %s',
		async (_what, change) => {
			const { warn } = spyOnLog();
			const retryOf = await timedOut();
			const workflow = stepOf(change);
			const outcome = await rig.engine.run(workflow, { retryOf }).outcome;
			const [earlier, own] = paidIn(rig);
			expect(countOf(rig, 'submit')).toBe(2);
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(own);
			expect(outcome.runData['Step 1']?.[0]?.hints).toContainEqual(
				expect.objectContaining({ message: expect.stringContaining(`${earlier} of deployment`) }),
			);
			expect(warn.mock.calls.map(([line]) => line)).toEqual([
				expect.stringMatching(`request ${earlier} .*changed.*: in_progress .*item 0`),
			]);
			expect(countOf(rig, 'cancel')).toBe(0);
		},
	);

	it('takes up what it had submitted first if the change is undone, also after a refusal', async () => {
		const retryOf = await timedOut();
		const changed = { overrides: '{"6":{"inputs":{"text":"a fox"}}}' };
		for (const options of [{ timeout: 0.2 }, { timeout: 'soon' }]) {
			const other = await rig.engine.run(stepOf({ ...changed, options }), { retryOf }).outcome;
			expect(other.status).toBe('error');
			const outcome = await rig.engine.run(stepOf(), { retryOf: other }).outcome;
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		}
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it.each([
		['whose run failed', { name: 'run_failed' }, 'run_failed'],
		['whose run was canceled', { name: 'run_canceled' }, 'run_canceled'],
		['whose submit was not confirmed', { name: 'reset_after_accept' }, 'submit_unconfirmed'],
	] as const)('submits again where that is the only way: %s', async (_what, fault, code) => {
		rig.simulator.inject(fault);
		const retryOf = await rig.engine.run(stepOf({}, RETRY)).outcome;
		expect(codeOf(retryOf)).toBe(code);
		expect(countOf(rig, 'submit')).toBe(1);
		const outcome = await rig.engine.run(stepOf({}, RETRY), { retryOf }).outcome;
		expect(itemsOf(outcome)[0]?.json['status']).toBe('succeeded');
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it.each([10011, 10030, 500001])(
		'takes up a request that RunComfy named beside an error (%i) of its submit, whatever that says',
		async (code) => {
			rig.simulator.update({ latencyMs: 2_000 });
			rig.simulator.inject({ name: 'error_after_accept', code });
			const retryOf = await rig.engine.run(stepOf()).outcome;
			expect(retryOf.error?.description).toContain(paidIn(rig)[0]);
			const outcome = await rig.engine.run(stepOf(), { retryOf }).outcome;
			expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it.each([
		[true, 2],
		[false, 1],
	])('after a stop (Cancel on Stop: %s) has submitted %i times', async (cancelOnStop, submits) => {
		rig.simulator.update({ latencyMs: 10_000 });
		const workflow = stepOf({ options: { cancelOnStop } }, RETRY);
		const reached = rig.clock.stopAt('/status');
		const run = rig.engine.run(workflow);
		const goOn = await reached;
		run.cancel();
		goOn();
		const retryOf = await run.outcome;
		expect(retryOf.status).toBe('canceled');
		const outcome = await rig.engine.run(workflow, { retryOf }).outcome;
		expect(countOf(rig, 'submit')).toBe(submits);
		expect(itemsOf(outcome)[0]?.json['request_id']).toBe(paidIn(rig).at(-1));
	});
});
