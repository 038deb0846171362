import { describe, expect, it } from '@jest/globals';
import {
	byId,
	countOf,
	itemsOf,
	type Json,
	type Parameters,
	runNode,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig();

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

const deployment = (operation: string, more: Json = {}): Parameters => ({
	resource: 'deployment',
	operation,
	...more,
});

const toCreate = (more: Json = {}): Parameters =>
	deployment('create', { name: 'Pictures', workflowId: WORKFLOW_ID, ...more });

const bodiesOf = (method: string) =>
	rig.simulator.requests.filter((request) => request.method === method).map(({ body }) => body);

async function created(more: Json = {}): Promise<string> {
	const [item] = itemsOf(await runNode(rig, toCreate(more)));
	rig.simulator.requests.length = 0;
	return String(item?.json['id']);
}

describe('Create', () => {
	it('sends all eight fields, those not given as RunComfy has them by default', async () => {
		const [item] = itemsOf(await runNode(rig, toCreate()));
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
		// The service gives the whole workflow unasked: it stays out.
		expect(Object.keys(item?.json ?? {}).sort()).toEqual(ALL);
		expect(item?.pairedItem).toEqual({ item: 0 });
	});

	it('sends what was chosen, and what it made can be run at once', async () => {
		const outcome = await rig.engine.run(
			workflowOf(
				{
					parameters: toCreate({
						workflowVersion: 'v2',
						hardware: 'HOPPER_141',
						additionalFields: {
							keepWarmDuration: 0,
							maxInstances: '={{ 2 + 1 }}',
							minInstances: '={{ "1" }}',
							queueSize: 5,
						},
					}),
				},
				{
					parameters: {
						operation: 'runAndWait',
						deploymentId: byId('={{ $json.id }}'),
						overrides: '{}',
						options: { downloadFiles: false },
					},
				},
			),
		).outcome;
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

	it('is not sent twice when its answer is lost, and says where to look', async () => {
		rig.simulator.inject({ name: 'reset_after_accept', on: 'deployments.create' });
		const outcome = await runNode(rig, toCreate({ name: 'Lost' }));
		expect(outcome.error?.context?.data?.['error_code']).toBe('submit_unconfirmed');
		expect(outcome.error?.message).toContain('"Lost" is not known');
		expect(outcome.error?.description).toContain('Get Many');
		expect(countOf(rig, 'deployments.create')).toBe(1);
	});

	it('takes its items in turn, and starts none after one that failed', async () => {
		const inputs = ['One', 'Two', 'x', 'Four'].map((name) => ({ name, id: WORKFLOW_ID }));
		inputs[2]!.id = 'no-uuid';
		const parameters = toCreate({ name: '={{ $json.name }}', workflowId: '={{ $json.id }}' });
		const outcome = await runNode(rig, parameters, inputs);
		expect(outcome.error?.message).toContain('Workflow ID: value is not a valid uuid [item 2]');
		expect(bodiesOf('POST').map((body) => (body as Json)['name'])).toEqual(['One', 'Two', 'x']);
	});
});

describe('Update', () => {
	it('changes what is given and keeps the name', async () => {
		const id = await created({ name: 'Kept' });
		const outcome = await runNode(
			rig,
			deployment('update', {
				deploymentId: byId(id),
				updateFields: { isEnabled: false, hardware: 'AMPERE_80', maxInstances: 4 },
			}),
		);
		const [item] = itemsOf(outcome);
		expect(item?.json).toMatchObject({
			id,
			name: 'Kept',
			is_enabled: false,
			hardware: ['AMPERE_80'],
			max_instances: 4,
		});
		expect(Object.keys(item?.json ?? {}).sort()).toEqual(ALL);
		expect(bodiesOf('PATCH')).toEqual([
			{ name: 'Kept', is_enabled: false, hardware: ['AMPERE_80'], max_instances: 4 },
		]);
	});

	it('pauses and resumes: a paused one takes no requests', async () => {
		const id = await created();
		const set = async (isEnabled: boolean) =>
			itemsOf(
				await runNode(
					rig,
					deployment('update', { deploymentId: byId(id), updateFields: { isEnabled } }),
				),
			);
		const submit = { operation: 'submit', deploymentId: byId(id), overrides: '{}' };
		await set(false);
		const refused = await runNode(rig, submit);
		expect(refused.error?.context?.data?.['error_code']).toBe('deployment_disabled');
		await set(true);
		expect(itemsOf(await runNode(rig, submit))[0]?.json['status']).toBe('in_queue');
	});

	it('of one deployment by several items ends with the last one', async () => {
		const id = await created();
		const outcome = await runNode(
			rig,
			deployment('update', {
				deploymentId: byId(id),
				updateFields: { queueSize: '={{ $json.size }}' },
			}),
			[7, 3, 9, 4].map((size) => ({ size })),
		);
		expect(itemsOf(outcome).map(({ json }) => json['queue_size'])).toEqual([7, 3, 9, 4]);
		expect(bodiesOf('PATCH').map((body) => (body as Json)['queue_size'])).toEqual([7, 3, 9, 4]);
	});

	it('survives a service that stumbles', async () => {
		const id = await created();
		rig.simulator.inject({ name: 'server_error', on: 'deployments.update', status: 503 });
		const outcome = await runNode(
			rig,
			deployment('update', { deploymentId: byId(id), updateFields: { name: 'Again' } }),
		);
		expect(itemsOf(outcome)[0]?.json['name']).toBe('Again');
		expect(countOf(rig, 'deployments.update')).toBe(2);
	});
});

describe('Delete', () => {
	it('says that it is done; the deployment is gone', async () => {
		const id = await created();
		const remove = deployment('delete', { deploymentId: byId(id) });
		const outcome = await runNode(rig, remove);
		expect(itemsOf(outcome)).toEqual([{ json: { deleted: true, id }, pairedItem: { item: 0 } }]);
		const again = await runNode(rig, remove);
		expect(again.error?.context?.data).toMatchObject({
			error_code: 'not_found',
			deployment_id: id,
		});
	});

	it('keeps what failed beside what went well with Continue On Fail', async () => {
		const ids = [await created(), rig.simulator.deploymentIds.foreign, await created()];
		const outcome = await runNode(
			rig,
			deployment('delete', { deploymentId: byId('={{ $json.id }}') }),
			ids.map((id) => ({ id })),
			{ onError: 'continueRegularOutput' },
		);
		const items = itemsOf(outcome);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(items[0]?.json).toEqual({ deleted: true, id: ids[0] });
		expect(items[1]?.json).toMatchObject({ deployment_id: ids[1] });
		expect(['not_found', 'forbidden']).toContain(items[1]?.json['error_code']);
		expect(items[2]?.json).toEqual({ deleted: true, id: ids[2] });
	});
});
