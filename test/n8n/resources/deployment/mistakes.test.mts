// Wrong values of the operations of a deployment. Tests of the core cover which values are wrong. Here each field has
// one, and the error must call the field what n8n's editor calls it.
import { describe, expect, it } from '@jest/globals';
import type { INodeProperties, INodeType } from 'n8n-workflow';
import { byId, type Json, useRig } from '../../support/rig.mts';

const rig = useRig();

/** The name of a field in the editor, wherever it is in the form of the operation. */
function displayName(operation: string, name: string): string | undefined {
	const { nodeTypes } = rig.engine.internals;
	const { description } = nodeTypes.getByNameAndVersion(
		'n8n-nodes-runcomfy.runComfy',
		1,
	) as INodeType;
	const shown = description.properties.filter(
		({ displayOptions: { show } = {} }) =>
			show?.['resource']?.[0] === 'deployment' && show['operation']?.[0] === operation,
	);
	const all = shown.flatMap((field) => [
		field,
		...(field.type === 'collection' ? (field.options as INodeProperties[]) : []),
	]);
	return all.find((field) => field.name === name)?.displayName;
}

const COLLECTIONS: Record<string, string> = { create: 'additionalFields', update: 'updateFields' };
const TOP_LEVEL = ['deploymentId', 'name', 'workflowId', 'workflowVersion', 'hardware'];

/** Parameters of an operation that are all correct but one. */
function withMistake(operation: string, name: string, value: unknown) {
	const right: Json =
		operation === 'create'
			? { name: 'Pictures', workflowId: 'f10e0000-0000-4000-8000-000000000001' }
			: {
					deploymentId: byId(rig.simulator.deploymentIds.textToImage),
					instanceId: 'inst-1',
					confirmDelete: true,
				};
	const collection = COLLECTIONS[operation];
	const isTop = name === 'deploymentId' || (operation === 'create' && TOP_LEVEL.includes(name));
	const wrong = collection && !isTop ? { [collection]: { [name]: value } } : { [name]: value };
	return { resource: 'deployment', operation, ...right, ...wrong };
}

const SCALING = ['keepWarmDuration', 'maxInstances', 'minInstances', 'queueSize'];

// n8n refuses an empty required field itself, but an expression may still give nothing.
const NOTHING = '={{ $json.missing }}';

type Mistake = [operation: string, name: string, value: unknown];

describe('a wrong value is refused before anything is sent, by the name of its field', () => {
	it.each<Mistake>([
		...[0, '', 'many'].map((value): Mistake => ['getMany', 'limit', value]),
		['get', 'deploymentId', byId('={{ "" }}')],
		['update', 'deploymentId', byId('a/b')],
		['delete', 'deploymentId', byId('..')],
		['callInstance', 'deploymentId', { __rl: true, mode: 'url', value: 'https://x.example/a' }],
		...['name', 'workflowId', 'workflowVersion', 'hardware'].map(
			(name): Mistake => ['create', name, NOTHING],
		),
		['create', 'hardware', '={{ ["AMPERE_24", "AMPERE_48"] }}'],
		['update', 'hardware', 'AMPERE_24, AMPERE_48'],
		['update', 'name', ' '],
		['update', 'workflowVersion', ''],
		['update', 'isEnabled', '={{ "perhaps" }}'],
		...SCALING.map((name): Mistake => ['create', name, '={{ "many" }}']),
		...SCALING.map((name): Mistake => ['update', name, '={{ null }}']),
		['callInstance', 'instanceId', NOTHING],
		['callInstance', 'path', '../x'],
		['callInstance', 'body', '{'],
		['callInstance', 'body', '={{ { seed: 2 ** 60 } }}'],
	])('%s: %s %j', async (operation, name, value) => {
		const { error } = await rig.runNode(withMistake(operation, name, value), [{}, {}]);
		expect(error?.context?.data?.['error_code']).toBe('invalid_input');
		const label = String(displayName(operation, name)).toLowerCase();
		expect(error?.message.toLowerCase()).toContain(label);
		expect(error?.message).toContain('[item 0]');
		expect(error?.description?.length).toBeGreaterThan(3);
		expect(error?.description?.endsWith('.')).toBe(true);
		expect(rig.simulator.requests).toEqual([]);
	});

	it.each<[Mistake, string, RegExp]>([
		[
			['update', 'updateFields', {}],
			'There is nothing to update',
			/Keep Warm Duration \(Seconds\)/,
		],
		[['create', 'minInstances', 2], 'Min Instances (2) is larger than Max Instances (1)', /./],
	])('%j', async (mistake, message, description) => {
		const { error } = await rig.runNode(withMistake(...mistake));
		expect(error?.message).toContain(message);
		expect(error?.description).toMatch(description);
		expect(rig.simulator.requests).toEqual([]);
	});

	it('in the last item as well, which the error names', async () => {
		const parameters = withMistake('create', 'name', '={{ $json.name }}');
		const outcome = await rig.runNode(parameters, [{ name: 'One' }, { name: '' }]);
		expect(outcome.error?.message).toMatch(/^Name must be .* \[item 1\]$/);
		expect(rig.simulator.requests).toEqual([]);
	});
});

it.each<Mistake>([
	['create', 'hardware', 'RUBIN_288'],
	['create', 'workflowId', 'not-a-uuid'],
	['create', 'maxInstances', 61],
	['update', 'keepWarmDuration', 90_000],
])('a value that only the service can judge: %s, %s %j', async (operation, name, value) => {
	const { error } = await rig.runNode(withMistake(operation, name, value));
	expect(error?.context?.data?.['error_code']).toBe('invalid_request');
	expect(error?.message).toContain(`RunComfy refused ${displayName(operation, name)}: `);
});

it('with Continue On Fail each wrong item has its code and hint, and the others are sent', async () => {
	const parameters = withMistake('create', 'minInstances', '={{ $json.min }}');
	const inputs = [{ min: 'x' }, { min: 1 }, { min: 9 }];
	const outcome = await rig.runNode(parameters, inputs, { onError: 'continueRegularOutput' });
	const items = outcome.items('Step 1');
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
	expect(items.map(({ json }) => json)).toMatchObject([
		{
			error: 'Min Instances must be a whole number, 0 or more',
			error_code: 'invalid_input',
			error_hint: 'It is now: "x".',
		},
		{ name: 'Pictures', min_instances: 1 },
		{ error: expect.stringContaining('Min Instances (9) is larger') },
	]);
});
