// RunComfy calls back: the handling of each call in any format, who may call, and which node has a route.
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { serverError } from '../../../support/answers.mts';
import { type FlowOptions, submitted, turns, useFlows } from '../../support/rig.mts';
import { post, SECRET, serveWebhook, type WebhookFlow } from '../../support/webhook.mts';

const start = useFlows();
const webhook = (fields?: object, options?: FlowOptions) =>
	serveWebhook(start, 'runcomfy-webhook', fields, options);

const ids = { request_id: 'r', deployment_id: 'd' };
const MB = 1024 * 1024;

describe('a request that has ended', () => {
	it('is one message with the result, read from RunComfy', async () => {
		const flow = await webhook();
		const ref = await flow.callBack();
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toMatchObject([
			{
				...ref,
				status: 'succeeded',
				query: { user: '7', api_key: 'confidential' },
				payload: [{ node_id: '9', kind: 'image', url: expect.stringContaining('http') }],
				runcomfy: { result: { status: 'succeeded' }, warnings: [] },
			},
		]);
		expect(JSON.stringify(flow.sent)).not.toContain(SECRET);
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect(flow.simulator.count('result')).toBe(1);
	});

	it('goes to Catch if it failed', async () => {
		const flow = await webhook();
		flow.simulator.inject({ name: 'run_failed' });
		const ref = await flow.callBack();
		await flow.ended();
		expect(flow.sent).toEqual([]);
		expect(flow.caught).toMatchObject([
			{ ...ref, status: 'failed', error: { code: 'run_failed' } },
		]);
	});

	it('is told once, however often and late RunComfy calls, over deploys, too', async () => {
		const flow = await webhook();
		flow.simulator.inject({ name: 'webhook_duplicate', times: 10 });
		flow.simulator.inject({ name: 'webhook_reorder' });
		const { requestId, deploymentId } = await flow.callBack({
			webhook_intermediate_status: 'true',
		});
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

	it('an unknown request is 404', async () => {
		const flow = await webhook();
		expect(await post(flow.address, JSON.stringify(ids))).toBe(404);
		expect(flow.warned.at(-1)).toContain('could not be checked');
		expect(flow.sent).toEqual([]);
	});
});

describe('when RunComfy cannot be asked', () => {
	it('a call is answered 503, and the next one goes through', async () => {
		const flow = await webhook();
		flow.simulator.inject(serverError({ on: 'result', times: 1000 }));
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
	const body = JSON.stringify(ids);
	it.each([
		['?secret=wrong', {}],
		['', { 'x-runcomfy-secret': 'wrong' }],
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

	it.each([
		['', 'has no secret'],
		['${NOT_SET}', 'NOT_SET is not set'],
	])('nobody while the secret is "%s"', async (secret, warning) => {
		const flow = await webhook({}, { secret });
		for (const given of ['', encodeURIComponent(secret)]) {
			expect(await post(`${flow.bare}?secret=${given}`, body)).toBe(403);
		}
		expect(flow.warned).toEqual([expect.stringContaining(warning)]);
	});
});

type Middleware = (request: object, response: ServerResponse, next: () => void) => void;

describe('a body that is not a callback', () => {
	it.each<[string, string | Buffer]>([
		['HTML', '<html><title>502</title></html>'],
		['bytes that are no text', Buffer.from(JSON.stringify({ ...ids, x: 'ÿ' }), 'latin1')],
	])('%s is answered 400, and the next callback is taken', async (_what, body) => {
		const flow = await webhook();
		const headers = { 'content-type': 'application/json' };
		expect(await post(flow.address, body, headers)).toBe(400);
		expect(flow.simulator.requests).toEqual([]);
		await flow.callBack();
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
	});

	it('and is too large is answered 413, with and without its length given', async () => {
		const flow = await webhook();
		const large = JSON.stringify({ ...ids, outputs: 'x'.repeat(6 * MB) });
		expect(await post(flow.address, large)).toBe(413);
		expect(await post(flow.address, large, { 'transfer-encoding': 'chunked' })).toBe(413);
		expect(flow.simulator.requests).toEqual([]);
	});

	it('is answered by a middleware first: nothing comes of our own answer', async () => {
		const httpNodeMiddleware: Middleware = (_request, response, next) => {
			response.writeHead(504).end();
			next();
		};
		const flow = await webhook({}, { settings: { httpNodeMiddleware } });
		expect(await post(flow.address, JSON.stringify(ids))).toBe(504);
		await turns(20);
	});

	it('breaks off: nothing happens, and the next callback is taken', async () => {
		const flow = await webhook();
		const { port, pathname, search } = new URL(flow.address);
		const head = `POST ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"requ`;
		for (let calls = 0; calls < 5; calls += 1) {
			await new Promise((resolve) => {
				const socket = connect(Number(port), '127.0.0.1', () => {
					socket.write(head, () => socket.destroy());
				});
				socket.on('close', resolve);
			});
		}
		await flow.callBack();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
	});
});

describe('a callback in another form', () => {
	it.each<[string, (callback: object) => string, (callback: object) => object]>([
		['with a byte order mark', (body) => `\ufeff${JSON.stringify(body)}`, () => ({})],
		['that an app around Node-RED has left unread', JSON.stringify, () => ({ body: {} })],
		['that an app around Node-RED has parsed', () => '', (body) => ({ body })],
	])('%s is taken', async (_name, write, left) => {
		let callback = {};
		const httpNodeMiddleware: Middleware = (request, _response, next) => {
			Object.assign(request, left(callback));
			next();
		};
		const flow = await webhook({}, { settings: { httpNodeMiddleware } });
		const { requestId, deploymentId } = await submitted(flow);
		flow.time.pass(5000);
		callback = { request_id: requestId, deployment_id: deploymentId };
		expect(await post(flow.address, write(callback), { 'content-type': 'text/plain' })).toBe(200);
		await flow.ended();
		expect(flow.sent).toMatchObject([{ requestId, status: 'succeeded' }]);
	});
});

const routes = (flow: WebhookFlow) =>
	(
		flow.httpNode() as unknown as { _router?: { stack: Array<{ route?: { path: string } }> } }
	)._router?.stack.flatMap(({ route }) => route?.path ?? []);

/** Whether the node answers at a path: an empty body is 400, no route 404. */
const answers = async (flow: WebhookFlow, path: string) =>
	(await post(flow.address.replace('/runcomfy', path), '')) === 400;

describe('the route', () => {
	it('moves with the path, and leaves nothing behind', async () => {
		const flow = await webhook();
		for (const [type, path] of [
			['nodes', '/other'],
			['full', '/runcomfy'],
			['flows', 'no/slash'],
		] as const) {
			await flow.redeploy(type, { path });
			expect(routes(flow)).toEqual([path === 'no/slash' ? '/no/slash' : path]);
		}
		expect(await answers(flow, '/no/slash')).toBe(true);
		expect(await answers(flow, '/runcomfy')).toBe(false);
		await flow.redeploy('nodes', { d: true });
		expect(routes(flow)).toEqual([]);
	});

	it('keeps away from what else Node-RED serves', async () => {
		const flow = await webhook();
		const app = flow.httpNode() as unknown as {
			post(path: string, handler: (request: unknown, answer: { end(): void }) => void): void;
		};
		app.post('/runcomfy', (_request, answer) => answer.end());
		await flow.redeploy('nodes', { path: '/elsewhere' });
		expect(routes(flow)).toEqual(['/runcomfy', '/elsewhere']);
		await flow.redeploy('nodes', { path: '/runcomfy' });
		expect(flow.warned.at(-1)).toContain('this node receives nothing: POST /runcomfy');
		expect(flow.shown.at(-1)).toMatchObject({ fill: 'red', text: 'runcomfy.status.taken' });
	});

	it.each(['/a/:id', '/ä'])('of the pattern %s is refused', async (path) => {
		const flow = await webhook({ path });
		expect(routes(flow) ?? []).toEqual([]);
		expect(flow.warned).toEqual([expect.stringContaining('The path must')]);
		expect(flow.shown.at(-1)).toMatchObject({ fill: 'red', text: 'runcomfy.status.badPath' });
	});

	it('is not there where Node-RED serves no HTTP nodes', async () => {
		const flow = await webhook({}, { settings: { httpNodeRoot: false } });
		expect(routes(flow) ?? []).toEqual([]);
		expect(flow.shown.at(-1)).toMatchObject({ text: 'runcomfy.status.noHttp' });
	});
});

describe('two nodes with one path', () => {
	const second = (path: string) => ({
		nodes: [{ id: 'two', type: 'runcomfy-webhook', config: 'cfg', path, wires: [] }],
	});

	it.each(['/runcomfy', '/RunComfy/'])('%s: the first has it, the other says so', async (path) => {
		const flow = await webhook({}, second(path));
		expect(flow.warned).toEqual([expect.stringContaining('also serves this path')]);
		expect(flow.warnings('two').join()).toContain('this node receives nothing');
		expect(await answers(flow, '/runcomfy')).toBe(true);
	});

	it('the other gets it when the first moves on, without a restart of its own', async () => {
		const flow = await webhook({}, second('/runcomfy'));
		await flow.redeploy('nodes', { path: '/new' });
		expect(routes(flow)?.sort()).toEqual(['/new', '/runcomfy']);
		// The node has no secret.
		expect(await post(flow.address, '')).toBe(403);
	});
});
