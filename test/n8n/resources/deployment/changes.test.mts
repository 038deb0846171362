// Create, Update and Delete; and what each operation of a deployment says of a wrong value.
import { describe, expect, it } from '@jest/globals';
import type { INodeProperties, INodeType } from 'n8n-workflow';
import {
	byId,
	itemsOf,
	type Json,
	type Parameters,
	RETRY,
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

const remove = (id: string, more: Json = {}) =>
	rig.runNode({
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

	it('is not asked for again by a retry, which goes on with the others', async () => {
		const inputs = [{ id: await created() }, { id: await created() }];
		rig.simulator.inject({ name: 'server_error', on: 'deployments.delete', after: 1, times: 6 });
		const parameters = {
			resource: 'deployment',
			operation: 'delete',
			deploymentId: byId('={{ $json.id }}'),
			confirmDelete: true,
		};
		const outcome = await rig.runNode(parameters, inputs, RETRY);
		expect(itemsOf(outcome).map(({ json }) => json)).toEqual(
			inputs.map(({ id }) => ({ deleted: true, id })),
		);
	});

	it.each([
		['needs a confirmation', { confirmDelete: false }, 'invalid_input', 0],
		['goes ahead with it', {}, undefined, 1],
	])('%s', async (_what, more, code, calls) => {
		const outcome = await remove(await created(), more);
		expect(outcome.error?.context?.data?.['error_code']).toBe(code);
		expect(rig.countOf('deployments.delete')).toBe(calls);
	});
});

/** What n8n's editor calls a field of a deployment, wherever it is in the form. */
function displayName(name: string): string {
	const { nodeTypes } = rig.engine.internals;
	const type = nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1) as INodeType;
	const shown = type.description.properties.filter(
		({ displayOptions: { show } = {} }) => show?.['resource']?.[0] === 'deployment',
	);
	const all = shown.flatMap((field) => [
		field,
		...(field.type === 'collection' ? (field.options as INodeProperties[]) : []),
	]);
	return String(all.find((field) => field.name === name)?.displayName);
}

/** Parameters of an operation that are all correct but one. */
function withMistake(operation: string, name: string, value: unknown): Parameters {
	const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
	const right: Json = operation === 'create' ? toCreate() : { deploymentId, instanceId: 'inst-1' };
	const inCollection: Json = {
		create: SCALING.includes(name) && { additionalFields: { [name]: value } },
		update: { updateFields: { [name]: value } },
	};
	return {
		...right,
		resource: 'deployment',
		operation,
		...((inCollection[operation] || { [name]: value }) as Json),
	};
}

const SCALING = ['keepWarmDuration', 'maxInstances', 'minInstances', 'queueSize'];

// n8n refuses an empty required field itself, but an expression may still give nothing.
const NOTHING = '={{ $json.missing }}';

type Mistake = [operation: string, name: string, value: unknown];

// Tests of the core cover which values are wrong. Here each field has one.
describe('a wrong value is refused, by the name of its field', () => {
	it.each<Mistake>([
		['getMany', 'limit', 'many'],
		['getMany', 'limit', 0],
		['get', 'deploymentId', byId('={{ "" }}')],
		...['name', 'workflowId', 'workflowVersion', 'hardware'].map(
			(name): Mistake => ['create', name, NOTHING],
		),
		...SCALING.map((name): Mistake => ['create', name, '={{ "many" }}']),
		['update', 'name', ' '],
		['update', 'queueSize', '={{ null }}'],
		['update', 'isEnabled', '={{ "perhaps" }}'],
		['callInstance', 'instanceId', NOTHING],
		['callInstance', 'path', '../x'],
		['callInstance', 'body', '{'],
	])('before anything is sent: %s, %s %j', async (operation, name, value) => {
		const { error } = await rig.runNode(withMistake(operation, name, value), [{}, {}]);
		expect(error?.context?.data?.['error_code']).toBe('invalid_input');
		expect(error?.message.toLowerCase()).toContain(displayName(name).toLowerCase());
		expect(error?.message).toContain('[item 0]');
		expect(error?.description).toMatch(/^.{3,}\.$/);
		expect(rig.simulator.requests).toEqual([]);
	});

	it.each<Mistake>([
		['create', 'hardware', 'RUBIN_288'],
		['create', 'workflowId', 'not-a-uuid'],
		['create', 'maxInstances', 61],
		['update', 'keepWarmDuration', 90_000],
	])('that only the service can judge: %s, %s %j', async (operation, name, value) => {
		const { error } = await rig.runNode(withMistake(operation, name, value));
		expect(error?.context?.data?.['error_code']).toBe('invalid_request');
		expect(error?.message).toContain(`RunComfy refused ${displayName(name)}: `);
	});

	it('also if there is none to update', async () => {
		const { error } = await update('any', {});
		expect(error?.message).toContain('There is nothing to update');
		expect(error?.description).toContain('Keep Warm Duration (Seconds)');
		expect(rig.simulator.requests).toEqual([]);
	});
});
