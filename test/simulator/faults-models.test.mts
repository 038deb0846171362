// The faults, by name, on the routes of hosted models and on LoRA deployments.
import { describe, expect, it } from '@jest/globals';
import { type Answer, type Client, type Json, MODEL_IDS, start } from './support.mts';

const INPUTS = { prompt: 'a fox', seed: 7 };
const MODEL = `/v1/models/${MODEL_IDS.textToImage}`;

const submit = ({ call }: Client) => call('POST', MODEL, INPUTS);
const idOf = ({ json }: Answer) => String(json['request_id']);
const run = async (client: Client) => {
	const id = idOf(await submit(client));
	client.pass(1000);
	return id;
};
const read = ({ call }: Client, id: string, action = 'result') =>
	call('GET', `/v1/requests/${id}/${action}?include_cost=true`);

describe('a submit of a hosted model', () => {
	it.each(['reset', 'rate_limited', 'server_error', 'gateway_402', 'error_in_200'] as const)(
		'%s: nothing was accepted',
		async (name) => {
			const client = await start();
			client.sim.inject({ name, on: 'submit' });
			const json = await submit(client).then(
				(answer) => answer.json,
				() => ({}),
			);
			expect(json).not.toHaveProperty('request_id');
			expect([client.sim.count('models.submit'), client.sim.jobs.size]).toEqual([1, 0]);
			expect((await submit(client)).status).toBe(200);
		},
	);

	it.each(['reset_after_accept', 'error_after_accept', 'truncated_body'] as const)(
		'%s: it was accepted',
		async (name) => {
			const client = await start();
			client.sim.inject({ name, on: 'submit' });
			await submit(client).catch(() => undefined);
			expect(client.sim.jobs.size).toBe(1);
			const { faults, route, modelId } = client.sim.requests[0] ?? {};
			expect({ faults, route, modelId }).toEqual({
				faults: [name],
				route: 'models.submit',
				modelId: MODEL_IDS.textToImage,
			});
		},
	);

	it('faults can wait for one model, or for one API', async () => {
		const client = await start();
		const { sim } = client;
		sim.inject({ name: 'run_failed', model_id: MODEL_IDS.video });
		sim.inject({ name: 'rate_limited', on: 'models.submit', after: 1 });
		sim.inject({ name: 'server_error', on: 'models.status', model_id: MODEL_IDS.textToImage });
		const id = await run(client);
		expect((await client.submit('textToImage')).status).toBe(200);
		expect((await submit(client)).status).toBe(429);
		expect(sim.jobs.get(id)?.outcome.kind).toBe('succeeded');
		expect((await read(client, id, 'status')).status).toBe(500);
		sim.inject({ name: 'server_error', on: 'models', times: 2 });
		expect((await client.call('GET', '/v1/models')).status).toBe(500);
		expect((await client.call('GET', MODEL)).status).toBe(500);
		const nope = { name: 'reset' as const, model_id: 'nope' };
		expect(() => sim.inject(nope)).toThrow(/Unknown model "nope"/);
	});
});

describe('a run of a hosted model', () => {
	it.each<[string, Parameters<Client['sim']['inject']>[0], Json]>([
		['run_failed', { name: 'run_failed' }, { status: 'failed', error: { error: 'OutOfMemory' } }],
		[
			'run_failed as text',
			{ name: 'run_failed', shape: 'string', details: 'no' },
			{ status: 'failed', error: 'no' },
		],
		['run_canceled', { name: 'run_canceled' }, { status: 'cancelled' }],
		['run_time', { name: 'run_time' }, { status: 'in_progress' }],
		['empty_outputs', { name: 'empty_outputs' }, { status: 'succeeded', output: {} }],
		['null_output', { name: 'null_output' }, { status: 'succeeded', output: null }],
		['missing_url', { name: 'missing_url' }, { status: 'succeeded', output: {} }],
		['huge_result', { name: 'huge_result', bytes: 3 }, { output: { filler: ['xxx'] } }],
		['odd_cost', { name: 'odd_cost' }, { status: 'succeeded', cost: 'unknown' }],
		['odd_cost with a value', { name: 'odd_cost', value: 0 }, { cost: 0 }],
	])('%s', async (_name, fault, result) => {
		const client = await start({ faults: [fault] });
		expect((await read(client, await run(client))).json).toMatchObject(result);
	});

	it('the faults of a cancel and of its words', async () => {
		const client = await start({ queueMs: 10_000 });
		const id = idOf(await submit(client));
		const cancel = async () => (await client.call('POST', `/v1/requests/${id}/cancel`)).json;
		client.sim.inject({ name: 'cancel_refused' });
		expect(await cancel()).toMatchObject({ outcome: 'not_cancellable' });
		client.sim.inject({ name: 'cancel_family', family: 'status', times: 1 });
		client.sim.inject({ name: 'cancel_slow' });
		expect(await cancel()).toEqual({ request_id: id, status: 'cancellation_requested' });
		expect(client.sim.jobs.get(id)?.state).toBe('in_queue');
		client.pass(5000);
		client.sim.inject({ name: 'spelling', value: 'canceled' });
		expect((await read(client, id)).json).toMatchObject({ status: 'canceled' });
	});

	it('a file can be gone until the result is asked for again', async () => {
		const client = await start({ faults: [{ name: 'storage_expired' }] });
		const id = await run(client);
		const file = async () =>
			client.download(((await read(client, id)).json['output'] as { image: string }).image);
		expect([(await file()).status, (await file()).status]).toEqual([403, 200]);
	});
});

describe('a LoRA deployment', () => {
	it.each<[Parameters<Client['sim']['inject']>[0], Json]>([
		[{ name: 'null_output' }, { output: null }],
		[{ name: 'empty_outputs' }, { output: {} }],
		[{ name: 'missing_url' }, { output: { images: [] } }],
		[
			{ name: 'run_failed', details: 'no' },
			{ status: 'failed', error: [{ details: 'no' }] },
		],
	])('%j', async (fault, result) => {
		const client = await start({ faults: [fault] });
		const id = idOf(await client.submit('lora', { prompt: 'a' }));
		client.pass(1000);
		const { json } = await client.result(id);
		expect(json).toMatchObject(result);
		expect(json).not.toHaveProperty('cost');
	});
});
