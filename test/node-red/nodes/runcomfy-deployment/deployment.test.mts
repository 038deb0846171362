// The node that manages deployments, with the simulator.
import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../../../simulator/index.ts';
import { submitted, useFlows } from '../../support/rig.mts';

const start = useFlows();

async function perform(fields: object, more: object = {}, fault?: Fault) {
	const flow = await start('runcomfy-deployment', { ...fields });
	if (fault) flow.simulator.inject(fault);
	const deploymentId = flow.simulator.deploymentIds.textToImage;
	flow.receive({ topic: 't', deploymentId, ...more });
	await flow.ended();
	const changes = flow.bodies('deployments.update');
	return { flow, deploymentId, changes, sent: flow.sent[0], caught: flow.caught[0] };
}

const WORKFLOW_ID = '7f2ebf4d-0000-4000-8000-000000000001';
const FREE = {
	operation: 'call',
	method: 'POST',
	instancePath: 'api/free',
	body: '{"unload_models": true, "free_memory": true}',
	bodyType: 'json',
};
const NEW = { operation: 'create', deploymentName: 'Portraits', workflowId: WORKFLOW_ID };

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

	it('creates one that costs nothing idle, where only a name and a workflow are given', async () => {
		const { flow, sent } = await perform(NEW);
		expect(flow.bodies('deployments.create')).toEqual([
			{
				name: 'Portraits',
				workflow_id: WORKFLOW_ID,
				workflow_version: 'v1',
				hardware: ['AMPERE_48'],
				min_instances: 0,
				max_instances: 1,
				queue_size: 1,
				keep_warm_duration_in_seconds: 60,
			},
		]);
		expect(sent?.payload).toMatchObject({ name: 'Portraits', is_enabled: true });
		expect(sent?.['deploymentId']).toBe((sent?.payload as { id: string }).id);
	});

	it('creates one with what its fields give', async () => {
		const { flow } = await perform({ ...NEW, workflowVersion: 'v3', maxInstances: '2' });
		expect(flow.bodies('deployments.create')).toMatchObject([
			{ workflow_version: 'v3', max_instances: 2 },
		]);
	});

	it('does not create a second one where the answer to the first was lost', async () => {
		const { flow, caught } = await perform(NEW, {}, { name: 'truncated_body', on: 'deployments' });
		expect(caught?.error.code).toBe('submit_unconfirmed');
		expect(caught?.error.cause['hint']).toContain('List all deployments');
		expect(flow.bodies('deployments.create')).toHaveLength(1);
	});

	it('deletes one where its dialog confirms it', async () => {
		const { flow, sent, deploymentId } = await perform({
			operation: 'delete',
			confirmDelete: true,
		});
		expect(sent).toMatchObject({ deploymentId, payload: { deleted: true, id: deploymentId } });
		expect(flow.bodies('deployments.delete')).toHaveLength(1);
	});

	it.each<[string, object, RegExp, object?]>([
		['a change of nothing', { operation: 'update' }, /nothing to update/],
		['a new one without a name', { ...NEW, deploymentName: '' }, /Name is empty/],
		[
			'a missing msg value by its source',
			{ ...NEW, hardware: 'gpu', hardwareType: 'msg' },
			/msg\.gpu has no value for hardware/,
		],
		[
			'a missing env value by its source',
			{ ...NEW, hardware: 'RUNCOMFY_TEST_GPU', hardwareType: 'env' },
			/the environment variable RUNCOMFY_TEST_GPU has no value/,
		],
		['no tick', { operation: 'delete' }, /Tick the confirmation/],
		['no tick but a text', { operation: 'delete', confirmDelete: 'true' }, /Tick the conf/],
		['an unknown operation', { operation: 'explode' }, /explode/],
		['no machine', FREE, /msg\.payload\.instance_id/, { payload: {} }],
	])('asks RunComfy nothing with %s', async (_what, fields, said, msg = {}) => {
		const { flow, caught } = await perform(fields, msg);
		expect(caught?.error.code).toBe('invalid_input');
		expect(`${caught?.error.message} ${String(caught?.error.cause['hint'])}`).toMatch(said);
		expect(flow.simulator.requests).toEqual([]);
	});

	/** Performs an operation on the machine that runs a request, with the id from a status call. */
	async function onMachine(fields: object) {
		const simulator = { queueMs: 0, coldStartMs: 0, latencyMs: 60_000 };
		const flow = await start('runcomfy-deployment', { ...fields }, { simulator });
		const ref = await submitted(flow);
		flow.time.pass(10_000);
		const instance_id = flow.simulator.jobs.get(ref.requestId)?.instanceId;
		flow.receive({ ...ref, payload: { instance_id } });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		return { flow, deploymentId: ref.deploymentId, instance_id };
	}

	it('frees the memory of the machine that status names', async () => {
		const { flow, deploymentId, instance_id } = await onMachine(FREE);
		expect(flow.sent).toMatchObject([{ deploymentId, payload: { instance_id } }]);
		expect(flow.bodies('proxy')).toMatchObject([{ unload_models: true, free_memory: true }]);
	});

	it('asks the ComfyUI of the machine by GET', async () => {
		const fields = { operation: 'call', method: 'GET', instancePath: 'object_info' };
		const { flow } = await onMachine(fields);
		expect(flow.sent[0]?.payload).toMatchObject({ response: { KSampler: expect.anything() } });
	});

	it('of a machine that is gone says nothing of fields that the node does not have', async () => {
		const { caught } = await perform(FREE, { payload: { instance_id: 'gone' } });
		expect(caught?.error).toMatchObject({ code: 'not_found' });
		expect(caught?.error.cause['hint']).toMatch(/lives only while .* its ComfyUI has no api\/free/);
	});
});
