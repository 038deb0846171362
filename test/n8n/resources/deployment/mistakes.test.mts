import { describe, expect, it } from '@jest/globals';
import type { INodeProperties, INodeType } from 'n8n-workflow';
import { unreachable } from '../../../support/expect.mts';
import { byId, everythingOf, type Json, runNode, TOKEN, useRig } from '../../support/rig.mts';

const rig = useRig();

/** What the editor calls a field, wherever in the form of the operation it stands. */
function displayName(operation: string, name: string): string {
	const { description } = rig.engine.internals.nodeTypes.getByNameAndVersion(
		'n8n-nodes-runcomfy.runComfy',
		1,
	) as INodeType;
	const shown = description.properties.filter(
		({ displayOptions: { show } = {} }) =>
			[show?.['resource']?.[0], show?.['operation']?.[0]].join() === `deployment,${operation}`,
	);
	const all = shown.flatMap((field) => [
		field,
		...(field.type === 'collection' ? (field.options as INodeProperties[]) : []),
	]);
	const found = all.find((field) => field.name === name);
	return found?.displayName ?? unreachable(`${operation} has no field ${name}`);
}

type Mistake = [operation: string, name: string, value: unknown];

const COLLECTIONS: Record<string, string> = { create: 'additionalFields', update: 'updateFields' };
const TOP_LEVEL = ['name', 'workflowId', 'workflowVersion', 'hardware'];

const good = (operation: string): Json => ({
	...(operation === 'create'
		? { name: 'Pictures', workflowId: 'f10e0000-0000-4000-8000-000000000001' }
		: {}),
	...(operation === 'create' || operation === 'getMany'
		? {}
		: { deploymentId: byId(rig.simulator.deploymentIds.textToImage) }),
	...(operation === 'callInstance' ? { instanceId: 'inst-1' } : {}),
});

function mistaken([operation, name, value]: Mistake) {
	const collection = COLLECTIONS[operation];
	const within = collection && !(operation === 'create' && TOP_LEVEL.includes(name));
	const where =
		within && name !== 'deploymentId' ? { [collection]: { [name]: value } } : { [name]: value };
	return { resource: 'deployment', operation, ...good(operation), ...where };
}

const NO_WHOLE = [-1, 1.5, '={{ "many" }}', '={{ null }}', '={{ true }}', '={{ 2 ** 60 }}'];
const SCALING = ['keepWarmDuration', 'maxInstances', 'minInstances', 'queueSize'];

// n8n itself refuses a required field that is left empty: an expression can still come to nothing.
const MISTAKES: Mistake[] = [
	...[0, -1, 1.5, '', 'many', '={{ undefined }}'].map(
		(value): Mistake => ['getMany', 'limit', value],
	),
	...['get', 'update', 'delete', 'callInstance'].flatMap((operation) =>
		[
			byId('={{ "" }}'),
			byId('a/b'),
			byId('..'),
			{ __rl: true, mode: 'url', value: 'https://x.example/a' },
		].map((value): Mistake => [operation, 'deploymentId', value]),
	),
	...TOP_LEVEL.flatMap((name) =>
		['={{ "" }}', '  ', '={{ $json.missing }}', '={{ {} }}'].map(
			(value): Mistake => ['create', name, value],
		),
	),
	['create', 'hardware', '={{ ["AMPERE_24", "AMPERE_48"] }}'],
	['update', 'hardware', 'AMPERE_24, AMPERE_48'],
	['update', 'name', ' '],
	['update', 'workflowVersion', ''],
	['update', 'isEnabled', '={{ "perhaps" }}'],
	...['create', 'update'].flatMap((operation) =>
		SCALING.flatMap((name) => NO_WHOLE.map((value): Mistake => [operation, name, value])),
	),
	...['  ', 'a/b', '={{ $json.missing }}'].map(
		(value): Mistake => ['callInstance', 'instanceId', value],
	),
	...['={{ "" }}', '/', '../x', 'https://x.example/a', 'a#b', '={{ 7 }}'].map(
		(value): Mistake => ['callInstance', 'path', value],
	),
	...['{', '5', '"text"', '={{ 5 }}', '={{ { seed: 2 ** 60 } }}'].map(
		(value): Mistake => ['callInstance', 'body', value],
	),
];

describe('a wrong value is refused before anything is sent, by the name of its field', () => {
	it.each(MISTAKES)('%s: %s %j', async (...mistake) => {
		const [operation, name] = mistake;
		const outcome = await runNode(rig, mistaken(mistake), [{}, {}]);
		const { error } = outcome;
		expect(error?.context?.data?.['error_code']).toBe('invalid_input');
		expect(error?.message.toLowerCase()).toContain(displayName(operation, name).toLowerCase());
		expect(error?.message).toContain('[item 0]');
		expect(error?.description).toMatch(/\w{3}/);
		expect(error?.description).toMatch(/\.$/);
		expect(rig.simulator.requests).toEqual([]);
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});

	it('an update that changes nothing', async () => {
		const outcome = await runNode(rig, mistaken(['update', 'updateFields', {}]));
		expect(outcome.error?.message).toBe('There is nothing to update');
		expect(outcome.error?.description).toContain('Keep Warm Duration (Seconds)');
		expect(rig.simulator.requests).toEqual([]);
	});

	it('more instances at least than at most', async () => {
		const outcome = await runNode(rig, {
			...mistaken(['create', 'name', 'Pictures']),
			additionalFields: { minInstances: 2 },
		});
		expect(outcome.error?.message).toBe('Min Instances (2) is larger than Max Instances (1)');
		expect(rig.simulator.requests).toEqual([]);
	});

	it('in one item stops the others from being sent, and names that item', async () => {
		const parameters = mistaken(['create', 'name', '={{ $json.name }}']);
		const outcome = await runNode(rig, parameters, [{ name: 'One' }, { name: '' }]);
		expect(outcome.error?.message).toMatch(/^Name must be .* \[item 1\]$/);
		expect(rig.simulator.requests).toEqual([]);
	});
});

describe('a value that only the service can judge', () => {
	it.each<Mistake>([
		['create', 'hardware', 'RUBIN_288'],
		['create', 'workflowId', 'no-uuid'],
		['create', 'maxInstances', 61],
		['update', 'keepWarmDuration', 90_000],
		['update', 'hardware', 'RUBIN_288'],
	])('%s: %s %j is refused by the name of its field', async (operation, name, value) => {
		const outcome = await runNode(rig, mistaken([operation, name, value]));
		expect(outcome.error?.context?.data?.['error_code']).toBe('invalid_request');
		expect(outcome.error?.message).toContain(`RunComfy refused ${displayName(operation, name)}: `);
	});
});

describe('with Continue On Fail', () => {
	it('every wrong item keeps its code and its way out, the others are worked on', async () => {
		const parameters = mistaken(['create', 'minInstances', '={{ $json.min }}']);
		const outcome = await runNode(rig, parameters, [{ min: 'x' }, { min: 1 }, { min: 9 }], {
			onError: 'continueRegularOutput',
		});
		const items = outcome.items('Step 1');
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(items[0]?.json).toMatchObject({
			error: 'Min Instances must be a whole number, 0 or more',
			error_code: 'invalid_input',
			error_hint: 'It is now: "x".',
		});
		expect(items[1]?.json).toMatchObject({ name: 'Pictures', min_instances: 1 });
		expect(items[2]?.json['error']).toContain('Min Instances (9) is larger');
	});
});
