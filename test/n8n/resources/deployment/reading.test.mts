// Get Many and Get; the balance of the account.
import { describe, expect, it } from '@jest/globals';
import {
	byId,
	itemsOf,
	type Json,
	type Parameters,
	useRig,
	useServers,
} from '../../support/rig.mts';

const rig = useRig();
const serve = useServers();

const SIMPLIFIED = [
	'hardware',
	'id',
	'is_enabled',
	'keep_warm_duration_in_seconds',
	'max_instances',
	'min_instances',
	'name',
	'queue_size',
	'status',
	'workflow_version',
];
const ALL = [...SIMPLIFIED, 'created_at', 'updated_at', 'workflow_id'].sort();

const deployment = (operation: string, more: Json = {}): Parameters => ({
	resource: 'deployment',
	operation,
	...more,
});

const namesIn = (item: { json: Json } | undefined) => Object.keys(item?.json ?? {}).sort();

describe('Get Many', () => {
	it('gives an item per deployment, simplified, up to the limit', async () => {
		const items = itemsOf(await rig.runNode(deployment('getMany', { limit: 3 })));
		expect(items).toHaveLength(3);
		expect(items[0]?.json['id']).toBe(rig.simulator.deploymentIds.textToImage);
		for (const item of items) {
			expect(namesIn(item)).toEqual(SIMPLIFIED);
			expect(item.pairedItem).toEqual({ item: 0 });
		}
	});

	it('gives all of them, raw, if you ask for that, for every item that comes in', async () => {
		const parameters = deployment('getMany', { returnAll: true, simplify: false });
		const items = itemsOf(await rig.runNode(parameters, [{}, {}]));
		const own = new Set(items.map(({ json }) => json['id']));
		expect(own.size).toBeGreaterThan(8);
		expect(items).toHaveLength(2 * own.size);
		expect(namesIn(items[0])).toEqual(ALL);
		expect(items.at(-1)?.pairedItem).toEqual({ item: 1 });
	});
});

describe('Get', () => {
	const get = async (more: Json = {}) => {
		const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
		return itemsOf(await rig.runNode(deployment('get', { deploymentId, ...more })))[0];
	};

	it('gives the settings', async () => {
		const item = await get();
		expect(namesIn(item)).toEqual(SIMPLIFIED);
		const settings = { name: 'text-to-image', hardware: ['AMPERE_48'], is_enabled: true };
		expect(item?.json).toMatchObject(settings);
		expect(namesIn(await get({ simplify: false }))).toEqual(ALL);
	});

	it('gives the workflow and the readme if you ask for them', async () => {
		const item = await get({ options: { includePayload: true, includeReadme: true } });
		expect(namesIn(item)).toEqual([...SIMPLIFIED, 'payload', 'readme'].sort());
		const payload = item?.json['payload'] as { workflow_api_json: Json };
		expect(payload.workflow_api_json['6']).toMatchObject({ class_type: 'CLIPTextEncode' });
		expect(item?.json['readme']).toContain('text-to-image');
		expect(rig.simulator.requests[0]?.path).toContain('includes=payload&includes=readme');
	});
});

it('the balance is read for every item', async () => {
	const balance: Parameters = { resource: 'account', operation: 'getBalance' };
	const items = itemsOf(await rig.runNode(balance, [{}, {}]));
	const json = { balance_usd: 25, balance_microdollars: 25_000_000, currency: 'USD' };
	expect(items).toEqual([0, 1].map((item) => ({ json, pairedItem: { item } })));
});

it('integers beyond 2^53 in a workflow come out as text, digit for digit, so that n8n can keep them', async () => {
	const SEED = '18446744073709551615';
	const node = `{"class_type":"KSampler","inputs":{"seed":${SEED},"steps":20}}`;
	const body = `{"id":"dep-1","name":"n","payload":{"workflow_api_json":{"31":${node}}}}`;
	rig.credential['baseUrl'] = await serve((_request, response) => response.end(body));
	const options = { includePayload: true };
	const parameters = deployment('get', { deploymentId: byId('dep-1'), options });
	const outcome = await rig.runSteps(parameters, parameters);
	expect(itemsOf(outcome, 2)[0]?.json['payload']).toMatchObject({
		workflow_api_json: { '31': { inputs: { seed: SEED, steps: 20 } } },
	});
});
