// The files and calls of the simulator's page. test/e2e tests it in a browser.
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { at, type Client, decodePng, type Json, MODEL_IDS, receiver, start } from './support.mts';

const JSON_TYPE = { 'content-type': 'application/json' };

const ask = async (client: Client, method: string, path: string, body?: unknown, headers = {}) => {
	const response = await fetch(client.sim.url + path, {
		method,
		headers: { ...(method !== 'GET' && JSON_TYPE), ...headers },
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	return { status: response.status, json: (await response.json()) as Json };
};
const stateOf = async (client: Client) => (await ask(client, 'GET', '/simulator/state')).json;

describe('the page', () => {
	it('comes with its parts, and a policy that allows nothing else', async () => {
		const { sim } = await start();
		const page = await fetch(`${sim.url}/`);
		const html = await page.text();
		expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
		const policy = page.headers.get('content-security-policy') ?? '';
		expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
		expect(policy).toContain("frame-ancestors 'none'");
		expect(policy).not.toContain('unsafe');
		const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
		const modules = readdirSync(new URL('../../simulator/page', import.meta.url))
			.filter((name) => name.endsWith('.mjs'))
			.map((name) => `/simulator/${name}`);
		for (const path of new Set([...parts, ...modules])) {
			const part = await fetch(sim.url + path);
			expect([path, part.status]).toEqual([path, 200]);
			expect(part.headers.get('x-content-type-options')).toBe('nosniff');
			expect(part.headers.get('content-type')).toMatch(/^(image|text)\/(svg|css|javascript)/);
		}
	});

	it('has no markup made of texts, no style or script within', () => {
		const folder = new URL('../../simulator/page/', import.meta.url);
		for (const name of readdirSync(folder).filter((one) => /\.(mjs|html)$/.test(one))) {
			const text = readFileSync(new URL(name, folder), 'utf8');
			expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
			expect(text).not.toMatch(/ style=| on\w+="|<script>|<style>|javascript:/);
		}
	});

	it('is not a client: its calls are not counted, not logged, not struck by faults', async () => {
		const client = await start({ faults: [{ name: 'reset', times: Infinity }] });
		const { sim } = client;
		expect((await fetch(`${sim.url}/`)).status).toBe(200);
		expect((await stateOf(client))['callCount']).toBe(0);
		expect([sim.requests.length, sim.count('unknown')]).toEqual([0, 0]);
		await expect(client.call('GET', '/prod/v2/balance')).rejects.toThrow();
	});

	it('leaves every other path as it was', async () => {
		const { call } = await start();
		for (const [method, path] of [
			['POST', '/'],
			['GET', '/index.html'],
			['GET', '/simulator'],
			['GET', '//simulator/state'],
		] as const) {
			const { status, json } = await call(method, path);
			expect([method, path, status, json]).toEqual([method, path, 404, { detail: 'Not Found' }]);
		}
		const none = await call('GET', '/simulator/../page/serve.js');
		expect(none.status).toBe(404);
		expect((await call('GET', '/simulator/serve.js')).status).toBe(404);
	});
});

describe('its state', () => {
	it('follows a request from the queue to its picture', async () => {
		const client = await start({ latencyMs: 1000, coldStartMs: 2000, maxInstances: 1 });
		const { run, pass, now, sim } = client;
		const first = await run('textToImage', { '6': { inputs: { text: '<b>a fox</b>' } } });
		const second = await run('textToImage');
		const job = async (id: string) =>
			((await stateOf(client))['jobs'] as Json[]).find(({ requestId }) => requestId === id) ?? {};
		expect(await job(second)).toMatchObject({ state: 'in_queue', position: 2 });
		pass(2500);
		expect(await job(first)).toMatchObject({
			state: 'in_progress',
			deployment: 'text-to-image',
			prompt: '<b>a fox</b>',
			startedAt: now() - 500,
			endsAt: now() + 500,
		});
		expect(await job(first)).not.toHaveProperty('outputs');
		pass(500);
		const [output] = (await job(first))['outputs'] as Json[];
		expect(output).toMatchObject({ node: '9', channel: 'images', media: 'png', type: 'output' });
		expect(JSON.stringify(await stateOf(client))).not.toContain(sim.token);
		const picture = await fetch(sim.url + String(output?.['url']));
		expect(decodePng(Buffer.from(await picture.arrayBuffer()))).toMatchObject({ width: 1024 });
	});

	it('shows all kinds of what runs: workflows, LoRAs and hosted models', async () => {
		const client = await start({ maxInstances: 1 });
		const { sim } = client;
		const run = (body: Json) => ask(client, 'POST', '/simulator/runs', body);
		await run({ model_id: MODEL_IDS.imagesEdit });
		const queued = await run({ model_id: MODEL_IDS.imagesEdit });
		for (const id of [sim.deploymentIds.video, sim.deploymentIds.lora]) {
			expect((await run({ deployment_id: id })).status).toBe(200);
		}
		const before = await stateOf(client);
		const models = before['models'] as Json[];
		expect(models.find(({ id }) => id === MODEL_IDS.imagesEdit)).toEqual({
			id: MODEL_IDS.imagesEdit,
			name: 'Seedream 5 Edit',
			categories: 'image-to-image',
			price: '$0.04 / image',
			waiting: 1,
			running: 1,
		});
		expect(before['balanceUsd']).toBe(24.84);
		const deployments = before['deployments'] as Json[];
		expect(deployments.filter(({ lora }) => lora).map(({ name }) => name)).toEqual([
			'lora-text-to-image',
		]);
		await ask(client, 'POST', `/simulator/runs/${String(queued.json['request_id'])}/cancel`);
		client.pass(1000);
		const [image, video, canceled, model] = (await stateOf(client))['jobs'] as Json[];
		expect(at(video, 'outputs', 0)).toMatchObject({ channel: 'gifs', media: 'mp4' });
		expect(image).toMatchObject({ deployment: 'lora-text-to-image', state: 'succeeded' });
		expect(canceled).toMatchObject({ state: 'canceled', model: 'Seedream 5 Edit' });
		expect(model).toMatchObject({ modelId: MODEL_IDS.imagesEdit, cost: 0.08, state: 'succeeded' });
		expect(at(model, 'outputs', 1)).toMatchObject({ channel: 'images', media: 'png' });
	});

	it('runs every model with the inputs of its example', async () => {
		const client = await start();
		for (const [key, id] of Object.entries(MODEL_IDS)) {
			const { json } = await ask(client, 'POST', '/simulator/runs', { model_id: id });
			expect([key, json['error_code']]).toEqual([key, undefined]);
		}
	});

	it('has texts, files without an address, and why a run failed', async () => {
		const client = await start();
		await client.run('mixed');
		await client.run('textToImage', { '31': { inputs: { steps: 0 } } });
		client.pass(1000);
		const [failed, mixed] = (await stateOf(client))['jobs'] as Json[];
		expect(failed).toMatchObject({ state: 'failed' });
		expect(at(failed, 'errors', 0, 'details')).toContain('steps');
		const outputs = mixed?.['outputs'] as Json[];
		expect(outputs).toContainEqual(
			expect.objectContaining({ node: '38:42', text: 'some text from a subgraph' }),
		);
		const upload = outputs.find(({ channel }) => channel === 'files');
		expect(upload).not.toHaveProperty('url');
		expect(new Set(outputs.map(({ media }) => media))).toEqual(
			new Set(['png', 'apng', 'mp4', 'flac', 'glb', undefined]),
		);
	});

	it('cuts long texts and long lists', async () => {
		const client = await start();
		const image = `data:image/png;base64,${'A'.repeat(100_000)}`;
		for (let i = 0; i < 55; i += 1) await client.run('imageEdit', { '189': { inputs: { image } } });
		const { json } = await ask(client, 'GET', '/simulator/state');
		expect((json['jobs'] as Json[]).length).toBe(50);
		expect(json['jobCount']).toBe(55);
		expect(JSON.stringify(json).length).toBeLessThan(250_000);
	});

	it('lists the webhooks with the answers they got, and the next attempt', async () => {
		const client = await start();
		const hook = await receiver();
		hook.answers.push(500);
		await client.run('text', {}, `?webhook=${encodeURIComponent(hook.url)}`);
		client.pass(1000);
		await client.sim.settle();
		client.pass(1000);
		await client.sim.settle();
		const [again, first] = (await stateOf(client))['webhooks'] as Json[];
		expect(first).toMatchObject({ attempt: 1, answer: 500, url: hook.url, event: 'succeeded' });
		expect(first?.['nextAt']).toBe(again?.['at']);
		expect(again).toMatchObject({ attempt: 2, answer: 200 });
	});
});

describe('its actions', () => {
	it('switches faults on and off, one by one and all', async () => {
		const client = await start();
		const faults = async () => (await stateOf(client))['faults'] as Json[];
		await ask(client, 'POST', '/simulator/faults', {
			name: 'answer',
			status: 402,
			times: 'always',
		});
		await ask(client, 'POST', '/simulator/faults', { name: 'cancel_slow', ms: 9000, after: 2 });
		expect(await faults()).toEqual([
			{ id: 1, name: 'answer', status: 402, times: 'always', after: 0 },
			{ id: 2, name: 'cancel_slow', ms: 9000, times: 1, after: 2 },
		]);
		expect((await client.call('GET', '/prod/v2/balance')).status).toBe(402);
		await ask(client, 'DELETE', '/simulator/faults/1');
		expect((await faults()).map(({ id }) => id)).toEqual([2]);
		expect((await client.call('GET', '/prod/v2/balance')).status).toBe(200);
		await ask(client, 'DELETE', '/simulator/faults');
		expect(await faults()).toEqual([]);
	});

	it('runs a deployment, and cancels the run', async () => {
		const client = await start({ latencyMs: 60_000 });
		const { deploymentIds } = client.sim;
		const body = { deployment_id: deploymentIds.textToImage };
		const { json } = await ask(client, 'POST', '/simulator/runs', body);
		const id = String(json['request_id']);
		client.pass(5000);
		expect(client.sim.jobs.get(id)?.state).toBe('in_progress');
		await ask(client, 'POST', `/simulator/runs/${id}/cancel`);
		expect(client.sim.jobs.get(id)?.state).toBe('canceled');
		const off = { deployment_id: deploymentIds.disabled };
		expect((await ask(client, 'POST', '/simulator/runs', off)).json['error_code']).toBe(10002);
		expect((await ask(client, 'POST', '/simulator/runs/nope/cancel')).status).toBe(404);
	});
});

describe('another site', () => {
	it('cannot change anything: not with a form, not with a script', async () => {
		const client = await start();
		const path = '/simulator/faults';
		const fault = { name: 'reset', times: 'always' };
		const evil = { origin: 'http://evil.example' };
		expect((await ask(client, 'POST', path, fault, evil)).status).toBe(403);
		const plain = { 'content-type': 'text/plain' };
		expect((await ask(client, 'POST', path, fault, plain)).status).toBe(403);
		expect((await ask(client, 'DELETE', path, undefined, { origin: 'null' })).status).toBe(403);
		expect((await stateOf(client))['faults']).toEqual([]);
		const own = { origin: client.sim.url };
		expect((await ask(client, 'POST', path, fault, own)).status).toBe(200);
	});

	it('cannot read through a host name of its own that points here', async () => {
		const { sim } = await start();
		const status = (host: string) =>
			new Promise((resolve, reject) => {
				get(`${sim.url}/simulator/state`, { headers: { host } }, (response) => {
					response.resume();
					resolve(response.statusCode);
				}).on('error', reject);
			});
		expect(await status('evil.example:4010')).toBe(403);
		expect(await status('127.0.0.1.evil.example')).toBe(403);
		expect(await status('localhost:4010')).toBe(200);
		expect(await status('[::1]:4010')).toBe(200);
	});
});
