// A request of a hosted model: the same submit, polling, result and cancel, on the Model API's routes.
import { describe, expect, it } from '@jest/globals';
import { cancel, getResult, getStatus, idsOf, refOf, type SubmitInput } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { run } from '../../support/pursued.mts';
import { fakeJob } from '../support/fakeJob.mts';
import { clientOf, errorOf, json } from '../support/virtualHost.mts';

const MODEL = 'blackforestlabs/flux-2/flash/text-to-image';
const INPUT: SubmitInput = { modelId: MODEL, inputs: { prompt: 'a cat' } };
const REF = { modelId: MODEL, requestId: 'req-1' } as const;
const IMAGE = 'https://serverless-api-storage.runcomfy.net/models/req-1/a.png';

const modelJob = (options: Parameters<typeof fakeJob>[0] = {}) =>
	fakeJob({ result: { outputs: undefined, output: { image: IMAGE } }, ...options });

describe('a request of a hosted model', () => {
	it('is submitted, watched and read like any other', async () => {
		const { client, host } = clientOf(
			modelJob({ runMs: 60_000, result: { output: { image: IMAGE }, cost: 0.012 } }).script,
		);
		const result = await run(client, INPUT);
		expect(result).toMatchObject({
			request_id: 'req-1',
			model_id: MODEL,
			status: 'succeeded',
			output: { image: IMAGE },
			cost: 0.012,
			files: [{ channel: 'image', kind: 'image', filename: 'a.png', url: IMAGE }],
			warnings: [],
		});
		expect(result).not.toHaveProperty('deployment_id');
		expect(result).not.toHaveProperty('outputs');
		expect(new Set(host.calls.map(({ request, path }) => `${request.method} ${path}`))).toEqual(
			new Set([
				`POST /v1/models/${MODEL}`,
				'GET /v1/requests/req-1/status',
				'GET /v1/requests/req-1/result?include_cost=true',
			]),
		);
		expect(JSON.parse(host.calls[0]?.request.body ?? '')).toEqual({ prompt: 'a cat' });
	});

	it('goes to the host of models, or to the only address that a simulator has', async () => {
		for (const [baseUrl, origin] of [
			[undefined, 'https://model-api.runcomfy.net'],
			['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
			['https://proxy.example/runcomfy', 'https://proxy.example/runcomfy'],
		] as const) {
			const { client, host } = clientOf(modelJob().script, baseUrl ? { baseUrl } : {});
			await getStatus(client, REF);
			expect(host.calls[0]?.request.url).toBe(`${origin}/v1/requests/req-1/status`);
		}
	});

	it.each([
		['pending', 'in_queue'],
		['waiting', 'in_queue'],
		['starting', 'in_progress'],
		['processing', 'in_progress'],
		['succeeded', 'completed'],
		['failed', 'completed'],
		['cancelled', 'canceled'],
	])('that is %s is %s', async (word, state) => {
		const { client } = clientOf(json({ request_id: 'req-1', status: word }));
		expect(await getStatus(client, REF)).toMatchObject({ ...idsOf(REF), status: state });
	});

	it('is known by its own id alone', async () => {
		const ref = { requestId: ' req-1 ' } as const;
		const { client } = clientOf(
			json({ request_id: 'req-1', model_id: MODEL, status: 'succeeded', output: {} }),
		);
		expect(await getResult(client, ref)).toMatchObject({ model_id: MODEL });
		expect(await getStatus(client, ref)).not.toHaveProperty('model_id');
	});

	it('is stored with its kind; what was stored without one is of a deployment', () => {
		for (const ref of [REF, { requestId: 'r' } as const]) {
			expect(refOf(idsOf(ref))).toEqual(ref);
		}
		const deployment = { deploymentId: 'd', requestId: 'r' };
		expect(idsOf(deployment)).toEqual({ request_id: 'r', deployment_id: 'd' });
		expect(refOf({ request_id: 'r', deployment_id: 'd' })).toEqual(deployment);
	});
});

describe('the submit of a model', () => {
	it.each([
		[402, { detail: 'no balance' }, 'insufficient_funds', 'Top up your RunComfy balance'],
		[200, { error_code: 10001, error_message: 'no' }, 'insufficient_funds', 'Top up your RunComfy'],
		[422, { detail: [{ loc: ['body', 'prompt'], msg: 'required' }] }, 'invalid_request', 'Change'],
		[400, { message: 'unknown node id in overrides' }, 'invalid_request', 'Change'],
		[200, { error_code: 500001, error_message: 'x' }, 'submit_unconfirmed', 'may be running'],
	])('answered with %i %j is %s', async (status, body, code, hint) => {
		const error = await errorOf(submit(clientOf(json(body, status)).client, INPUT));
		expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) });
	});

	it.each([[404001, 404], ...[200, 400, 401, 402, 403].map((status) => [400001, status] as const)])(
		'to an unknown model (%i, HTTP %i) says so, and asks for nothing else',
		async (number, status) => {
			const { client, host } = clientOf(
				json({ error_code: number, error_message: 'no such model' }, status),
			);
			const { code, hint } = await errorOf(submit(client, INPUT));
			expect(code).toBe('not_found');
			expect(hint).toMatch(/^Check the ids: /);
			expect(host.calls).toHaveLength(1);
		},
	);
});

