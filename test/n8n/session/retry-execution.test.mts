// A user retries a failed execution: n8n starts at the failed node, with the node's stored data.
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../scripts/hosts/n8n-engine.mjs';
import {
	emptyBody,
	forbidden,
	paymentRequired,
	serverError,
	unauthorized,
} from '../../support/answers.mts';
import {
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	refusal,
	RETRY,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

const CHANGED = { overrides: '{"6":{"inputs":{"text":"a fox"}}}' };

const stepOf = (more: Json = {}, settings: Json = {}) =>
	workflowOf({ parameters: rig.toRun(more), settings });

const run = (more: Json = {}, settings: Json = {}) =>
	rig.engine.run(stepOf(more, settings)).outcome;

const retry = (retryOf: Outcome, more: Json = {}, settings: Json = {}) =>
	rig.engine.run(stepOf(more, settings), { retryOf }).outcome;

/** The retry must return the results paid for in the first execution, and pay for nothing more. */
async function expectPickedUp(outcome: Promise<Outcome>, submits = 1) {
	expect(idsOf(await outcome)).toEqual(rig.paid().slice(0, 1));
	expect(rig.countOf('submit')).toBe(submits);
}

/** An execution that ended because the request took too long. */
async function timedOut(more: Json = {}, settings: Json = {}) {
	rig.simulator.update({ latencyMs: 10_000 });
	const outcome = await run({ ...more, options: { timeout: 0.2 } }, settings);
	expect(codeOf(outcome)).toBe('timed_out');
	return outcome;
}

describe('an execution that is retried by hand', () => {
	it.each([
		['a node', {}],
		['a node with Retry On Fail', RETRY],
	])(
		'picks up what %s has submitted, also with another timeout (P18, P31)',
		async (_what, settings) => {
			const retryOf = await timedOut({}, settings);
			await expectPickedUp(
				retry(retryOf, { options: { timeout: 30, outputNodes: '9' } }, settings),
			);
		},
	);

	it.each([unauthorized, forbidden])(
		'picks up a request that could not be looked at (%p), which was not canceled',
		async (refusal) => {
			rig.simulator.update({ latencyMs: 1_500 });
			rig.simulator.inject(refusal({ on: 'status', times: Infinity }));
			const retryOf = await run({ options: { timeout: 1 } });
			expect(codeOf(retryOf)).toMatch(/auth_failed|forbidden/);
			expect(retryOf.error?.description).toContain(rig.paid()[0]);
			expect(rig.countOf('cancel')).toBe(0);
			rig.simulator.clearFaults();
			await expectPickedUp(retry(retryOf));
		},
	);

	it.each([
		['an option is wrong', { timeout: 'soon' }],
		['an expression fails', { timeout: '={{ $("None").first().json.n }}' }],
	])(
		'names what was submitted if %s by then, also if the node continues (P32)',
		async (_what, options) => {
			const retryOf = await timedOut();
			const failed = await retry(retryOf, { options });
			expect(refusal(failed.error)).toContain(rig.paid()[0]);
			const [item] = itemsOf(await retry(retryOf, { options }, CONTINUE));
			expect(item?.json).toMatchObject({ error_code: 'invalid_input', request_id: rig.paid()[0] });
			await expectPickedUp(retry(failed));
		},
	);

	it('picks up a request whose cancel got no answer that says anything: it may go on (P18)', async () => {
		rig.simulator.update({ latencyMs: 10_000 });
		rig.simulator.inject(emptyBody({ on: 'cancel', times: Infinity }));
		const retryOf = await run({ options: { timeout: 0.2, cancelOnTimeout: true } });
		expect(codeOf(retryOf)).toBe('timed_out');
		expect(rig.countOf('cancel')).toBeGreaterThan(0);
		await expectPickedUp(retry(retryOf));
	});

	it('pays for nothing again if its own next try finds that the request was canceled meanwhile', async () => {
		rig.simulator.inject(paymentRequired({ on: 'submit', times: 2 }));
		const retryOf = await rig.engine.run(stepOf(), { inputs: [{ n: 0 }, { n: 1 }] }).outcome;
		expect(codeOf(retryOf)).toBe('insufficient_funds');
		rig.simulator.update({ latencyMs: 300 });
		rig.simulator.inject({ name: 'run_canceled', times: 1 });
		const options = { timeout: 0.2, concurrency: 1 };
		const workflow = stepOf({ options }, { ...RETRY, ...CONTINUE });
		const outcome = await rig.engine.run(workflow, { retryOf, mode: 'retry' }).outcome;
		expect(itemsOf(outcome)[0]?.json['error_code']).toBe('run_canceled');
		expect(rig.paid()).toHaveLength(2);
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

	it('picks up what was submitted, whatever was changed that is not sent (P19)', async () => {
		const deploymentId = { ...(rig.toRun()['deploymentId'] as Json), ...PLACE };
		const options = { checkInputs: true };
		const changed = { operation: 'submit', simplify: true, deploymentId, options };
		await expectPickedUp(retry(await timedOut(form('Text')), { ...form('Prompt'), ...changed }));
	});

	it.each<[string, Json]>([
		['an input', CHANGED],
		['an option that is sent along', { options: { webhook: 'https://example.com/hook' } }],
	])(
		'submits what was changed in between, and cancels nothing: %s (P19)',
		async (_what, change) => {
			const outcome = await retry(await timedOut(), change);
			expect(idsOf(outcome)).toEqual(rig.paid().slice(1));
			expect([rig.countOf('submit'), rig.countOf('cancel')]).toEqual([2, 0]);
		},
	);

	it.each([
		['whose run failed', { name: 'run_failed' }, 'run_failed'],
		['whose run was canceled', { name: 'run_canceled' }, 'run_canceled'],
		['whose submit was not confirmed', { name: 'reset_after_accept' }, 'submit_unconfirmed'],
	] as const)('submits again where that is the only way: %s', async (_what, fault, code) => {
		rig.simulator.inject(fault);
		const retryOf = await run({}, RETRY);
		expect(codeOf(retryOf)).toBe(code);
		expect(rig.countOf('submit')).toBe(1);
		const [item] = itemsOf(await retry(retryOf, {}, RETRY));
		expect(item?.json['status']).toBe('succeeded');
		expect(rig.countOf('submit')).toBe(2);
	});

	const several = (count: number, options: Json = {}) => ({
		workflow: stepOf({ options }),
		inputs: Array.from({ length: count }, (_item, n) => ({ n })),
	});

	it('asks about each request that it finds before it submits any', async () => {
		rig.simulator.update({ latencyMs: 10_000 });
		const { workflow, inputs } = several(4, { timeout: 0.2, concurrency: 2 });
		const retryOf = await rig.engine.run(workflow, { inputs }).outcome;
		const [left] = rig.paid();
		expect(codeOf(retryOf)).toBe('timed_out');
		await rig.cancelElsewhere(left);
		rig.simulator.requests.length = 0;
		rig.simulator.update({ latencyMs: 100 });
		const patient = several(4, { concurrency: 1 }).workflow;
		const outcome = await rig.engine.run(patient, { retryOf, mode: 'retry' }).outcome;
		const routes = rig.work().map(({ route }) => route);
		// Two requests were submitted before.
		expect(routes.slice(0, 2)).toEqual(['result', 'result']);
		expect(itemsOf(outcome)).toHaveLength(4);
		expect(rig.paid()).not.toContain(left);
		expect(rig.countOf('submit')).toBe(3);
	});

	it('picks up what it could not read, and pays for it only once', async () => {
		const retryOf = await timedOut();
		rig.simulator.inject(serverError({ on: 'result', times: 2 }));
		const again = { retryOf, mode: 'retry' } as const;
		await expectPickedUp(rig.engine.run(stepOf(), again).outcome);
	});

	it.each([10011, 10030, 500001])(
		'picks up a request that RunComfy named beside an error (%i) of its submit, whatever that says',
		async (code) => {
			rig.simulator.update({ latencyMs: 2_000 });
			rig.simulator.inject({ name: 'error_after_accept', code });
			const retryOf = await run();
			expect(retryOf.error?.description).toContain(rig.paid()[0]);
			await expectPickedUp(retry(retryOf));
		},
	);

	it('submits again after a stop, which has canceled the request', async () => {
		rig.simulator.update({ latencyMs: 10_000 });
		const retryOf = await rig.stopAt('/status', stepOf({}, RETRY));
		expect(retryOf.status).toBe('canceled');
		expect(idsOf(await retry(retryOf, {}, RETRY))).toEqual(rig.paid().slice(-1));
		expect(rig.countOf('submit')).toBe(2);
	});
});
