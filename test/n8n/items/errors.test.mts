// Errors as users see them. test/faults covers every failure of every call.
import { describe, expect, it } from '@jest/globals';
import { errorCode, errorPage, rateLimited } from '../../support/answers.mts';
import { codeOf, itemsOf, type Json, RETRY, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

describe('a refusal of the service has a code and a hint, and is not repeated', () => {
	it.each<[number, string, RegExp, status?: number]>([
		[403003, 'forbidden', /another RunComfy account/, 403],
		[10001, 'insufficient_funds', /Top up/],
		[10002, 'deployment_disabled', /Enable the deployment/],
		[10003, 'deployment_deleted', /Choose another deployment/],
		[404001, 'not_found', /Check the ids/, 404],
	])('%i: %s', async (number, code, description, status = 200) => {
		rig.simulator.inject(errorCode(number, { on: 'submit', status, times: Infinity }));
		const message = new RegExp(String(number));
		await rig.expectFailure(rig.toSubmit(), { code, message, description, sent: 1 });
	});

	it('a wrong token', async () => {
		rig.credential['apiToken'] = 'wrong-token-7d6c5b4a';
		const expected = { message: /401001/, description: /Check the API token/, sent: 1 };
		await rig.expectFailure(rig.toSubmit(), { code: 'auth_failed', ...expected });
	});
});

it.each([rateLimited(), errorPage({ status: 503, retryAfter: 3 })] as const)(
	'a submit that RunComfy refuses for now is sent again by Retry On Fail: %j',
	async (fault) => {
		// One try sends a submit four times.
		rig.simulator.inject({ ...fault, on: 'submit', times: 4 });
		const outcome = await rig.runNode(rig.toRun(), [{}], RETRY);
		expect(itemsOf(outcome)).toMatchObject([{ json: { status: 'succeeded' } }]);
		expect(rig.countOf('submit')).toBe(5);
		expect(rig.paid()).toHaveLength(1);
	},
);

describe('a run that did not succeed', () => {
	const run = (options: Json = {}) =>
		rig.runNode(rig.toSubmit({ operation: 'runAndWait', options }));

	it.each(['runAndWait', 'getResult'])('names the ComfyUI node in %s', async (operation) => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const waited = await run();
		const requestId = rig.newestJob()?.requestId;
		const outcome =
			operation === 'runAndWait'
				? waited
				: await rig.runNode(rig.toGetStatus({ operation, requestId }));
		expect(outcome.error?.message).toMatch(/node 31/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'run_failed',
			request_id: requestId,
			error_details: { node: { id: '31' } },
		});
	});

	it('because it was canceled elsewhere is an error, not a stop', async () => {
		rig.simulator.inject({ name: 'run_canceled' });
		const outcome = await run();
		expect(codeOf(outcome)).toBe('run_canceled');
		// If the error said "canceled", n8n would report that the user had stopped the execution.
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toBe('The request was cancelled');
	});

	it('before its timeout flows on with its state if the node continues on error', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const settings = { onError: 'continueRegularOutput' };
		const parameters = rig.toRun({ options: { timeout: 8 } });
		const [item] = itemsOf(await rig.runNode(parameters, [{}], settings));
		expect(item?.json).toMatchObject({
			error_code: 'timed_out',
			error: 'The request had not ended after 8 s',
			request_id: rig.newestJob()?.requestId,
			status: 'in_progress',
			timed_out: true,
		});
	});
});
