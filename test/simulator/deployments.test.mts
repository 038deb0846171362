// Deployments: list, create, change, delete, the object_info of their classes, and the ComfyUI behind an instance.
import { describe, expect, it } from '@jest/globals';
import { at, DEPLOYMENT_IDS, type Json, README, start } from './support.mts';

const ALL = '/prod/v2/deployments';
const NEW = {
	name: 'fresh',
	workflow_id: 'f10e0000-0000-4000-8000-000000000003',
	workflow_version: 'v2',
	hardware: ['AMPERE_24'],
	min_instances: 0,
	max_instances: 2,
	queue_size: 1,
	keep_warm_duration_in_seconds: 30,
};

describe('listing deployments', () => {
	it('gives a bare array of the account’s own, without payloads', async () => {
		const { sim, call } = await start();
		const list = JSON.parse((await call('GET', ALL)).text) as Json[];
		const ids = list.map(({ id }) => id);
		expect(ids).toContain(sim.deploymentIds.disabled);
		expect(ids).not.toContain(sim.deploymentIds.deleted);
		expect(ids).not.toContain(sim.deploymentIds.foreign);
		expect(Object.keys(list[0] ?? {})).toEqual([
			...['id', ...Object.keys(NEW), 'is_enabled', 'status', 'created_at', 'updated_at'],
		]);
	});

	it('takes ids and includes more than once', async () => {
		const { sim, call } = await start();
		const { video, audio } = sim.deploymentIds;
		const query = `?ids=${video}&ids=${audio}&ids=nope&includes=payload&includes=readme`;
		const list = JSON.parse((await call('GET', ALL + query)).text) as Json[];
		expect(list.map(({ id }) => id)).toEqual([video, audio]);
		expect(list[0]).toHaveProperty('readme');
		expect(at(list[1], 'payload', 'workflow_api_json', '19', 'class_type')).toBe('SaveAudio');
	});
});

it('the table in the README has every deployment, by the name that lists show', async () => {
	const { sim } = await start();
	const state = (await (await fetch(`${sim.url}/simulator/state`)).json()) as {
		deployments: Json[];
	};
	const nameOf = (id: string) => state.deployments.find((one) => one['id'] === id)?.['name'];
	const rows = [...README.matchAll(/^\| `([\w-]+)` +\| `(\w+)` +\| [^|]+\|$/gm)];
	const expected = Object.entries(DEPLOYMENT_IDS).map(([key, id]) => [key, nameOf(id)]);
	expect(Object.fromEntries(rows.map(([, name, key]) => [key, name]))).toEqual(
		Object.fromEntries(expected),
	);
});

describe('changing deployments', () => {
	it('creates one that runs the workflow it names', async () => {
		const { sim, call } = await start();
		const { status, json } = await call('POST', ALL, NEW);
		expect(status).toBe(200);
		expect(json).toMatchObject({ ...NEW, is_enabled: true, status: 'standby' });
		const submit = await call('POST', `${ALL}/${String(json['id'])}/inference`, { overrides: {} });
		const job = sim.jobs.get(String(submit.json['request_id']));
		expect(Object.keys(job?.graph ?? {})).toContain('92');
	});

	it.each([
		['two kinds of hardware', { hardware: ['AMPERE_24', 'AMPERE_48'] }, 'hardware'],
		['unknown hardware', { hardware: ['RTX_3060'] }, 'hardware'],
		['a negative queue', { queue_size: -1 }, 'queue_size'],
		['no name', { name: undefined }, 'name'],
		['a workflow that is not an id', { workflow_id: 'mine' }, 'workflow_id'],
	])('refuses to create one with %s', async (_name, fields, field) => {
		const { call } = await start();
		const { status, json } = await call('POST', ALL, { ...NEW, ...fields });
		expect([status, json['error_code']]).toEqual([422, 422001]);
		expect(at(json, 'detail', 0, 'loc')).toEqual(['body', field]);
	});

	it('switches one off, by its name, and ignores unknown fields', async () => {
		const { sim, call, submit } = await start();
		const path = `${ALL}/${sim.deploymentIds.textToImage}`;
		const change = { is_enabled: false, id: 'x', createdAt: 1 };
		const unnamed = await call('PATCH', path, change);
		expect([unnamed.status, unnamed.json['error_message']]).toEqual([
			...[422, 'Deployment name is required'],
		]);
		expect((await call('PATCH', path, { name: 'a', hardware: [] })).status).toBe(422);
		const { json } = await call('PATCH', path, { name: 'paused', ...change });
		const { textToImage: id } = sim.deploymentIds;
		expect(json).toMatchObject({ name: 'paused', is_enabled: false, id });
		expect((await submit('textToImage')).json['error_code']).toBe(10002);
	});

	it('deletes one with an empty answer; what is submitted later answers 10003', async () => {
		const { sim, call, submit } = await start();
		const path = `${ALL}/${sim.deploymentIds.video}`;
		const { status, text, headers } = await call('DELETE', path);
		expect([status, text, headers.get('content-type')]).toEqual([200, '', null]);
		expect((await submit('video')).json['error_code']).toBe(10003);
		expect((await call('GET', ALL)).text).not.toContain(sim.deploymentIds.video);
		expect((await call('DELETE', path)).status).toBe(404);
	});
});

