// The wire contract of the queue: fields, ids, addresses and answers, as any client reads them.
import { describe, expect, it } from '@jest/globals';
import { at, start, urlsIn } from './support.mts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

describe.each(['v1', 'v2'])('the queue under /prod/%s', (version) => {
	const other = version === 'v1' ? 'v2' : 'v1';

	it('answers a submit with an id and URLs under the prefix that was called', async () => {
		const { sim, call } = await start();
		const base = `/prod/${version}/deployments/${sim.deploymentIds.textToImage}`;
		const { status, json } = await call('POST', `${base}/inference`, { overrides: {} });
		expect(status).toBe(200);
		const id = String(json['request_id']);
		expect(id).toMatch(UUID);
		expect(json).toEqual({
			request_id: id,
			status_url: `${sim.url}${base}/requests/${id}/status`,
			result_url: `${sim.url}${base}/requests/${id}/result`,
			cancel_url: `${sim.url}${base}/requests/${id}/cancel`,
		});
	});

	it('serves a request that was submitted under the other prefix', async () => {
		const { sim, call, status } = await start();
		const path = `/prod/${other}/deployments/${sim.deploymentIds.textToImage}/inference`;
		const { json } = await call('POST', path, { overrides: {} });
		const answer = await status(String(json['request_id']), version);
		expect(answer.json['status_url']).toContain(`/prod/${version}/`);
	});

	it('spells a cancelled request the way of its version', async () => {
		const { run, cancel, status, result } = await start({ queueMs: 1000 });
		const id = await run('textToImage');
		await cancel(id, version);
		const word = version === 'v1' ? 'canceled' : 'cancelled';
		expect((await status(id, version)).json['status']).toBe(word);
		expect((await result(id, version)).json['status']).toBe(word);
	});
});

describe('status', () => {
	it('has exactly the documented fields in every state', async () => {
		const { run, status, pass } = await start({ queueMs: 1000, latencyMs: 1000 });
		const id = await run('textToImage');
		const fields = async () => Object.keys((await status(id)).json).sort();
		const always = ['request_id', 'result_url', 'status', 'status_url'];
		expect(await fields()).toEqual(['queue_position', ...always].sort());
		pass(1000);
		expect(await fields()).toEqual(['instance_id', ...always].sort());
		pass(1000);
		expect(await fields()).toEqual(['instance_id', ...always].sort());
		expect((await status(id)).json['status']).toBe('completed');
	});
});

describe('result', () => {
	it('answers early with the state and no outputs', async () => {
		const { run, result, pass } = await start({ queueMs: 1000 });
		const id = await run('textToImage');
		const early = await result(id);
		expect(early.status).toBe(200);
		expect(early.json).toEqual({
			request_id: id,
			status: 'in_queue',
			created_at: '2026-07-01T10:00:00.000000+00:00',
		});
		pass(1000);
		expect((await result(id)).json['status']).toBe('in_progress');
	});

	it('gives outputs, times and the instance of a run that succeeded', async () => {
		const { sim, run, result, pass } = await start();
		const id = await run('textToImage');
		pass(1000);
		const { json } = await result(id);
		expect(Object.keys(json).join(' ')).toBe(
			'request_id status outputs created_at finished_at instance_id',
		);
		expect(json['status']).toBe('succeeded');
		expect(json['finished_at']).toMatch(MICROSECONDS);
		expect(json['outputs']).toEqual({
			'9': {
				images: [
					{
						url: `${sim.url}/storage/deployment_requests/${id}/output/ComfyUI_00001_.png`,
						filename: 'ComfyUI_00001_.png',
						subfolder: '',
						type: 'output',
					},
				],
			},
		});
	});

	it('gives the error and no outputs of a run that failed', async () => {
		const { finish } = await start();
		const { json } = await finish('textToImage', { '31': { inputs: { steps: 0 } } });
		expect(Object.keys(json).join(' ')).toBe('request_id status error created_at finished_at');
		expect(Object.keys(at(json, 'error', 0) as object).join(' ')).toBe(
			'error details debugInfo errorCode node_errors',
		);
	});

	it('gives the end of a cancelled run and nothing else', async () => {
		const { run, cancel, result } = await start();
		const id = await run('textToImage');
		await cancel(id);
		const { json } = await result(id);
		expect(Object.keys(json)).toEqual(['request_id', 'status', 'created_at', 'finished_at']);
	});
});

it('a cancel is accepted with 202, or says that it comes too late', async () => {
	const { sim, run, cancel, pass } = await start();
	const [running, ended] = [await run('textToImage'), await run('textToImage')];
	const accepted = await cancel(running);
	expect(accepted.status).toBe(202);
	expect(accepted.json).toEqual({ request_id: running, status: 'cancellation_requested' });
	expect(sim.jobs.get(running)).toHaveProperty('cancelRequestedAt');
	pass(1000);
	expect((await cancel(ended)).json).toEqual({ request_id: ended, status: 'not_cancellable' });
});

