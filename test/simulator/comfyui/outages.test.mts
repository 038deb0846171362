// Downtimes of ComfyUI or the simulator, which API calls reach ComfyUI, and who may make them.
import { get } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import { describe, expect, it, jest } from '@jest/globals';
import { at, type Json, receiver, urlsIn } from '../support.mts';
import { bridge, bridgeOnTimers, errorIn, stateIn, StubComfyui, WORKFLOW } from './rig.mts';

const picture = { filename: 'card_00001_.png', subfolder: '', type: 'output' };
const base = `/prod/v2/deployments/${WORKFLOW.id}`;

describe('a simulator that is started again', () => {
	it('knows what waits, what runs and what has ended', async () => {
		const first = await bridge();
		const { stub } = first;
		const [ended, running, waiting] = [await first.run(), await first.run(), await first.run()];
		stub.succeed({ '9': { images: [picture] } });
		stub.files['output/card_00001_.png'] = 'a picture';
		stub.begin();
		await first.sim.close();

		const { status, result, cancel, download } = await bridge(stub);
		const found = await result(ended);
		expect(found.json).toMatchObject({
			status: 'succeeded',
			created_at: '2026-07-01T10:00:00.000000+00:00',
		});
		expect(await (await download(urlsIn(found)[0] ?? '')).text()).toBe('a picture');
		expect(stateIn(await status(running))).toBe('in_progress');
		expect((await status(waiting)).json).toMatchObject({ status: 'in_queue', queue_position: 1 });
		await cancel(waiting);
		expect(stateIn(await status(waiting))).toBe('cancelled');
	});

	it('serves a file of before, whoever asks first', async () => {
		const first = await bridge();
		const id = await first.run();
		first.stub.succeed({ '9': { images: [picture] } });
		first.stub.files['output/card_00001_.png'] = 'a picture';
		const path = urlsIn(await first.result(id))[0]?.slice(first.sim.url.length) ?? '';
		await first.sim.close();
		const { sim, download } = await bridge(first.stub);
		expect(await (await download(sim.url + path)).text()).toBe('a picture');
	});

	it('calls the webhooks of runs that have ended since', async () => {
		const first = await bridge();
		const hook = await receiver();
		await first.submit({ overrides: {} }, `?webhook=${encodeURIComponent(hook.url)}`);
		await first.sim.close();
		const { sim } = await bridge(first.stub);
		first.stub.succeed({});
		await sim.settle();
		expect(hook.events).toMatchObject([{ status: 'succeeded' }]);
	});
});

describe('a ComfyUI that does not answer', () => {
	it.each([
		['', {}],
		[' with a file', { '1': { inputs: { image: 'data:image/png;base64,AAAA' } } }],
	])('refuses a submit%s for good: somebody must start it', async (_name, overrides) => {
		const lines: string[] = [];
		const { stub, submit, sim } = await bridge(undefined, { log: (line) => lines.push(line) });
		await stub.stop();
		const { status, json } = await submit({ overrides });
		// RunComfy's own code for a refusal, so that no client sends the submit again or believes that it may run.
		expect([status, json['error_code']]).toEqual([422, 422001]);
		const said = `ComfyUI does not answer at ${stub.url}: start it`;
		expect(json['error_message']).toContain(said);
		expect(lines.join('\n')).toContain(said);
		expect(sim.jobs.size).toBe(0);
	});

	it('fails its runs after a minute, also if it accepts calls without answering', async () => {
		const { stub, run, pass, sim } = await bridgeOnTimers();
		const id = await run();
		stub.frozen = true;
		for (let second = 0; second <= 62; second += 1) {
			pass(1000);
			await jest.advanceTimersByTimeAsync(0);
			await new Promise((resolve) => setImmediate(resolve));
			await new Promise((resolve) => setImmediate(resolve));
		}
		expect(sim.jobs.get(id)?.state).toBe('failed');
	});

	it('is a 503 to a look at a request, and nothing is lost', async () => {
		const { stub, run, status, result } = await bridge();
		const id = await run();
		const { port } = stub;
		await stub.stop();
		expect((await status(id)).status).toBe(503);
		expect((await result(id)).status).toBe(503);
		await stub.start(port);
		expect(stateIn(await status(id))).toBe('in_queue');
	});

	it('fails its runs after a minute', async () => {
		const { stub, run, pass, status, result } = await bridge();
		const id = await run();
		await stub.stop();
		expect((await status(id)).status).toBe(503);
		pass(59_999);
		expect((await status(id)).status).toBe(503);
		pass(1);
		expect(stateIn(await status(id))).toBe('completed');
		expect(at(errorIn(await result(id)), 'details')).toContain('does not answer');
	});

	it('and has forgotten its queue when it comes back fails its runs', async () => {
		const { stub, run, status, result } = await bridge();
		const id = await run();
		const { port } = stub;
		await stub.stop();
		stub.pending.pop();
		await stub.start(port);
		expect(stateIn(await status(id))).toBe('completed');
		expect(at(errorIn(await result(id)), 'details')).toContain('does not know the request');
	});
});

