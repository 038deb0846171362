import { describe, expect, it } from 'vitest';
import {
	byId,
	countOf,
	everythingOf,
	runNode,
	TOKEN,
	useRig,
	type Parameters,
} from './support.mts';

const rig = useRig();

const submit = (more: object = {}): Parameters => ({
	operation: 'submit',
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
	overrides: '{}',
	...more,
});

const status = (more: object = {}): Parameters => ({
	operation: 'getStatus',
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
	requestId: '3f0e8a52-0000-4000-8000-000000000000',
	...more,
});

interface Expected {
	code: string;
	message: RegExp;
	/** The way out. */
	description: RegExp;
	/** HTTP requests that went out. */
	sent: number;
}

/** Runs one node that must fail, and looks at all that a user sees of it. */
async function expectFailure(parameters: Parameters, expected: Expected): Promise<void> {
	const outcome = await runNode(rig, parameters);
	expect(outcome.status).toBe('error');
	expect(outcome.error?.context?.data?.['error_code']).toBe(expected.code);
	expect(outcome.error?.message).toMatch(expected.message);
	expect(outcome.error?.description).toMatch(expected.description);
	expect(rig.simulator.requests.length).toBe(expected.sent);
	expect(everythingOf(outcome)).not.toContain(TOKEN);

	rig.simulator.requests.length = 0;
	const kept = await runNode(rig, parameters, [{}], { onError: 'continueRegularOutput' });
	expect(kept.status).toBe('success');
	expect(kept.items('Step 1')[0]?.json).toMatchObject({ error_code: expected.code });
	expect(everythingOf(kept)).not.toContain(TOKEN);
}

describe('a parameter that cannot be right is refused before anything is sent', () => {
	it.each<[string, () => Parameters, string, RegExp, RegExp]>([
		[
			'overrides that are not JSON',
			() => submit({ overrides: '{"6": {"inputs": ' }),
			'invalid_input',
			/not valid JSON/,
			/quotes, commas and brackets/,
		],
		[
			'overrides without node ids',
			() => submit({ overrides: '{"prompt":"a cat"}' }),
			'invalid_overrides',
			/"prompt" has no "inputs"/,
			/"<node id>"/,
		],
		[
			'overrides that are a list',
			() => submit({ overrides: '[1]' }),
			'invalid_overrides',
			/must be an object/,
			/"<node id>"/,
		],
		[
			'overrides from an expression with a number that lost digits',
			() => submit({ overrides: '={{ ({ "31": { inputs: { seed: 2 ** 60 } } }) }}' }),
			'invalid_input',
			/31\.inputs\.seed/,
			/JSON text/,
		],
		[
			'a workflow in the editor’s format',
			() => submit({ inputMode: 'workflow', workflowApiJson: '{"nodes":[],"links":[]}' }),
			'invalid_input',
			/editor format/,
			/Export \(API\)/,
		],
		[
			'a workflow that is none',
			() => submit({ inputMode: 'workflow', workflowApiJson: '{"1":{"inputs":{}}}' }),
			'invalid_input',
			/"1" of the workflow has no class_type/,
			/Export \(API\)/,
		],
		[
			'no deployment',
			() => submit({ deploymentId: byId('={{ "" }}') }),
			'invalid_input',
			/deployment id is empty/,
			/Choose a deployment/,
		],
		[
			'a deployment id that leads to another path',
			() => submit({ deploymentId: byId('../../balance') }),
			'invalid_input',
			/cannot be a deployment id/,
			/no slashes/,
		],
		[
			'an address without a deployment',
			() =>
				submit({ deploymentId: { __rl: true, mode: 'url', value: 'https://www.runcomfy.com/x' } }),
			'invalid_input',
			/Deployment URL names no deployment/,
			/\/deployments\//,
		],
		[
			'an empty request id',
			() => status({ requestId: '={{ $json.nothing }}' }),
			'invalid_input',
			/request id is empty/,
			/submit step/,
		],
		[
			'a webhook that is no address',
			() => submit({ options: { webhook: 'example' } }),
			'invalid_input',
			/webhook "example" is not a web address/,
			/https/,
		],
		[
			'a webhook that is the token, pasted into the wrong field',
			() => submit({ options: { webhook: TOKEN } }),
			'invalid_input',
			/webhook "\[token\]" is not a web address/,
			/https/,
		],
		[
			'extra data that is no object',
			() => submit({ options: { extraData: '[1]' } }),
			'invalid_input',
			/Extra Data must be a JSON object/,
			/\{"key": "value"\}/,
		],
		[
			'extra data that is not JSON',
			() => submit({ options: { extraData: '{' } }),
			'invalid_input',
			/Extra Data must be a JSON object/,
			/\{"key": "value"\}/,
		],
		[
			'a negative timeout',
			() => submit({ operation: 'runAndWait', options: { timeout: -1 } }),
			'invalid_input',
			/Timeout \(Seconds\) must be a number, 0 or more/,
			/-1/,
		],
		[
			'a file size that is no number',
			() => submit({ operation: 'runAndWait', options: { maxFileSize: '={{ "big" }}' } }),
			'invalid_input',
			/Max File Size \(MB\) must be a number/,
			/big/,
		],
		[
			'a switch that is neither on nor off',
			() => submit({ operation: 'runAndWait', options: { downloadFiles: '={{ "maybe" }}' } }),
			'invalid_input',
			/Download Files must be true or false/,
			/maybe/,
		],
		[
			'a concurrency of none',
			() => submit({ options: { concurrency: 0 } }),
			'invalid_input',
			/Concurrency must be 1 or more/,
			/whole number/,
		],
	])('%s', async (_name, parameters, code, message, description) => {
		await expectFailure(parameters(), { code, message, description, sent: 0 });
	});

	it.each([
		['a base URL that is none', 'baseUrl', 'runcomfy', /base URL "runcomfy"/],
		['an unknown API version', 'apiVersion', 'v3', /no API version "v3"/],
	])('%s', async (_name, field, value, message) => {
		rig.credential[field] = value;
		const outcome = await runNode(rig, submit());
		expect(outcome.error?.message).toMatch(message);
		expect(outcome.error?.context?.data?.['error_code']).toBe('invalid_input');
	});
});