describe('outputs', () => {
	it('mix texts, flags, keys and files without a URL, under a subgraph id too', async () => {
		const { finish } = await start();
		const { json } = await finish('mixed', { '38:41': { inputs: { value: 'from inside' } } });
		expect(at(json, 'outputs', '38:42')).toEqual({ text: ['from inside'] });
		expect(at(json, 'outputs', '52', 'animated')).toEqual([true]);
		expect(at(json, 'outputs', '77', 'object_key')).toEqual(['renders/seed-123456789.png']);
		expect(at(json, 'outputs', '77', 'files', 0)).not.toHaveProperty('url');
		expect(at(json, 'outputs', '12', 'images', 0, 'type')).toBe('temp');
		expect(at(json, 'outputs', '12', 'images', 0, 'url')).toContain('/temp/');
	});

	it('hold a text that depends on the input', async () => {
		const { finish } = await start();
		const { json } = await finish('text', { '3': { inputs: { seed: 77, text_input: 'a cat' } } });
		const text = ['caption about a cat: input example.png, seed 77'];
		expect(at(json, 'outputs', '4')).toEqual({ text });
	});

	it('follow the file name prefix into a subfolder', async () => {
		const { finish, download } = await start();
		const answer = await finish('textToImage', { '9': { inputs: { filename_prefix: 'a b/c#' } } });
		expect(at(answer.json, 'outputs', '9', 'images', 0)).toMatchObject({
			filename: 'c#_00001_.png',
			subfolder: 'a b',
		});
		expect((await download(urlsIn(answer)[0] ?? '')).status).toBe(200);
	});
});

describe('unknown addresses', () => {
	it('answer 401001 without the right token', async () => {
		const { call, sim } = await start();
		const path = `/prod/v2/deployments/${sim.deploymentIds.textToImage}/inference`;
		for (const authorization of ['', 'Bearer wrong', sim.token]) {
			const { status, json } = await call('POST', path, { overrides: {} }, { authorization });
			expect([status, json['error_code']]).toEqual([401, 401001]);
		}
		expect(sim.jobs.size).toBe(0);
	});

	it('answer 404001 for a request that is not there, or is another deployment’s', async () => {
		const { sim, call, run, status } = await start();
		const missing = await status('00000000-0000-4000-8000-000000000000');
		expect([missing.status, missing.json['error_code']]).toEqual([404, 404001]);
		const id = await run('textToImage');
		const path = `/prod/v2/deployments/${sim.deploymentIds.video}/requests/${id}/status`;
		expect((await call('GET', path)).json['error_code']).toBe(404001);
	});

	it('answer 404001 for no deployment and 403003 for another account’s', async () => {
		const { sim, call, submit } = await start();
		const nowhere = await call('POST', '/prod/v2/deployments/nope/inference', { overrides: {} });
		expect([nowhere.status, nowhere.json['error_code']]).toEqual([404, 404001]);
		const foreign = await submit('foreign');
		expect([foreign.status, foreign.json['error_code']]).toEqual([403, 403003]);
		expect(sim.count('submit')).toBe(2);
	});

	it('answer 404 and 405 as the gateway does', async () => {
		const { call } = await start();
		expect((await call('GET', '/prod/v3/x')).status).toBe(404);
		expect((await call('GET', '/nothing')).json).toEqual({ detail: 'Not Found' });
		expect((await call('PUT', '/prod/v2/balance')).status).toBe(405);
	});
});

describe('the request log', () => {
	it('keeps route, ids, body and answer, and no token', async () => {
		const { sim, run, status } = await start();
		const id = await run('textToImage', { '6': { inputs: { text: 'logged' } } });
		await status(id);
		const [first, second] = sim.requests;
		expect(first).toMatchObject({
			route: 'submit',
			method: 'POST',
			requestId: id,
			deploymentId: sim.deploymentIds.textToImage,
			status: 200,
			authorized: true,
			body: { overrides: { '6': { inputs: { text: 'logged' } } } },
		});
		expect(second).toMatchObject({ route: 'status', requestId: id, status: 200 });
		expect(JSON.stringify(sim.requests)).not.toContain(sim.token);
	});

	it('can be short, counts every call, and keeps the beginning of a very large body', async () => {
		const { sim, call, submit } = await start({ keepRequests: 2 });
		for (const path of ['/one', '/two', '/three']) await call('GET', path);
		expect(sim.requests.map(({ path }) => path)).toEqual(['/two', '/three']);
		expect(sim.count('unknown')).toBe(3);
		await submit('textToImage', { overrides: {}, extra_data: { pad: 'x'.repeat(2 << 20) } });
		expect(JSON.stringify(sim.requests[1]?.body).length).toBeLessThan(2000);
	});
});
