// The wire contract of the queue: fields, ids, URLs and answers, as any client reads them.
import { describe, expect, it } from '@jest/globals';
import { type Answer, at, start, urlsIn } from './support.mts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

describe.each(['v1', 'v2'])('the queue under /prod/%s', (version) => {
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
});

describe('an answer has exactly the documented fields in every state', () => {
	const STEPS = { '31': { inputs: { steps: 0 } } };
	const fields = ({ json }: Answer) => Object.keys(json).join(' ');

	it('status', async () => {
		const { run, status, pass } = await start({ queueMs: 1000, latencyMs: 1000 });
		const id = await run('textToImage');
		expect(fields(await status(id))).toBe('request_id status queue_position status_url result_url');
		pass(1000);
		const other = 'request_id status instance_id status_url result_url';
		expect(fields(await status(id))).toBe(other);
		pass(1000);
		expect(fields(await status(id))).toBe(other);
		expect((await status(id)).json['status']).toBe('completed');
	});

	it('result', async () => {
		const { sim, run, cancel, result, pass } = await start({ queueMs: 1000 });
		const [id, wrong] = [await run('textToImage'), await run('textToImage', STEPS)];
		const early = await result(id);
		expect([early.status, early.json]).toEqual([
			200,
			{ request_id: id, status: 'in_queue', created_at: '2026-07-01T10:00:00.000000+00:00' },
		]);
		const canceled = await run('textToImage');
		await cancel(canceled);
		expect(fields(await result(canceled))).toBe('request_id status created_at finished_at');
		pass(2000);
		const failed = await result(wrong);
		expect(fields(failed)).toBe('request_id status error created_at finished_at');
		expect(Object.keys(at(failed.json, 'error', 0) as object).join(' ')).toBe(
			'error details debugInfo errorCode node_errors',
		);
		const ended = await result(id);
		expect(fields(ended)).toBe('request_id status outputs created_at finished_at instance_id');
		expect(ended.json['status']).toBe('succeeded');
		expect(ended.json['finished_at']).toMatch(MICROSECONDS);
		const file = { filename: 'ComfyUI_00001_.png', subfolder: '', type: 'output' };
		const url = `${sim.url}/storage/deployment_requests/${id}/output/${file.filename}`;
		expect(ended.json['outputs']).toEqual({ '9': { images: [{ url, ...file }] } });
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
});
