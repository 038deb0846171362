// What users see of an error. Every failure of every call is in test/faults.
import { describe, expect, it } from '@jest/globals';
import {
	byId,
	codeOf,
	countOf,
	expectFailure,
	itemsOf,
	type Json,
	newestJob,
	paidIn,
	RETRY,
	runAndWait,
	runNode,
	stateOf,
	status,
	submit,
	useRig,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

describe('a refusal of the service has a code and a hint, and is not repeated', () => {
	it.each([
		['foreign', 'forbidden', /403003/, /another RunComfy account/],
		['disabled', 'deployment_disabled', /10002/, /Enable the deployment/],
		['noFunds', 'insufficient_funds', /10001/, /Top up/],
		['deleted', 'deployment_deleted', /10003/, /Choose another deployment/],
		['unknown', 'not_found', /404001/, /Check the deployment id/],
	] as const)('deployment "%s"', async (name, code, message, description) => {
		const { deploymentIds } = rig.simulator;
		const id = name === 'unknown' ? '00000000-0000-4000-8000-000000000000' : deploymentIds[name];
		const expected = { code, message, description, sent: 1 };
		await expectFailure(rig, submit(rig, { deploymentId: byId(id) }), expected);
	});

	it('a wrong token', async () => {
		rig.credential['apiToken'] = 'wrong-token-7d6c5b4a';
		const expected = { message: /401001/, description: /Check the API token/, sent: 1 };
		await expectFailure(rig, submit(rig), { code: 'auth_failed', ...expected });
	});

	it('an unknown request', async () => {
		const expected = { message: /404001/, description: /request id/, sent: 1 };
		await expectFailure(rig, status(rig), { code: 'not_found', ...expected });
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

	it('a submit whose answer was lost, although the request was accepted', async () => {
		rig.simulator.inject({ name: 'reset_after_accept', on: 'submit', times: 2 });
		await expectFailure(rig, submit(rig), {
			code: 'submit_unconfirmed',
			message: /not known/,
			description: /Look at the deployment’s requests/,
			sent: 1,
		});
	});
});

describe.each([
	['rate_limited', { name: 'rate_limited' }, /Too Many Requests \(HTTP 429\)/],
	['service_unavailable', { name: 'html_error_page', status: 503, retry_after: 3 }, /HTTP 503/],
] as const)('a submit that RunComfy refuses for now: %s', (code, fault, message) => {
	const inject = (times: number) => rig.simulator.inject({ ...fault, on: 'submit', times });

	it('is sent four times, and is nothing to look for', async () => {
		inject(Infinity);
		const expected = { message, description: /^(Wait a little|Try again in a minute)/, sent: 4 };
		await expectFailure(rig, submit(rig), { code, ...expected });
		expect(paidIn(rig)).toEqual([]);
	});

	it('is sent again by Retry On Fail', async () => {
		inject(4);
		const outcome = await runNode(rig, runAndWait(rig), [{}], RETRY);
		expect(itemsOf(outcome)).toMatchObject([{ json: { status: 'succeeded' } }]);
		expect(countOf(rig, 'submit')).toBe(5);
		expect(paidIn(rig)).toHaveLength(1);
	});
});

it.each(['http://127.0.0.1:1', 'https://nowhere.invalid'])(
	'a submit that cannot have reached %s is not unconfirmed',
	async (baseUrl) => {
		rig.credential['baseUrl'] = baseUrl;
		const outcome = await runNode(rig, submit(rig, { options: { checkInputs: false } }));
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'service_unavailable',
			error_details: {
				network_code: expect.stringMatching(/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/),
			},
		});
	},
);

it.each([
	['rate_limited', { retry_after: 0, on: 'submit' }],
	['not_found_after_submit', {}],
] as const)('a failure that passes is not an error: %s', async (name, more) => {
	const before = rig.simulator.jobs.size;
	rig.simulator.inject({ name, ...more } as Parameters<typeof rig.simulator.inject>[0]);
	const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait' }));
	expect(outcome.items('Step 1')[0]?.json['status']).toBe('succeeded');
	expect(rig.simulator.requests.some(({ faults }) => faults.includes(name))).toBe(true);
	expect(rig.simulator.jobs.size - before).toBe(1);
});

describe('a run that did not succeed', () => {
	const run = (options: Json = {}) =>
		runNode(rig, submit(rig, { operation: 'runAndWait', options }));

	it.each(['runAndWait', 'getResult'])('names the ComfyUI node in %s', async (operation) => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const waited = await run();
		const requestId = newestJob(rig)?.requestId;
		const outcome =
			operation === 'runAndWait'
				? waited
				: await runNode(rig, status(rig, { operation, requestId }));
		expect(outcome.error?.message).toMatch(/node 31/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'run_failed',
			request_id: requestId,
			error_details: { node: { id: '31' } },
		});
	});

	it('gives its reason although that quotes a header with a token', async () => {
		const details = 'Node 31: refused {"Authorization": "Bearer other-service-1"}';
		rig.simulator.inject({ name: 'run_failed', details });
		const outcome = await run();
		expect(outcome.error?.message).toMatch(/node 31 .*: OutOfMemory, refused/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'run_failed',
			error_details: {
				failures: [{ details: 'Node 31: refused {"Authorization": "Bearer [token]"}' }],
			},
		});
	});

	it('because it was canceled elsewhere is an error, not a stop', async () => {
		rig.simulator.inject({ name: 'run_canceled' });
		const outcome = await run();
		expect(codeOf(outcome)).toBe('run_canceled');
		// At the word "canceled", n8n would say that the user has stopped the execution.
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toBe('The request was cancelled');
	});

	it('before its timeout flows on with its state if the node continues on error', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const settings = { onError: 'continueRegularOutput' };
		const parameters = runAndWait(rig, { options: { timeout: 8 } });
		const [item] = itemsOf(await runNode(rig, parameters, [{}], settings));
		expect(item?.json).toMatchObject({
			error_code: 'timed_out',
			error: 'The request had not ended after 8 s',
			request_id: newestJob(rig)?.requestId,
			status: 'in_progress',
			timed_out: true,
		});
	});

	it.each([
		['goes on', {}, 0, 'in_progress'],
		['is canceled if you want that', { cancelOnTimeout: true }, 1, 'canceled'],
	])('before its timeout %s, and its id is kept', async (_what, options, cancels, state) => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await run({ timeout: 1, ...options });
		const requestId = newestJob(rig)?.requestId;
		expect(outcome.error?.description).toMatch(/Get Result|cancel/i);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'timed_out',
			request_id: requestId,
		});
		expect(countOf(rig, 'cancel')).toBe(cancels);
		expect(stateOf(rig, requestId)).toBe(state);
	});
});
