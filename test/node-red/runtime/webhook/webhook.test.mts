// RunComfy calls back: the simulator calls the webhook node.
import { describe, expect, it } from '@jest/globals';
import { type FlowOptions, submitted, turns, useFlows } from '../../support/rig.mts';
import { post, SECRET, startWebhook } from '../../support/webhook.mts';

const start = useFlows();
const webhook = (fields?: Record<string, unknown>, options?: FlowOptions) =>
	startWebhook(start, fields, options);

describe('a request that has ended', () => {
	it('is one message with the result, read from RunComfy', async () => {
		const flow = await webhook();
		const ref = await flow.callBack({ more: '&user=7' });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toMatchObject([
			{
				...ref,
				status: 'succeeded',
				query: { user: '7' },
				payload: [{ node_id: '9', kind: 'image', url: expect.stringContaining('http') }],
				runcomfy: { result: { status: 'succeeded' }, warnings: [] },
			},
		]);
		expect(JSON.stringify(flow.sent)).not.toContain(SECRET);
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect(flow.simulator.count('result')).toBe(1);
	});

	it.each([
		['run_failed', 'failed'],
		['run_canceled', 'canceled'],
	] as const)('goes to Catch as %s', async (code, status) => {
		const flow = await webhook();
		flow.simulator.inject({ name: code });
		const ref = await flow.callBack();
		await flow.ended();
		expect(flow.sent).toEqual([]);
		expect(flow.caught).toMatchObject([{ ...ref, status, error: { code } }]);
	});

	it('has the outputs as chosen, one message per file', async () => {
		const flow = await webhook({ output: 'buffers', split: true });
		await flow.callBack({ deployment: 'mixed' });
		await flow.ended();
		expect(flow.sent.length).toBeGreaterThan(2);
		for (const [index, msg] of flow.sent.entries()) {
			expect(Buffer.isBuffer(msg.payload)).toBe(true);
			expect(msg).toHaveProperty('parts.index', index);
		}
		expect(flow.completed).toHaveLength(1);
	});

	it('is told once, however often and late RunComfy calls, over deploys, too', async () => {
		const flow = await webhook();
		flow.simulator.inject({ name: 'webhook_duplicate', times: 10 });
		flow.simulator.inject({ name: 'webhook_reorder' });
		const { requestId, deploymentId } = await flow.callBack({ intermediate: true });
		await flow.ended();
		expect(flow.calls().filter((call) => call.endsWith('delivered'))).toHaveLength(6);
		const body = JSON.stringify({
			request_id: requestId,
			deployment_id: deploymentId,
			status: 'succeeded',
		});
		for (const type of ['full', 'nodes'] as const) {
			await flow.redeploy(type, { name: type });
			expect(await post(flow.address, body)).toBe(200);
		}
		await turns(50);
		expect(flow.sent).toMatchObject([{ requestId, status: 'succeeded' }]);
		expect(flow.completed).toHaveLength(1);
	});

	it('is told once though the same callback comes many times at once', async () => {
		const flow = await webhook();
		const { requestId, deploymentId } = await submitted(flow);
		flow.time.pass(5000);
		const body = JSON.stringify({ request_id: requestId, deployment_id: deploymentId });
		const answers = await Promise.all(Array.from({ length: 20 }, () => post(flow.address, body)));
		expect(new Set(answers)).toEqual(new Set([200]));
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
		expect(flow.simulator.count('result')).toBe(1);
	});
});

describe('a state before the end', () => {
	it('makes no message, and costs no look at RunComfy', async () => {
		const flow = await webhook({}, { simulator: { queueMs: 1000 } });
		await flow.callBack({ intermediate: true, ms: 1500 });
		expect(flow.calls()).toContain('in_progress delivered');
		await turns(20);
		expect(flow.sent).toEqual([]);
		expect(flow.simulator.count('result')).toBe(0);
	});
});

describe('what a callback says is not believed', () => {
	it('a success that RunComfy does not know of is asked for again, and not sent', async () => {
		const flow = await webhook({}, { simulator: { latencyMs: 60_000 } });
		const { requestId, deploymentId } = await submitted(flow);
		const forged = {
			request_id: requestId,
			deployment_id: deploymentId,
			status: 'succeeded',
			outputs: { 9: { images: [{ url: 'https://evil.example/x.png' }] } },
		};
		expect(await post(flow.address, JSON.stringify(forged))).toBe(503);
		flow.time.pass(120_000);
		expect(await post(flow.address, JSON.stringify({ ...forged, status: 'failed' }))).toBe(200);
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
		expect(JSON.stringify(flow.sent)).not.toContain('evil.example');
	});

	it.each(['request_id', 'deployment_id'])('an unknown %s is 404', async (field) => {
		const flow = await webhook();
		const { requestId, deploymentId } = await submitted(flow);
		flow.time.pass(5000);
		const body = { request_id: requestId, deployment_id: deploymentId, [field]: 'unknown' };
		expect(await post(flow.address, JSON.stringify(body))).toBe(404);
		expect(flow.warned.at(-1)).toContain('could not be checked');
		expect(flow.sent).toEqual([]);
	});
});

describe('when RunComfy cannot be asked', () => {
	it.each([
		['server_error', {}],
		['rate_limited', {}],
		['reset', {}],
		['not_json', {}],
		['unauthorized', {}],
	])('%s is answered 503, and the next call goes through', async (name, more) => {
		const flow = await webhook();
		flow.simulator.inject({ name, on: 'result', times: 1000, ...more } as never);
		const ref = await flow.callBack();
		expect(flow.calls()).toEqual(['succeeded failed (503)']);
		expect(flow.sent).toEqual([]);
		flow.simulator.clearFaults();
		await flow.later(60_000);
		await flow.ended();
		expect(flow.calls().at(-1)).toBe('succeeded delivered');
		expect(flow.sent).toMatchObject([{ ...ref, status: 'succeeded' }]);
	});
});

describe('who may call', () => {
	const body = '{"request_id":"a","deployment_id":"b"}';
	it.each([
		['', {}],
		['?secret=', {}],
		['?secret=wrong', {}],
		[`?secret=wrong&secret=${encodeURIComponent(SECRET)}`, {}],
		['', { 'x-runcomfy-secret': 'wrong' }],
		[`?Secret=${encodeURIComponent(SECRET)}`, {}],
	])('not a request to %s with %j', async (query, headers) => {
		const flow = await webhook();
		expect(await post(`${flow.bare}${query}`, body, headers)).toBe(403);
		expect(flow.simulator.requests).toEqual([]);
	});

	it('one with the secret in a header', async () => {
		const flow = await webhook();
		const answer = post(`${flow.bare}`, '{}', { 'x-runcomfy-secret': SECRET });
		expect(await answer).toBe(400);
	});

	it.each(['', '${NOT_SET}'])('nobody while the secret is "%s"', async (secret) => {
		const flow = await webhook({}, { secret });
		for (const given of ['', encodeURIComponent(secret)]) {
			expect(await post(`${flow.bare}?secret=${given}`, body)).toBe(403);
		}
		expect(flow.warned).toEqual([expect.stringContaining('has no secret')]);
	});
});
