// Create, Update and Delete; and the messages about invalid values, for every operation of a deployment.
import { describe, expect, it } from '@jest/globals';
import {
	byId,
	codeOf,
	itemsOf,
	type Json,
	type Parameters,
	RETRY,
	useRig,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

const WORKFLOW_ID = 'f10e0000-0000-4000-8000-000000000001';

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

const toDelete = (id: string, more: Json = {}): Parameters => ({
	resource: 'deployment',
	operation: 'delete',
	deploymentId: byId(id),
	confirmDelete: true,
	...more,
});

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
		// The service returns the whole workflow without being asked. The node leaves it out.
		expect(item?.json).not.toHaveProperty('payload');
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
		const run = rig.toRun({ deploymentId: byId('={{ $json.id }}') });
		const outcome = await rig.runSteps(toCreate(chosen), run);
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

	it.each([
		['not_found', /Workflow ID/],
		['forbidden_message', /may not deploy the workflow/],
		['gateway_402', /^Top up your RunComfy balance, then create it again/],
	] as const)('that RunComfy refuses with %s speaks of no deployment', async (name, hint) => {
		rig.simulator.inject({ name, on: 'deployments.create', times: Infinity });
		const { error } = await rig.runNode(toCreate());
		expect(error?.description).toMatch(hint);
		expect(error?.description).not.toMatch(/base URL|this deployment/);
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
		expect(item?.json).not.toHaveProperty('payload');
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
		expect(itemsOf(await rig.runNode(toDelete(id)))).toEqual([deleted]);
		const again = await rig.runNode(toDelete(id));
		expect(again.error?.context?.data).toMatchObject({
			error_code: 'not_found',
			deployment_id: id,
		});
	});

	it('is not asked for again by a retry, which goes on with the others', async () => {
		const inputs = [{ id: await created() }, { id: await created() }];
		rig.simulator.inject({ name: 'server_error', on: 'deployments.delete', after: 1, times: 6 });
		const outcome = await rig.runNode(toDelete('={{ $json.id }}'), inputs, RETRY);
		expect(itemsOf(outcome).map(({ json }) => json)).toEqual(
			inputs.map(({ id }) => ({ deleted: true, id })),
		);
	});

	it('needs a confirmation', async () => {
		const outcome = await rig.runNode(toDelete(await created(), { confirmDelete: false }));
		expect(codeOf(outcome)).toBe('invalid_input');
		expect(rig.countOf('deployments.delete')).toBe(0);
	});
});

// n8n itself refuses an empty required field, but an expression may still return nothing.
const NOTHING = '={{ $json.missing }}';

/** Valid parameters of an operation, except for these. */
const withMistake = (operation: string, more: Json): Parameters => ({
	...(operation === 'create'
		? toCreate()
		: { deploymentId: byId(rig.simulator.deploymentIds.textToImage), instanceId: 'inst-1' }),
	resource: 'deployment',
	operation,
	...more,
});

type Mistake = [operation: string, label: string, more: Json];

// Tests of the core cover which values are invalid; here, each field has one.
describe('a wrong value is refused, by the name of its field', () => {
	it.each<Mistake>([
		['getMany', 'Limit', { limit: 'many' }],
		['getMany', 'Limit', { limit: 0 }],
		['get', 'Deployment', { deploymentId: byId('={{ "" }}') }],
		['create', 'Name', { name: NOTHING }],
		['create', 'Workflow ID', { workflowId: NOTHING }],
		['create', 'Workflow Version', { workflowVersion: NOTHING }],
		['create', 'Hardware', { hardware: NOTHING }],
		...[
			['keepWarmDuration', 'Keep Warm Duration (Seconds)'],
			['maxInstances', 'Max Instances'],
			['minInstances', 'Min Instances'],
			['queueSize', 'Queue Size'],
		].map(([name, label]): Mistake => {
			return ['create', label!, { additionalFields: { [name!]: '={{ "many" }}' } }];
		}),
		['update', 'Name', { updateFields: { name: ' ' } }],
		['update', 'Queue Size', { updateFields: { queueSize: '={{ null }}' } }],
		['update', 'Enabled', { updateFields: { isEnabled: '={{ "perhaps" }}' } }],
		['callInstance', 'Instance ID', { instanceId: NOTHING }],
		['callInstance', 'Path', { path: '../x' }],
		['callInstance', 'Body', { body: '{' }],
	])('before anything is sent: %s, %s %j', async (operation, label, more) => {
		const { error } = await rig.runNode(withMistake(operation, more), [{}, {}]);
		expect(error?.context?.data?.['error_code']).toBe('invalid_input');
		expect(error?.message.toLowerCase()).toContain(label.toLowerCase());
		expect(error?.message).toContain('[item 0]');
		expect(error?.description).toMatch(/^.{3,}\.$/);
		expect(rig.simulator.requests).toEqual([]);
	});

	it.each<Mistake>([
		['create', 'Hardware', { hardware: 'RUBIN_288' }],
		['create', 'Max Instances', { additionalFields: { maxInstances: 61 } }],
		['update', 'Keep Warm Duration (Seconds)', { updateFields: { keepWarmDuration: 90_000 } }],
	])('that only the service can judge: %s, %s %j', async (operation, label, more) => {
		const { error } = await rig.runNode(withMistake(operation, more));
		expect(error?.context?.data?.['error_code']).toBe('invalid_request');
		expect(error?.message).toContain(`RunComfy refused ${label}: `);
	});

	it('also if there is none to update', async () => {
		const { error } = await update('any', {});
		expect(error?.message).toContain('There is nothing to update');
		expect(error?.description).toContain('Keep Warm Duration (Seconds)');
		expect(rig.simulator.requests).toEqual([]);
	});
});
