// The node that manages deployments, against the simulator.
import { describe, expect, it } from '@jest/globals';
import { submitted, type TestFlow } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';

const start = useFlows();

async function perform(fields: object, more: object = {}, before?: (flow: TestFlow) => void) {
	const flow = await start('runcomfy-deployment', { ...fields });
	before?.(flow);
	const deploymentId = flow.simulator.deploymentIds.textToImage;
	flow.receive({ topic: 't', deploymentId, ...more });
	await flow.ended();
	const changes = flow.simulator.requests
		.filter(({ route }) => route === 'deployments.update')
		.map(({ body }) => body);
	return { flow, deploymentId, changes, sent: flow.sent[0], caught: flow.caught[0] };
}

describe('runcomfy-deployment', () => {
	it.each(['list', undefined])(
		'with the operation %j lists all, without their documents',
		async (operation) => {
			const { sent, deploymentId } = await perform({ operation });
			const list = sent?.payload as object[];
			expect(list.length).toBeGreaterThan(5);
			expect(list).toContainEqual(
				expect.objectContaining({ id: deploymentId, is_enabled: true, min_instances: 0 }),
			);
			for (const one of list) expect(one).not.toHaveProperty('payload');
		},
	);

	it('gets one', async () => {
		const { sent, deploymentId, changes } = await perform({ operation: 'get' });
		expect(sent).toMatchObject({ topic: 't', deploymentId, payload: { id: deploymentId } });
		expect(sent?.payload).not.toHaveProperty('payload');
		expect(changes).toEqual([]);
	});

	it.each([
		['enable', true],
		['disable', false],
	])('can %s one, and tells how it is now', async (operation, is_enabled) => {
		const { sent, deploymentId, changes } = await perform({ operation });
		expect(changes).toMatchObject([{ is_enabled }]);
		expect(sent).toMatchObject({ deploymentId, payload: { id: deploymentId, is_enabled } });
		expect(sent?.payload).not.toHaveProperty('payload');
	});

	it('changes what its fields give, from where they take it, and nothing else', async () => {
		const { sent, changes } = await perform(
			{
				operation: 'update',
				...{ hardware: 'ADA_80_PLUS', hardwareType: 'sku' },
				...{ minInstances: '1', minInstancesType: 'num' },
				...{ maxInstances: 'most', maxInstancesType: 'msg' },
				...{ queueSize: '', queueSizeType: 'num', keepWarm: '', keepWarmType: 'num' },
			},
			{ most: '3' },
		);
		expect(changes).toEqual([
			{
				name: expect.any(String),
				hardware: ['ADA_80_PLUS'],
				min_instances: 1,
				max_instances: 3,
			},
		]);
		expect(sent?.payload).toMatchObject({ min_instances: 1, max_instances: 3 });
	});

	it.each([
		['nothing is to be changed', {}],
		['a number is none', { minInstances: 'many', minInstancesType: 'str' }],
		['the fewest are more than the most', { minInstances: 3, maxInstances: 2 }],
	])('changes nothing where %s', async (_why, fields) => {
		const { caught, changes } = await perform({ operation: 'update', ...fields });
		expect(caught?.error.code).toBe('invalid_input');
		expect(changes).toEqual([]);
	});

	it('refuses an operation that it does not know', async () => {
		const { caught } = await perform({ operation: 'explode' });
		expect(caught?.error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('explode'),
		});
	});

	it('frees the memory of the machine that status names', async () => {
		const flow = await start(
			'runcomfy-deployment',
			{ operation: 'free' },
			{ simulator: { queueMs: 0, coldStartMs: 0, latencyMs: 60_000 } },
		);
		const ref = await submitted(flow);
		flow.time.pass(10_000);
		const job = flow.simulator.jobs.get(ref.requestId);
		flow.receive({ ...ref, payload: { instance_id: job?.instanceId } });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toMatchObject([
			{ deploymentId: ref.deploymentId, payload: { instance_id: job?.instanceId } },
		]);
		expect(flow.simulator.requests.filter(({ route }) => route === 'proxy')).toMatchObject([
			{ body: { unload_models: true, free_memory: true } },
		]);
	});

	it('says where the id of a machine is looked for', async () => {
		const { caught } = await perform({ operation: 'free' }, { payload: {} });
		expect(caught?.error.code).toBe('invalid_input');
		expect(caught?.error.cause['hint']).toContain('msg.payload.instance_id');
	});

	it('fails with the code of the service where there is no such deployment', async () => {
		const { caught } = await perform({ operation: 'disable' }, { deploymentId: 'nope' });
		expect(caught?.error.code).toBe('not_found');
	});
});
