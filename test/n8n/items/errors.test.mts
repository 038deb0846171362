import { describe, expect, it } from '@jest/globals';
import { expectFailure, status, submit } from '../support/failing.mts';
import { byId, countOf, runNode, useRig } from '../support/rig.mts';

const rig = useRig();

describe('what the service refuses has a code and a way out, and is sent once', () => {
	it('a wrong token', async () => {
		rig.credential['apiToken'] = 'wrong-token-7d6c5b4a';
		await expectFailure(rig, submit(rig), {
			code: 'auth_failed',
			message: /401001/,
			description: /Check the API token/,
			sent: 1,
		});
	});

	it.each([
		['foreign', 'forbidden', /403003/, /another RunComfy account/],
		['disabled', 'deployment_disabled', /10002/, /Enable the deployment/],
		['noFunds', 'insufficient_funds', /10001/, /Top up/],
		['deleted', 'deployment_deleted', /10003/, /Choose another deployment/],
	] as const)('deployment "%s"', async (name, code, message, description) => {
		const deploymentId = byId(rig.simulator.deploymentIds[name]);
		await expectFailure(rig, submit(rig, { deploymentId }), {
			code,
			message,
			description,
			sent: 1,
		});
	});

	it('an unknown deployment', async () => {
		await expectFailure(
			rig,
			submit(rig, { deploymentId: byId('00000000-0000-4000-8000-000000000000') }),
			{
				code: 'not_found',
				message: /404001/,
				description: /Check the deployment id/,
				sent: 1,
			},
		);
	});

	it('an unknown request', async () => {
		await expectFailure(rig, status(rig), {
			code: 'not_found',
			message: /404001/,
			description: /request id/,
			sent: 1,
		});
	});

	it('overrides of a node that the workflow does not have', async () => {
		const overrides = '{"999":{"inputs":{"text":"x"}}}';
		await expectFailure(rig, submit(rig, { overrides, options: { checkInputs: false } }), {
			code: 'invalid_overrides',
			message: /node 999.*\(code 422001\)/,
			description: /API format/,
			sent: 1,
		});
	});

	it.each([
		['a 500', { name: 'server_error' }],
		['an HTML page', { name: 'html_error_page' }],
		['text instead of JSON', { name: 'not_json' }],
		['half an answer', { name: 'truncated_body' }],
		['a reset after the request was taken', { name: 'reset_after_accept' }],
	] as const)(
		'a submit answered with %s is unconfirmed and never repeated',
		async (_name, fault) => {
			rig.simulator.inject({ ...fault, on: 'submit', times: 2 });
			await expectFailure(rig, submit(rig), {
				code: 'submit_unconfirmed',
				message: /not known/,
				description: /Look at the deployment’s requests/,
				sent: 1,
			});
		},
	);

	it('an error inside a 200', async () => {
		rig.simulator.inject({ name: 'error_in_200', on: 'cancel', code: 10002, times: 2 });
		await expectFailure(rig, status(rig, { operation: 'cancel' }), {
			code: 'deployment_disabled',
			message: /10002/,
			description: /Enable/,
			sent: 1,
		});
	});

	it('a redirect: the token is not sent on', async () => {
		rig.simulator.inject({ name: 'redirect', on: 'submit', times: 2 });
		await expectFailure(rig, submit(rig), {
			code: 'bad_response',
			message: /302/,
			description: /base URL/,
			sent: 1,
		});
	});

	it('an answer that repeats the token', async () => {
		rig.simulator.inject({ name: 'token_echo', on: 'submit', times: 2 });
		await expectFailure(rig, submit(rig), {
			code: 'submit_unconfirmed',
			message: /\[token\]/,
			description: /Look at the deployment’s requests/,
			sent: 1,
		});
	});
});

describe('what passes by itself is not the user’s business', () => {
	it.each([
		['a 429 on submit', { name: 'rate_limited', retry_after: 0, on: 'submit' }],
		['a 503 on status', { name: 'server_error', status: 503, on: 'status' }],
		['an HTML page on status', { name: 'html_error_page', on: 'status' }],
		['half a result', { name: 'truncated_body', on: 'result' }],
		['a byte order mark', { name: 'utf8_bom', on: 'result' }],
		['a request that is not visible yet', { name: 'not_found_after_submit' }],
	] as const)('%s', async (_name, fault) => {
		rig.simulator.inject(fault);
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait' }));
		expect(outcome.error?.message).toBeUndefined();
		expect(outcome.items('Step 1')[0]?.json['status']).toBe('succeeded');
		expect(rig.simulator.requests.some(({ faults }) => faults.includes(fault.name))).toBe(true);
		expect(
			[...rig.simulator.jobs.values()].filter(
				({ createdAt }) => createdAt >= rig.simulator.requests[0]!.at,
			),
		).toHaveLength(1);
	});
});

describe('a run that ends badly', () => {
	it.each(['runAndWait', 'getResult'])('names the ComfyUI node in %s', async (operation) => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const waited = await runNode(rig, submit(rig, { operation: 'runAndWait' }));
		const [job] = [...rig.simulator.jobs.values()].slice(-1);
		const outcome =
			operation === 'runAndWait'
				? waited
				: await runNode(rig, status(rig, { operation, requestId: job?.requestId }));
		expect(outcome.error?.message).toMatch(/node 31/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'run_failed',
			request_id: job?.requestId,
			error_details: { node: { id: '31' } },
		});
	});

	it('tells its reason also where that quotes a header with a token', async () => {
		const details = 'Node 31: refused {"Authorization": "Bearer other-service-1"}';
		rig.simulator.inject({ name: 'run_failed', details });
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait' }));
		expect(outcome.error?.message).toMatch(/node 31 .*: OutOfMemory, refused/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'run_failed',
			request_id: [...rig.simulator.jobs.keys()].at(-1),
			error_details: {
				failures: [{ details: 'Node 31: refused {"Authorization": "Bearer [token]"}' }],
			},
		});
	});

	it('was canceled elsewhere', async () => {
		rig.simulator.inject({ name: 'run_canceled' });
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait' }));
		expect(outcome.error?.context?.data?.['error_code']).toBe('run_canceled');
		// n8n would say that the user has stopped the execution, and show no error.
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toBe('The request was cancelled');
	});

	it('takes too long: the id is kept, and the request goes on', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const options = { timeout: 1 };
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait', options }));
		const [job] = [...rig.simulator.jobs.values()].slice(-1);
		expect(outcome.error?.description).toMatch(/Get Result/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'timed_out',
			request_id: job?.requestId,
		});
		expect(countOf(rig, 'cancel')).toBe(0);
		expect(job?.state).toBe('in_progress');
	});

	it('takes too long and is canceled, when asked for', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const options = { timeout: 1, cancelOnTimeout: true };
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait', options }));
		const [job] = [...rig.simulator.jobs.values()].slice(-1);
		expect(outcome.error?.context?.data?.['error_code']).toBe('timed_out');
		expect(countOf(rig, 'cancel')).toBe(1);
		expect(job?.state).toBe('canceled');
	});
});
