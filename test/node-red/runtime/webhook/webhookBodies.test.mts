// Bodies at the webhook node that do not look like a callback must not end the process.
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { submitted, turns, useFlows } from '../../support/rig.mts';
import { post, startWebhook } from '../../support/webhook.mts';

const start = useFlows();

type Middleware = (request: unknown, response: ServerResponse, next: () => void) => void;

const ids = { request_id: 'r', deployment_id: 'd' };
const MB = 1024 * 1024;

const TYPES: Record<string, string> = {
	HTML: 'text/html',
	'a form': 'application/x-www-form-urlencoded',
};
const levels = `${'['.repeat(9_000)}${']'.repeat(9_000)}`;

describe('a body that is not a callback', () => {
	it.each<[string, string | Buffer]>([
		['HTML', '<html><title>502</title></html>'],
		['nothing', ''],
		['half of the JSON', '{"request_id":"req-1","deploy'],
		['null', 'null'],
		['a list of callbacks', JSON.stringify([ids])],
		['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
		['compressed JSON', gzipSync(JSON.stringify(ids))],
		['a form', 'request_id=r&deployment_id=d'],
		['no deployment', '{"request_id":"r"}'],
		['an id that leads elsewhere', '{"request_id":"../../balance","deployment_id":"d"}'],
		['deep JSON', '['.repeat(200_000)],
		['levels as id', `{"request_id":${levels},"deployment_id":"d"}`],
	])('%s is answered 400, and the next callback is taken', async (what, body) => {
		const flow = await startWebhook(start);
		const headers = { 'content-type': TYPES[what] ?? 'application/json' };
		expect(await post(flow.address, body, headers)).toBe(400);
		expect(flow.simulator.requests).toEqual([]);
		await flow.callBack();
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
	});

	it('but names an unknown request, and has levels besides, is answered 404', async () => {
		const flow = await startWebhook(start);
		const body = JSON.stringify(ids).replace('{', `{"outputs":${levels},`);
		expect(await post(flow.address, body)).toBe(404);
	});

	it('and is too large is answered 413, with and without its length given', async () => {
		const flow = await startWebhook(start);
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
		const flow = await startWebhook(start, {}, { settings: { httpNodeMiddleware } });
		expect(await post(flow.address, JSON.stringify(ids))).toBe(504);
		await turns(20);
	});

	it('breaks off: nothing happens, and the next callback is taken', async () => {
		const flow = await startWebhook(start);
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
	it.each<[string, (body: object) => string | Buffer, Record<string, string>]>([
		['with a byte order mark', (body) => `\ufeff${JSON.stringify(body)}`, {}],
		['of another type', (body) => JSON.stringify(body), { 'content-type': 'text/plain' }],
		['with its outcome', (body) => JSON.stringify({ ...body, outcome: 'succeeded' }), {}],
		[
			'with a large seed',
			(body) => JSON.stringify(body).replace('{', '{"seed":18446744073709551615,'),
			{},
		],
	])('%s is taken', async (_name, write, headers) => {
		const flow = await startWebhook(start);
		const { requestId, deploymentId } = await submitted(flow);
		flow.time.pass(5000);
		const body = { request_id: requestId, deployment_id: deploymentId };
		expect(await post(flow.address, write(body), headers)).toBe(200);
		await flow.ended();
		expect(flow.sent).toMatchObject([{ requestId, status: 'succeeded' }]);
	});

	it('parsed by an app around Node-RED is taken', async () => {
		const flow = await startWebhook(start);
		const { requestId, deploymentId } = await submitted(flow);
		flow.time.pass(5000);
		const parsed = { request_id: requestId, deployment_id: deploymentId };
		flow.before((request) => Object.assign(request, { body: parsed }));
		expect(await post(flow.address, '')).toBe(200);
		await flow.ended();
		expect(flow.sent).toMatchObject([{ requestId }]);
	});

	it('that an app around Node-RED, such as its editor’s, has left unread is taken', async () => {
		const flow = await startWebhook(start);
		const { requestId, deploymentId } = await submitted(flow);
		flow.time.pass(5000);
		const body = JSON.stringify({ request_id: requestId, deployment_id: deploymentId });
		flow.before((request) => Object.assign(request, { body: {} }));
		expect(await post(flow.address, body, { 'content-type': 'text/plain' })).toBe(200);
		await flow.ended();
		expect(flow.sent).toMatchObject([{ requestId }]);
	});

	it('under `output` instead of `outputs` makes no difference', async () => {
		const flow = await startWebhook(start);
		flow.simulator.inject({ name: 'webhook_output_key' });
		await flow.callBack();
		await flow.ended();
		await turns(10);
		expect(flow.sent).toMatchObject([{ payload: [{ node_id: '9' }] }]);
	});
});
