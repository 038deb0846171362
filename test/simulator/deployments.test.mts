// Deployments: list, create, change, delete, and the object_info of their classes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { at, DEPLOYMENT_IDS, type Json, start } from './support.mts';

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
		const { text } = await call('GET', ALL);
		const list = JSON.parse(text) as Json[];
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
	const readme = readFileSync(new URL('../../simulator/README.md', import.meta.url), 'utf8');
	const rows = [...readme.matchAll(/^\| `([\w-]+)` +\| `(\w+)` +\| [^|]+\|$/gm)];
	const expected = Object.entries(DEPLOYMENT_IDS).map(([key, id]) => [key, nameOf(id)]);
	expect(Object.fromEntries(rows.map(([, name, key]) => [key, name]))).toEqual(
		Object.fromEntries(expected),
	);
});

describe('one deployment', () => {
	it('has its graph, with titles, and the address of its object_info', async () => {
		const { sim, call } = await start();
		const { json } = await call('GET', `${ALL}/${sim.deploymentIds.textToImage}?includes=payload`);
		expect(at(json, 'payload', 'workflow_api_json', '6', '_meta', 'title')).toBe('Positive Prompt');
		expect(at(json, 'payload', 'object_info_url')).toBe(
			`${sim.url}/object_info/${sim.deploymentIds.textToImage}.json`,
		);
	});

	it('is not found if it was deleted, and forbidden if it is not yours', async () => {
		const { sim, call } = await start();
		const deleted = await call('GET', `${ALL}/${sim.deploymentIds.deleted}`);
		expect(deleted.json['error_code']).toBe(404001);
		const foreign = await call('GET', `${ALL}/${sim.deploymentIds.foreign}`);
		expect(foreign.json['error_code']).toBe(403003);
	});
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
		['a minimum of instances above the maximum', { min_instances: 3 }, 'min_instances'],
	])('refuses to create one with %s', async (_name, fields, field) => {
		const { call } = await start();
		const { status, json } = await call('POST', ALL, { ...NEW, ...fields });
		expect([status, json['error_code']]).toEqual([422, 422001]);
		expect(at(json, 'detail', 0, 'loc')).toEqual(['body', field]);
	});

	it('refuses a change without the name', async () => {
		const { sim, call } = await start();
		const path = `${ALL}/${sim.deploymentIds.textToImage}`;
		const { status, json } = await call('PATCH', path, { is_enabled: false });
		expect(status).toBe(422);
		expect(json['error_message']).toBe('Deployment name is required');
	});

	it('switches one off and on again', async () => {
		const { sim, call, submit } = await start();
		const path = `${ALL}/${sim.deploymentIds.textToImage}`;
		const off = await call('PATCH', path, { name: 'paused', is_enabled: false });
		expect(off.json).toMatchObject({ name: 'paused', is_enabled: false });
		expect((await submit('textToImage')).json['error_code']).toBe(10002);
		await call('PATCH', path, { name: 'paused', is_enabled: true });
		expect((await submit('textToImage')).json).toHaveProperty('request_id');
	});

	it('refuses a change to two kinds of hardware, or to a flag that is text', async () => {
		const { sim, call } = await start();
		const path = `${ALL}/${sim.deploymentIds.textToImage}`;
		const hardware = ['AMPERE_24', 'AMPERE_48'];
		expect((await call('PATCH', path, { name: 'a', hardware })).status).toBe(422);
		expect((await call('PATCH', path, { name: 'a', is_enabled: 'no' })).status).toBe(422);
		expect((await call('PATCH', path, { name: 'a', id: 'x', createdAt: 1 })).json['id']).toBe(
			sim.deploymentIds.textToImage,
		);
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

	it('has ranges, choices, tooltips, and the exact upper bound of a seed', async () => {
		const { sim } = await start();
		const url = `${sim.url}/object_info/${sim.deploymentIds.textToImage}.json`;
		const text = await (await fetch(url)).text();
		expect(text).toContain('"max":18446744073709551615');
		const sampler = at(JSON.parse(text), 'KSampler', 'input', 'required');
		expect(at(sampler, 'cfg', 1)).toMatchObject({ default: 8, min: 0, max: 100, step: 0.1 });
		expect(at(sampler, 'sampler_name', 0)).toContain('euler');
		expect(typeof at(sampler, 'steps', 1, 'tooltip')).toBe('string');
		const video = at(JSON.parse(text), 'SaveVideo');
		expect(at(video, 'input', 'required', 'format', 0)).toBe('COMFY_DYNAMICCOMBO_V3');
		expect(at(video, 'input', 'optional', 'codec', 1, 'hidden')).toBe(true);
		expect(at(JSON.parse(text), 'SaveImage', 'output')).toEqual(['IMAGE']);
	});

	it('is larger than 10 MB for the large deployment, whose graph has 300 nodes', async () => {
		const { sim, call } = await start();
		const { large } = sim.deploymentIds;
		const info = await (await fetch(`${sim.url}/object_info/${large}.json`)).arrayBuffer();
		expect(info.byteLength).toBeGreaterThan(10 * 1024 * 1024);
		const { json } = await call('GET', `${ALL}/${large}?includes=payload`);
		const graph = at(json, 'payload', 'workflow_api_json') as Json;
		expect(Object.keys(graph)).toHaveLength(300);
	});

	const infoOf = async (faults: Json[] = []) => {
		const { sim } = await start({ faults: faults as never });
		const url = `${sim.url}/object_info/${sim.deploymentIds.flux}.json`;
		return (await fetch(url)).text();
	};
	it('has what is the same for all classes, and what is there in the newer schema only', async () => {
		const info: unknown = JSON.parse(await infoOf());
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
			is_input_list: false,
		});
		expect(at(info, 'ResizeImageMaskNode', 'output_matchtypes')).toEqual(['input_type']);
		expect(at(info, 'DrawCaptions')).toMatchObject({ api_node: false });
		expect(at(info, 'KSampler')).not.toHaveProperty('api_node');
	});

	it('has 20 MB on demand, of any deployment', async () => {
		expect((await infoOf()).length).toBeLessThan(1024 * 1024);
		const huge = await infoOf([{ name: 'huge_object_info' }]);
		expect(huge.length).toBeGreaterThan(20 * 1024 * 1024);
		expect(JSON.parse(huge)).toHaveProperty('CLIPTextEncodeFlux');
		const large = await infoOf([{ name: 'huge_object_info', bytes: 3e6 }]);
		expect(large.length).toBeLessThan(4e6);
	});
});

it('the balance is in dollars and in microdollars', async () => {
	const { call } = await start();
	expect((await call('GET', '/prod/v2/balance')).json).toEqual({
		balance_usd: 25,
		balance_microdollars: 25_000_000,
		currency: 'USD',
	});
});
