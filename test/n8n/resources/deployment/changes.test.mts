// Create, Update and Delete.
import { describe, expect, it } from '@jest/globals';
import {
	byId,
	itemsOf,
	type Json,
	type Parameters,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

const WORKFLOW_ID = 'f10e0000-0000-4000-8000-000000000001';

const ALL = [
	'created_at',
	'hardware',
	'id',
	'is_enabled',
	'keep_warm_duration_in_seconds',
	'max_instances',
	'min_instances',
	'name',
	'queue_size',
	'status',
	'updated_at',
	'workflow_id',
	'workflow_version',
];

const toCreate = (more: Json = {}): Parameters => ({
	resource: 'deployment',
	operation: 'create',
	name: 'Pictures',
	workflowId: WORKFLOW_ID,
	...more,
});

const bodiesOf = (method: string) =>
	rig.simulator.requests.filter((request) => request.method === method).map(({ body }) => body);

/** The id of a new deployment. */
async function created(more: Json = {}): Promise<string> {
	const [item] = itemsOf(await rig.runNode(toCreate(more)));
	rig.simulator.requests.length = 0;
	return String(item?.json['id']);
}

const update = (id: string, updateFields: Json, inputs?: Json[]) =>
	rig.runNode(
		{ resource: 'deployment', operation: 'update', deploymentId: byId(id), updateFields },
		inputs,
	);

const remove = (id: string, inputs?: Json[], settings: Json = {}, more: Json = {}) =>
	rig.runNode(
		{
			resource: 'deployment',
			operation: 'delete',
			deploymentId: byId(id),
			confirmDelete: true,
			...more,
		},
		inputs,
		settings,
	);

describe('Create', () => {
	it('sends all eight fields, with RunComfy’s defaults for those that are not set', async () => {
		const [item] = itemsOf(await rig.runNode(toCreate()));
		expect(bodiesOf('POST')).toEqual([
			{
				name: 'Pictures',
				workflow_id: WORKFLOW_ID,
				workflow_version: 'v1',
				hardware: ['AMPERE_48'],
				min_instances: 0,
				max_instances: 1,
				queue_size: 1,
				keep_warm_duration_in_seconds: 60,
			},
		]);
		// The service adds the whole workflow without being asked. The node leaves it out.
		expect(Object.keys(item?.json ?? {}).sort()).toEqual(ALL);
		expect(item?.pairedItem).toEqual({ item: 0 });
	});

	it('sends what was chosen, and the new deployment can run at once', async () => {
		const additionalFields = {
			keepWarmDuration: 0,
			maxInstances: '={{ 2 + 1 }}',
			minInstances: '={{ "1" }}',
			queueSize: 5,
		};
		const chosen = { workflowVersion: 'v2', hardware: 'HOPPER_141', additionalFields };
		const run = {
			operation: 'runAndWait',
			deploymentId: byId('={{ $json.id }}'),
			overrides: '{}',
			options: { downloadFiles: false },
		};
		const workflow = workflowOf({ parameters: toCreate(chosen) }, { parameters: run });
		const outcome = await rig.engine.run(workflow).outcome;
		expect(itemsOf(outcome)[0]?.json).toMatchObject({
			workflow_version: 'v2',
			hardware: ['HOPPER_141'],
			min_instances: 1,
			max_instances: 3,
			queue_size: 5,
			keep_warm_duration_in_seconds: 0,
		});
		expect(itemsOf(outcome, 2)[0]?.json['status']).toBe('succeeded');
	});

	it('is not repeated if its answer is lost, and says where to look', async () => {
		rig.simulator.inject({ name: 'reset_after_accept', on: 'deployments.create' });
		const { error } = await rig.runNode(toCreate({ name: 'Lost' }));
		expect(error?.context?.data?.['error_code']).toBe('submit_unconfirmed');
		expect(error?.message).toContain('whether RunComfy created the deployment "Lost"');
		expect(error?.description).toContain('Get Many');
		expect(rig.countOf('deployments.create')).toBe(1);
	});

	it.each([
		['not_found', /Workflow ID/],
		['forbidden_message', /may not deploy the workflow/],
	] as const)('that RunComfy refuses with %s speaks of the workflow', async (name, hint) => {
		rig.simulator.inject({ name, on: 'deployments.create', times: Infinity });
		const { error } = await rig.runNode(toCreate());
		expect(error?.description).toMatch(hint);
		expect(error?.description).not.toMatch(/base URL|this deployment/);
	});

	it('that the balance does not allow speaks of no deployment that is there', async () => {
		rig.simulator.inject({ name: 'gateway_402', on: 'deployments.create', times: Infinity });
		const { error } = await rig.runNode(toCreate());
		expect(error?.description).toMatch(/^Top up your RunComfy balance, then create it again/);
	});

	it('takes its items in turn, and does not start any after one that failed', async () => {
		const inputs = ['One', 'Two', 'x', 'Four'].map((name) => ({ name, id: WORKFLOW_ID }));
		inputs[2]!.id = 'not-a-uuid';
		const parameters = toCreate({ name: '={{ $json.name }}', workflowId: '={{ $json.id }}' });
		const outcome = await rig.runNode(parameters, inputs);
		expect(outcome.error?.message).toContain('Workflow ID: value is not a valid uuid [item 2]');
		expect(bodiesOf('POST').map((body) => (body as Json)['name'])).toEqual(['One', 'Two', 'x']);
	});
});

describe('Update', () => {
	it('changes the given fields and keeps the name', async () => {
		const id = await created({ name: 'Kept' });
		const fields = { isEnabled: false, hardware: 'AMPERE_80', maxInstances: 4 };
		const [item] = itemsOf(await update(id, fields));
		const changed = { is_enabled: false, hardware: ['AMPERE_80'], max_instances: 4 };
		expect(item?.json).toMatchObject({ id, name: 'Kept', ...changed });
		expect(Object.keys(item?.json ?? {}).sort()).toEqual(ALL);
		expect(bodiesOf('PATCH')).toEqual([{ name: 'Kept', ...changed }]);
	});

	it('of one deployment by several items ends with the last one', async () => {
		const inputs = [7, 3, 9, 4].map((size) => ({ size }));
		const outcome = await update(await created(), { queueSize: '={{ $json.size }}' }, inputs);
		expect(itemsOf(outcome).map(({ json }) => json['queue_size'])).toEqual([7, 3, 9, 4]);
		expect(bodiesOf('PATCH').map((body) => (body as Json)['queue_size'])).toEqual([7, 3, 9, 4]);
	});
});

describe('Delete', () => {
	it('confirms that the deployment is gone', async () => {
		const id = await created();
		const deleted = { json: { deleted: true, id }, pairedItem: { item: 0 } };
		expect(itemsOf(await remove(id))).toEqual([deleted]);
		const again = await remove(id);
		expect(again.error?.context?.data).toMatchObject({
			error_code: 'not_found',
			deployment_id: id,
		});
	});

	it('says that it may be gone, and to look first, if no answer came', async () => {
		const id = await created();
		rig.simulator.inject({ name: 'server_error', on: 'deployments.delete', times: Infinity });
		const { error } = await remove(id);
		expect(error?.context?.data?.['error_code']).toBe('service_unavailable');
		expect(error?.description).toMatch(/may be gone.*Deployment > Get Many/);
	});

	it.each([
		['needs a confirmation', { confirmDelete: false }, 'invalid_input', 0],
		['goes ahead with it', {}, undefined, 1],
	])('%s', async (_what, more, code, calls) => {
		const outcome = await remove(await created(), undefined, {}, more);
		expect(outcome.error?.context?.data?.['error_code']).toBe(code);
		expect(rig.countOf('deployments.delete')).toBe(calls);
	});

	it('with Continue On Fail gives both the failed and the successful items', async () => {
		const ids = [await created(), rig.simulator.deploymentIds.foreign, await created()];
		const inputs = ids.map((id) => ({ id }));
		const settings = { onError: 'continueRegularOutput' };
		const items = itemsOf(await remove('={{ $json.id }}', inputs, settings));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(items[0]?.json).toEqual({ deleted: true, id: ids[0] });
		expect(items[1]?.json).toMatchObject({ error_code: 'forbidden', deployment_id: ids[1] });
		expect(items[2]?.json).toEqual({ deleted: true, id: ids[2] });
	});
});