describe('a server that does not answer as ComfyUI', () => {
	it.each(['frozen', 'endless'] as const)('is reported at the start if it is %s', async (how) => {
		const stub = await new StubComfyui().start();
		stub[how] = true;
		const said = bridgeOnTimers(undefined, stub).then(String, (error: unknown) => String(error));
		while (stub.paths.length === 0) await new Promise((resolve) => setImmediate(resolve));
		await jest.advanceTimersByTimeAsync(30_000);
		expect(await said).toContain(
			`ComfyUI does not answer at ${stub.url} (nothing came within 30 s)`,
		);
	});

	it.each([401, 500])(
		'is a 503 to a look at a request, and the run goes on: %i',
		async (status) => {
			const { stub, run, status: look } = await bridge();
			const id = await run();
			stub.instead = { status, body: 'no' };
			const answer = await look(id);
			expect(answer.status).toBe(503);
			expect(answer.json['error_message']).toContain(`${stub.url} (HTTP ${status} to GET /queue)`);
			stub.instead = undefined;
			expect(stateIn(await look(id))).toBe('in_queue');
		},
	);
});

describe('the rest of the API', () => {
	it('lists the workflows as deployments, with ComfyUI’s own object_info', async () => {
		const { call } = await bridge();
		const list = await call('GET', '/prod/v2/deployments');
		expect(JSON.parse(list.text)).toMatchObject([{ id: WORKFLOW.id, name: 'postcard' }]);
		const { json } = await call('GET', `${base}?includes=payload`);
		expect(at(json, 'payload', 'workflow_api_json')).toEqual(WORKFLOW.graph);
		const info = await fetch(String(at(json, 'payload', 'object_info_url')));
		expect(at((await info.json()) as Json, 'LoadAudio', 'input', 'required', 'audio', 0)).toBe(
			'COMBO',
		);
	});

	it('does nothing for a site that has taken this machine’s address', async () => {
		const { sim, stub } = await bridge();
		const { port } = new URL(sim.url);
		const ask = (path: string, host: string) =>
			new Promise<{ status: number | undefined; body: Json }>((resolve, reject) => {
				const headers = { host, authorization: `Bearer ${sim.token}` };
				get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
					readJson(response).then(
						(body) => resolve({ status: response.statusCode, body: body as Json }),
						reject,
					);
				}).on('error', reject);
			});
		const refused = await ask('/prod/v2/deployments', 'host.docker.internal:4010');
		expect(refused.status).toBe(403);
		// The hint tells a client in a container what to do.
		expect(refused.body['error_message']).toContain(
			'--public-url http://host.docker.internal:4010',
		);
		expect((await ask('/prod/v2/deployments', `localhost:${port}`)).status).toBe(200);
		expect(stub.calls).toEqual([]);
	});
});
