// The node that manages deployments, with the simulator.
import { describe, expect, it } from '@jest/globals';
import { useFlows } from '../../support/rig.mts';

const start = useFlows();

async function perform(fields: object, more: object = {}) {
	const flow = await start('runcomfy-deployment', { ...fields });
	const deploymentId = flow.simulator.deploymentIds.textToImage;
	flow.receive({ topic: 't', deploymentId, ...more });
	await flow.ended();
	const changes = flow.bodies('deployments.update');
	return { flow, deploymentId, changes, sent: flow.sent[0], caught: flow.caught[0] };
}

describe('runcomfy-deployment', () => {
	it('lists all where no operation is chosen, without their documents', async () => {
		const { sent, deploymentId } = await perform({});
		const list = sent?.payload as object[];
		expect(list.length).toBeGreaterThan(5);
		expect(list).toContainEqual(
			expect.objectContaining({ id: deploymentId, is_enabled: true, min_instances: 0 }),
		);
		for (const one of list) expect(one).not.toHaveProperty('payload');
	});

	it('reads the balance of the account, of no deployment', async () => {
		const flow = await start('runcomfy-deployment', { operation: 'balance' });
		flow.receive({ topic: 't' });
		await flow.ended();
		expect(flow.sent).toMatchObject([{ topic: 't', payload: { balance_usd: expect.any(Number) } }]);
		expect(flow.sent[0]).not.toHaveProperty('deploymentId');
	});

	it.each([
		['get', []],
		['enable', [{ is_enabled: true }]],
		['disable', [{ is_enabled: false }]],
	])('can %s one, and tells how it is then', async (operation, wanted) => {
		const { sent, deploymentId, changes } = await perform({ operation });
		expect(changes).toHaveLength(wanted.length);
		expect(changes).toMatchObject(wanted);
		expect(sent).toMatchObject({
			topic: 't',
			deploymentId,
			payload: { id: deploymentId, ...wanted[0] },
		});
		expect(sent?.payload).not.toHaveProperty('payload');
	});

	it('changes what its fields give, from where they take it, and nothing else', async () => {
		const { sent, changes } = await perform(
			{
				operation: 'update',
				deploymentName: 'Portraits',
				hardware: 'ADA_80_PLUS',
				hardwareType: 'sku',
				minInstances: '1',
				minInstancesType: 'num',
				maxInstances: 'most',
				maxInstancesType: 'msg',
				queueSize: '',
				queueSizeType: 'num',
				keepWarm: 'warm',
				keepWarmType: 'msg',
			},
			{ most: '3', warm: null },
		);
		expect(changes).toEqual([
			{
				name: 'Portraits',
				hardware: ['ADA_80_PLUS'],
				min_instances: 1,
				max_instances: 3,
			},
		]);
		expect(sent?.payload).toMatchObject({ min_instances: 1, max_instances: 3 });
	});

	it.each<[string, object, RegExp]>([
		['a change of nothing', { operation: 'update' }, /nothing to update/],
		[
			'a missing msg value by its source',
			{ operation: 'update', hardware: 'gpu', hardwareType: 'msg' },
			/msg\.gpu has no value for hardware/,
		],
		[
			'a missing env value by its source',
			{ operation: 'update', hardware: 'RUNCOMFY_TEST_GPU', hardwareType: 'env' },
			/the environment variable RUNCOMFY_TEST_GPU has no value/,
		],
		['an unknown operation', { operation: 'explode' }, /explode/],
	])('asks RunComfy nothing with %s', async (_what, fields, said) => {
		const { flow, caught } = await perform(fields);
		expect(caught?.error.code).toBe('invalid_input');
		expect(`${caught?.error.message} ${String(caught?.error.cause['hint'])}`).toMatch(said);
		expect(flow.simulator.requests).toEqual([]);
	});
});
