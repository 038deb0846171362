// Deployments: list, change, and the object_info of their classes.
import { describe, expect, it } from '@jest/globals';
import { at, DEPLOYMENT_IDS, type Json, README, start } from './support.mts';

const ALL = '/prod/v2/deployments';
describe('listing deployments', () => {
	it('gives a bare array of the account’s own, without payloads', async () => {
		const { sim, call } = await start();
		const list = JSON.parse((await call('GET', ALL)).text) as Json[];
		const ids = list.map(({ id }) => id);
		expect(ids).toEqual(Object.values(sim.deploymentIds));
		expect(list[0]).not.toHaveProperty('payload');
		expect(list[0]).toMatchObject({ name: 'text-to-image', is_enabled: true, queue_size: 1 });
	});
});

it('the table in the README has every deployment, by the name that lists show', async () => {
	const { call } = await start();
	const deployments = JSON.parse((await call('GET', ALL)).text) as Json[];
	const nameOf = (id: string) => deployments.find((one) => one['id'] === id)?.['name'];
	const rows = [...README.matchAll(/^\| `([\w-]+)` +\| `(\w+)` +\| [^|]+\|$/gm)];
	const expected = Object.entries(DEPLOYMENT_IDS).map(([key, id]) => [key, nameOf(id)]);
	expect(Object.fromEntries(rows.map(([, name, key]) => [key, name]))).toEqual(
		Object.fromEntries(expected),
	);
});

describe('changing deployments', () => {
	it.each([
		['two kinds of hardware', { hardware: ['AMPERE_24', 'AMPERE_48'] }, 'hardware'],
		['unknown hardware', { hardware: ['RTX_3060'] }, 'hardware'],
		['a negative queue', { queue_size: -1 }, 'queue_size'],
	])('refuses %s', async (_name, fields, field) => {
		const { sim, call } = await start();
		const path = `${ALL}/${sim.deploymentIds.video}`;
		const { status, json } = await call('PATCH', path, { name: 'a', ...fields });
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
});

describe('object_info', () => {
	it('describes every input of every node of a graph, without a token', async () => {
		const { sim, call } = await start();
		for (const id of Object.values(sim.deploymentIds).slice(0, 4)) {
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

	it('is there for a deployment that a test adds', async () => {
		const { sim, call } = await start();
		const large = sim.deploy({ name: 'large' });
		expect((await call('GET', `${ALL}/${large}`)).json).toMatchObject({ name: 'large' });
		expect(sim.workflow(large)).toEqual(sim.workflow(sim.deploymentIds.textToImage));
	});

	it('has what is the same for all classes, and what is there in the newer schema only', async () => {
		const { sim } = await start();
		const url = `${sim.url}/object_info/${sim.deploymentIds.flux}.json`;
		const text = await (await fetch(url)).text();
		expect(text).toContain('"max":18446744073709551615');
		const info: unknown = JSON.parse(text);
		expect(at(info, 'KlingImage2VideoNode')).toMatchObject({
			name: 'KlingImage2VideoNode',
			display_name: expect.any(String),
			input_order: { required: expect.arrayContaining(['prompt', 'duration']) },
			output_is_list: expect.arrayContaining([false]),
			api_node: true,
			output_node: false,
		});
		expect(at(info, 'KSampler')).not.toHaveProperty('api_node');
	});
});