describe('what the service refuses has a code and a way out, and is sent once', () => {
	it('a wrong token', async () => {
		rig.credential['apiToken'] = 'wrong-token-7d6c5b4a';
		await expectFailure(submit(), {
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
		await expectFailure(submit({ deploymentId }), { code, message, description, sent: 1 });
	});

	it('an unknown deployment', async () => {
		await expectFailure(submit({ deploymentId: byId('00000000-0000-4000-8000-000000000000') }), {
			code: 'not_found',
			message: /404001/,
			description: /Check the deployment id/,
			sent: 1,
		});
	});

	it('an unknown request', async () => {
		await expectFailure(status(), {
			code: 'not_found',
			message: /404001/,
			description: /request id/,
			sent: 1,
		});
	});

	it('overrides of a node that the workflow does not have', async () => {
		await expectFailure(submit({ overrides: '{"999":{"inputs":{"text":"x"}}}' }), {
			code: 'invalid_overrides',
			message: /422001/,
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
			await expectFailure(submit(), {
				code: 'submit_unconfirmed',
				message: /not known/,
				description: /Look at the deployment’s requests/,
				sent: 1,
			});
		},
	);

	it('an error inside a 200', async () => {
		rig.simulator.inject({ name: 'error_in_200', on: 'cancel', code: 10002, times: 2 });
		await expectFailure(status({ operation: 'cancel' }), {
			code: 'deployment_disabled',
			message: /10002/,
			description: /Enable/,
			sent: 1,
		});
	});

	it('a redirect: the token is not sent on', async () => {
		rig.simulator.inject({ name: 'redirect', on: 'submit', times: 2 });
		await expectFailure(submit(), {
			code: 'bad_response',
			message: /302/,
			description: /base URL/,
			sent: 1,
		});
	});

	it('an answer that repeats the token', async () => {
		rig.simulator.inject({ name: 'token_echo', on: 'submit', times: 2 });
		await expectFailure(submit(), {
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
		const outcome = await runNode(rig, submit({ operation: 'runAndWait' }));
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
		const waited = await runNode(rig, submit({ operation: 'runAndWait' }));
		const [job] = [...rig.simulator.jobs.values()].slice(-1);
		const outcome =
			operation === 'runAndWait'
				? waited
				: await runNode(rig, status({ operation, requestId: job?.requestId }));
		expect(outcome.error?.message).toMatch(/node 31/);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'run_failed',
			request_id: job?.requestId,
			error_details: { node: { id: '31' } },
		});
	});

	it('was canceled elsewhere', async () => {
		rig.simulator.inject({ name: 'run_canceled' });
		const outcome = await runNode(rig, submit({ operation: 'runAndWait' }));
		expect(outcome.error?.context?.data?.['error_code']).toBe('run_canceled');
	});

	it('takes too long: the id is kept, and the request goes on', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const options = { timeout: 1 };
		const outcome = await runNode(rig, submit({ operation: 'runAndWait', options }));
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
		const outcome = await runNode(rig, submit({ operation: 'runAndWait', options }));
		const [job] = [...rig.simulator.jobs.values()].slice(-1);
		expect(outcome.error?.context?.data?.['error_code']).toBe('timed_out');
		expect(countOf(rig, 'cancel')).toBe(1);
		expect(job?.state).toBe('canceled');
	});
});