it.each([
	['cancelled', 'cancellation_requested'],
	['not_cancellable', 'not_cancellable'],
])('a cancel of a model’s request with the outcome %s is %s', async (outcome, status) => {
	const { client, host } = clientOf(json({ request_id: 'req-1', status: 'completed', outcome }));
	expect(await cancel(client, REF)).toMatchObject({ ...idsOf(REF), status });
	expect(host.calls[0]?.path).toBe('/v1/requests/req-1/cancel');
});

describe('the wrong kind of request', () => {
	const refs = [REF, { deploymentId: 'dep-1', requestId: 'req-1' }];
	const calls = { getStatus, getResult, cancel };
	it.each(refs.flatMap((ref) => Object.keys(calls).map((name) => [name, ref] as const)))(
		'is what %s of %j names if it finds nothing',
		async (name, ref) => {
			const { client } = clientOf(json({ error_code: 404001, error_message: 'no' }, 404));
			const call = calls[name as keyof typeof calls];
			expect(await errorOf(call(client, ref, { retries: { attempts: 1 } as never }))).toMatchObject(
				{
					code: 'not_found',
					hint: expect.stringContaining(
						'only as a request of its own deployment, or of a hosted model',
					),
				},
			);
		},
	);
});

describe('the result of a model', () => {
	const resultOf = (body: object) =>
		getResult(clientOf(json({ request_id: 'req-1', status: 'succeeded', ...body })).client, REF);

	it.each([
		[0.5, 0.5],
		['0.5', 0.5],
		[0, 0],
	])('that cost %j cost %d', async (cost, told) => {
		expect(await resultOf({ output: {}, cost })).toMatchObject({ cost: told });
	});

	it.each(['much', -1, {}, [], true, 'NaN'])('has no cost of %j, and says so', async (cost) => {
		const result = await resultOf({ output: {}, cost });
		expect(result).not.toHaveProperty('cost');
		expect(result.warnings).toEqual([expect.stringContaining('not a number')]);
	});

	it('may leave out its cost', async () => {
		for (const body of [{}, { cost: null }]) {
			const result = await resultOf({ output: {}, ...body });
			expect(result).not.toHaveProperty('cost');
			expect(result).not.toHaveProperty('warnings');
		}
	});

	it.each([
		['NSFW content', 'Change the inputs as the message says'],
		['CUDA out of memory', 'ran out of memory'],
	])('of a failed run has its reasons, and a hint that fits: %s', async (message, hint) => {
		const error = JSON.stringify({ errors: [{ code: 1, message }] });
		const { client } = clientOf(modelJob({ result: { status: 'failed', error } }).script);
		expect(await errorOf(run(client, INPUT))).toMatchObject({
			code: 'run_failed',
			message: `The run failed: ${message}`,
			hint: expect.stringContaining(hint),
			requestId: 'req-1',
		});
	});
});
