// A request of a hosted model: the same submit, polling, result and cancel, on the Model API's routes.
import { describe, expect, it } from '@jest/globals';
import { getResult, getStatus, idsOf, refOf, type SubmitInput } from '../../../core/index';
import { run } from '../../support/pursued.mts';
import { fakeJob } from '../support/fakeJob.mts';
import { clientOf, json } from '../support/virtualHost.mts';

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

describe('the result of a model', () => {
	const resultOf = (body: object) =>
		getResult(clientOf(json({ request_id: 'req-1', status: 'succeeded', ...body })).client, REF);

	it.each(['much', -1, {}, [], true, 'NaN'])('has no cost of %j, and says so', async (cost) => {
		const result = await resultOf({ output: {}, cost });
		expect(result).not.toHaveProperty('cost');
		expect(result.warnings).toEqual([expect.stringContaining('not a number')]);
	});
});
