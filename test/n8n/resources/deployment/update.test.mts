// Update; and the messages about invalid values, for every operation of a deployment.
import { describe, expect, it } from '@jest/globals';
import { byId, itemsOf, type Json, type Parameters, useRig } from '../../support/rig.mts';

const rig = useRig({ fast: true });

const sent = () =>
	rig.simulator.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body as Json);

const update = (id: string, updateFields: Json, inputs?: Json[]) =>
	rig.runNode(
		{ resource: 'deployment', operation: 'update', deploymentId: byId(id), updateFields },
		inputs,
	);

describe('Update', () => {
	it('changes the given fields and keeps the name', async () => {
		const id = rig.simulator.deploymentIds.textToImage;
		const fields = { isEnabled: false, hardware: 'AMPERE_80', maxInstances: 4 };
		const [item] = itemsOf(await update(id, fields));
		const changed = { is_enabled: false, hardware: ['AMPERE_80'], max_instances: 4 };
		expect(item?.json).toMatchObject({ id, name: 'text-to-image', ...changed });
		expect(item?.json).not.toHaveProperty('payload');
		expect(sent()).toEqual([{ name: 'text-to-image', ...changed }]);
	});

	it('of one deployment by several items ends with the last one', async () => {
		const inputs = [7, 3, 9, 4].map((size) => ({ size }));
		const { textToImage } = rig.simulator.deploymentIds;
		const outcome = await update(textToImage, { queueSize: '={{ $json.size }}' }, inputs);
		expect(itemsOf(outcome).map(({ json }) => json['queue_size'])).toEqual([7, 3, 9, 4]);
		expect(sent().map((body) => body['queue_size'])).toEqual([7, 3, 9, 4]);
	});
});

/** Valid parameters of an operation, except for these. */
const withMistake = (operation: string, more: Json): Parameters => ({
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
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
		['update', 'Name', { updateFields: { name: ' ' } }],
		['update', 'Workflow Version', { updateFields: { workflowVersion: '={{ "" }}' } }],
		['update', 'Hardware', { updateFields: { hardware: '={{ "" }}' } }],
		[
			'update',
			'Keep Warm Duration (Seconds)',
			{ updateFields: { keepWarmDuration: '={{ "a" }}' } },
		],
		['update', 'Max Instances', { updateFields: { maxInstances: '={{ "many" }}' } }],
		['update', 'Min Instances', { updateFields: { minInstances: '={{ "many" }}' } }],
		['update', 'Queue Size', { updateFields: { queueSize: '={{ null }}' } }],
		['update', 'Enabled', { updateFields: { isEnabled: '={{ "perhaps" }}' } }],
	])('before anything is sent: %s, %s %j', async (operation, label, more) => {
		const { error } = await rig.runNode(withMistake(operation, more), [{}, {}]);
		expect(error?.context?.data?.['error_code']).toBe('invalid_input');
		expect(error?.message.toLowerCase()).toContain(label.toLowerCase());
		expect(error?.message).toContain('[item 0]');
		expect(error?.description).toMatch(/^.{3,}\.$/);
		expect(rig.simulator.requests).toEqual([]);
	});

	it.each<Mistake>([
		['update', 'hardware', { updateFields: { hardware: 'RUBIN_288' } }],
		['update', 'max_instances', { updateFields: { maxInstances: 61 } }],
	])('that only the service can judge: %s, %s %j', async (operation, name, more) => {
		const { error } = await rig.runNode(withMistake(operation, more));
		expect(error?.context?.data?.['error_code']).toBe('invalid_request');
		expect(error?.message).toMatch(`RunComfy answered: Validation error: ${name}: `);
	});

	it('also if there is none to update', async () => {
		const { error } = await update('any', {});
		expect(error?.message).toContain('There is nothing to update');
		expect(error?.description).toContain('Keep Warm Duration (Seconds)');
		expect(rig.simulator.requests).toEqual([]);
	});
});
