import { describe, expect, it } from '@jest/globals';
import { AccountCache, loadWorkflow } from '../../../core/index';
import { clientOf, type Reply } from '../support/virtualHost.mts';
import { GRAPH } from '../support/workflowGraphs.mts';
import { payload, service } from '../support/workflowService.mts';

describe('the workflow of a deployment', () => {
	it('comes with types, large seeds exact, the token kept from the other host', async () => {
		const { client, host } = clientOf(service());
		const { workflow, info } = await loadWorkflow(client, 'dep');
		expect(workflow).toEqual(GRAPH);
		expect(info['KSampler']?.inputs.find(({ name }) => name === 'steps')?.spec).toMatchObject({
			kind: 'integer',
			min: 1,
			max: 10000,
		});
		expect(Object.keys(info)).not.toContain('VHS_VideoCombine');
		expect(host.calls.map(({ path, request }) => [path, request.authenticate])).toEqual([
			['/prod/v2/deployments/dep?includes=payload', true],
			['/object_info.json', false],
		]);
	});

	it('is of the nodes that have a class', async () => {
		const odd = { '1': null, '2': { inputs: {} }, '3': { class_type: '' } };
		const { client } = clientOf(
			service(payload({ workflow_api_json: { ...GRAPH_WITHOUT_BIGINT, ...odd } })),
		);
		expect((await loadWorkflow(client, ' dep ')).workflow).toEqual(GRAPH_WITHOUT_BIGINT);
	});

	it.each<[string, Reply]>([
		['no payload', { body: '{"id":"dep"}' }],
		['an empty workflow', payload({ workflow_api_json: {} })],
		['something else', payload({ workflow_api_json: { '1': 7, '2': { inputs: {} } } })],
	])('is an error with a way out if the deployment shows %s', async (_what, deployment) => {
		const { client } = clientOf(service(deployment));
		await expect(loadWorkflow(client, 'dep')).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			deploymentId: 'dep',
			hint: expect.stringContaining('its inputs by name'),
		});
	});
});

const GRAPH_WITHOUT_BIGINT = { '6': GRAPH['6'] };

describe('what is kept', () => {
	it('answers for a minute, and not when the newest is asked for', async () => {
		const { client, host, clock } = clientOf(service());
		const { workflows: cache } = new AccountCache();
		await loadWorkflow(client, 'dep', { cache });
		await clock.sleep(59_000);
		await loadWorkflow(client, 'dep', { cache });
		expect(host.calls).toHaveLength(2);
		await loadWorkflow(client, 'dep', { cache, fresh: true });
		expect(host.callsOf('dep')).toHaveLength(2);
		expect(host.callsOf('object_info.json')).toHaveLength(1);
		await clock.sleep(60_000);
		await loadWorkflow(client, 'dep', { cache });
		expect(host.callsOf('dep')).toHaveLength(3);
		expect(host.callsOf('object_info.json')).toHaveLength(2);
	});

	it('is not every deployment ever seen', async () => {
		const { client } = clientOf(service());
		const { workflows: cache } = new AccountCache();
		for (let index = 0; index < 60; index += 1) await loadWorkflow(client, `d${index}`, { cache });
		expect(cache.workflows.size).toBe(50);
		expect(cache.workflows.has('d59')).toBe(true);
	});

	it('is what was read last', async () => {
		const { client } = clientOf(service());
		const { workflows: cache } = new AccountCache();
		for (let index = 0; index < 50; index += 1) await loadWorkflow(client, `d${index}`, { cache });
		await loadWorkflow(client, 'd0', { cache, fresh: true });
		await loadWorkflow(client, 'd50', { cache });
		expect(['d0', 'd1'].map((id) => cache.workflows.has(id))).toEqual([true, false]);
	});

	it.each([{ workflow_id: 'w' }, { workflow_version: 'v1' }])(
		'is of a version only if that is told whole: %j',
		async (told) => {
			const body = JSON.stringify({
				id: 'dep',
				payload: { workflow_api_json: GRAPH_WITHOUT_BIGINT },
				...told,
			});
			const { client } = clientOf(service({ body }));
			expect(await loadWorkflow(client, 'dep')).not.toHaveProperty('version');
		},
	);

	it('is never an error', async () => {
		let up = false;
		const { client, host } = clientOf((call) =>
			up ? service()(call, 1) : { status: 403, body: '{}' },
		);
		const { workflows: cache } = new AccountCache();
		await expect(loadWorkflow(client, 'dep', { cache })).rejects.toMatchObject({
			code: 'forbidden',
		});
		up = true;
		await loadWorkflow(client, 'dep', { cache });
		expect(host.callsOf('dep')).toHaveLength(2);
	});
});