describe('object_info', () => {
	it('describes every input of every node of a graph, without a token', async () => {
		const { sim, call } = await start();
		for (const id of Object.values(sim.deploymentIds).slice(0, 7)) {
			const { json } = await call('GET', `${ALL}/${id}?includes=payload`);
			const url = String(at(json, 'payload', 'object_info_url'));
			const info: unknown = await (await fetch(url)).json();
			const graph = at(json, 'payload', 'workflow_api_json') as Record<string, Json>;
			for (const node of Object.values(graph)) {
				const inputs = at(info, String(node['class_type']), 'input');
				const known = { ...(at(inputs, 'required') as Json), ...(at(inputs, 'optional') as Json) };
				expect(Object.keys(known)).toEqual(
					expect.arrayContaining(Object.keys(node['inputs'] as Json)),
				);
			}
		}
	});

	it('is larger than 10 MB for the large deployment, whose graph has 300 nodes', async () => {
		const { sim } = await start();
		const { large } = sim.deploymentIds;
		const info = await (await fetch(`${sim.url}/object_info/${large}.json`)).arrayBuffer();
		expect(info.byteLength).toBeGreaterThan(10 * 1024 * 1024);
		expect(Object.keys(sim.workflow(large) ?? {})).toHaveLength(300);
	});

	it('has what is the same for all classes, and what is there in the newer schema only', async () => {
		const { sim } = await start();
		const url = `${sim.url}/object_info/${sim.deploymentIds.flux}.json`;
		const text = await (await fetch(url)).text();
		expect(text).toContain('"max":18446744073709551615');
		const info: unknown = JSON.parse(text);
		expect(at(info, 'FluxProUltraImageNode')).toMatchObject({
			name: 'FluxProUltraImageNode',
			display_name: 'Flux 1.1 [pro] Ultra Image',
			input: { hidden: { api_key_comfy_org: ['API_KEY_COMFY_ORG'] } },
			input_order: { optional: ['image_prompt', 'image_prompt_strength'] },
			output: ['IMAGE'],
			output_name: ['IMAGE'],
			output_is_list: [false],
			api_node: true,
			output_node: false,
		});
		expect(at(info, 'DrawCaptions')).toMatchObject({ api_node: false });
		expect(at(info, 'KSampler')).not.toHaveProperty('api_node');
	});
});

describe('the ComfyUI behind an instance', () => {
	const PNG = '89504e470d0a1a0a0000000d';
	/** An instance that has run something, and its answers. */
	const warm = async () => {
		const client = await start();
		const id = await client.run('imageEdit', { '9': { inputs: { filename_prefix: 'a/b' } } });
		client.pass(1000);
		const instance = String(client.sim.jobs.get(id)?.instanceId);
		const pathOf = (deployment: 'imageEdit' | 'video', path: string) =>
			`${ALL}/${client.sim.deploymentIds[deployment]}/instances/${instance}/proxy/${path}`;
		const ask = (method: string, path: string, body?: unknown) =>
			client.call(method, pathOf('imageEdit', path), body);
		return { ...client, id, pathOf, ask };
	};

	it('answers while it is warm, to its own deployment', async () => {
		const { call, pass, pathOf, ask } = await warm();
		const free = await ask('POST', 'api/free', { unload_models: true });
		expect([free.status, free.text]).toEqual([200, '']);
		expect(at((await ask('POST', 'system_stats', {})).json, 'devices', 0, 'type')).toBe('cuda');
		const other = await ask('POST', 'api/nothing', {});
		expect([other.status, other.text]).toEqual([404, '404: Not Found']);
		const foreign = await call('POST', pathOf('video', 'free'), {});
		expect(foreign.json['error_code']).toBe(404001);
		pass(60_001);
		expect((await ask('POST', 'api/free', {})).json['error_code']).toBe(404001);
	});

	it('has its run in its history, whole and by id', async () => {
		const { ask, id } = await warm();
		const entry = {
			prompt: expect.arrayContaining([id]),
			outputs: expect.objectContaining({
				'9': { images: [{ filename: 'b_00001_.png', subfolder: 'a', type: 'output' }] },
			}),
			status: { status_str: 'success', completed: true, messages: [] },
		};
		expect((await ask('GET', 'history')).json).toEqual({ [id]: entry });
		expect((await ask('GET', `api/history/${id}`)).json).toEqual({ [id]: entry });
		expect((await ask('GET', 'history/other')).json).toEqual({});
	});

	it('takes a picture, and gives it to a node by its name', async () => {
		const { sim, run, pathOf } = await warm();
		const form = new FormData();
		form.append('image', new Blob([Buffer.from(PNG, 'hex')]), 'in.png');
		form.append('subfolder', 'x');
		const uploaded = await fetch(sim.url + pathOf('imageEdit', 'upload/image'), {
			method: 'POST',
			headers: { authorization: `Bearer ${sim.token}` },
			body: form,
		});
		expect(await uploaded.json()).toEqual({ name: 'in.png', subfolder: 'x', type: 'input' });
		expect(sim.requests.at(-1)?.body).toMatch(/^a form of \d+ bytes$/);
		const outcomeOf = async (image: string) =>
			sim.jobs.get(await run('imageEdit', { '189': { inputs: { image } } }))?.outcome;
		const facts = ['outputs', '9', 'images', 0, 'file', 'spec', 'facts', 0];
		expect(at(await outcomeOf('x/in.png'), ...facts)).toBe('input x/in.png, 12 bytes, image/png');
		expect(await outcomeOf('x/none.png')).toMatchObject({ kind: 'failed' });
	});

	it('answers GET, and refuses the wrong method and what is no form', async () => {
		const { ask } = await warm();
		expect((await ask('GET', 'object_info')).json).toHaveProperty('KSampler');
		expect((await ask('GET', 'free')).status).toBe(405);
		expect((await ask('POST', 'history', {})).status).toBe(405);
		expect((await ask('POST', 'upload/image', {})).status).toBe(400);
	});
});
