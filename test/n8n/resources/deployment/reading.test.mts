import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
	byId,
	itemsOf,
	type Json,
	type Parameters,
	runNode,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig();

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

describe('Get Many', () => {
	it('gives an item per deployment, simplified, up to the limit', async () => {
		const items = itemsOf(await runNode(rig, deployment('getMany', { limit: 3 })));
		expect(items).toHaveLength(3);
		expect(items[0]?.json['id']).toBe(rig.simulator.deploymentIds.textToImage);
		for (const { json, pairedItem } of items) {
			expect(Object.keys(json).sort()).toEqual(SIMPLIFIED);
			expect(pairedItem).toEqual({ item: 0 });
		}
	});

	it('gives all of them, raw, when asked to, for every item that comes in', async () => {
		const parameters = deployment('getMany', { returnAll: true, simplify: false });
		const items = itemsOf(await runNode(rig, parameters, [{}, {}]));
		const own = new Set(items.map(({ json }) => json['id']));
		expect(own.size).toBeGreaterThan(8);
		expect(items).toHaveLength(2 * own.size);
		expect(Object.keys(items[0]?.json ?? {}).sort()).toEqual(ALL);
		expect(items.at(-1)?.pairedItem).toEqual({ item: 1 });
	});
});

describe('Get', () => {
	const get = (more: Json = {}) =>
		deployment('get', { deploymentId: byId(rig.simulator.deploymentIds.textToImage), ...more });

	it('gives the settings', async () => {
		const [item] = itemsOf(await runNode(rig, get()));
		expect(Object.keys(item?.json ?? {}).sort()).toEqual(SIMPLIFIED);
		expect(item?.json).toMatchObject({
			name: 'text-to-image',
			hardware: ['AMPERE_48'],
			is_enabled: true,
		});
		const [raw] = itemsOf(await runNode(rig, get({ simplify: false })));
		expect(Object.keys(raw?.json ?? {}).sort()).toEqual(ALL);
	});

	it('gives the workflow and the readme when asked to', async () => {
		const options = { includePayload: true, includeReadme: true };
		const [item] = itemsOf(await runNode(rig, get({ options })));
		expect(Object.keys(item?.json ?? {}).sort()).toEqual(
			[...SIMPLIFIED, 'payload', 'readme'].sort(),
		);
		const payload = item?.json['payload'] as { workflow_api_json: Json };
		expect(payload.workflow_api_json['6']).toMatchObject({ class_type: 'CLIPTextEncode' });
		expect(item?.json['readme']).toContain('text-to-image');
		expect(rig.simulator.requests[0]?.path).toContain('includes=payload&includes=readme');
	});
});

describe('the balance of the account', () => {
	const balance: Parameters = { resource: 'account', operation: 'getBalance' };

	it('is read for every item', async () => {
		const items = itemsOf(await runNode(rig, balance, [{}, {}]));
		const json = { balance_usd: 25, balance_microdollars: 25_000_000, currency: 'USD' };
		expect(items).toEqual([0, 1].map((item) => ({ json, pairedItem: { item } })));
	});

	it('is not shown with a wrong token', async () => {
		rig.credential['apiToken'] = 'wrong-token';
		const outcome = await runNode(rig, balance);
		expect(outcome.error?.context?.data?.['error_code']).toBe('auth_failed');
	});
});

describe('integers beyond 2^53', () => {
	const SEED = '18446744073709551615';
	let server: Server | undefined;
	afterEach(() => void server?.close());

	/** A service that answers every call with that text. */
	async function answering(body: string): Promise<void> {
		const started = createServer((_request, response) => response.end(body));
		server = started;
		await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
		const { port } = started.address() as AddressInfo;
		rig.credential['baseUrl'] = `http://127.0.0.1:${port}`;
	}

	it('in a workflow come out as text, digit for digit, and n8n can keep them', async () => {
		await answering(
			`{"id":"dep-1","name":"n","payload":{"workflow_api_json":{"31":{"class_type":"KSampler","inputs":{"seed":${SEED},"steps":20}}}}}`,
		);
		const parameters = deployment('get', {
			deploymentId: byId('dep-1'),
			options: { includePayload: true },
		});
		const outcome = await rig.engine.run(
			workflowOf({ parameters }, { parameters: { ...parameters } }),
		).outcome;
		const inputs = { seed: SEED, steps: 20 };
		expect(itemsOf(outcome, 2)[0]?.json['payload']).toMatchObject({
			workflow_api_json: { '31': { inputs } },
		});
	});

	it('in an answer of ComfyUI, too', async () => {
		await answering(`{"queue_running":[[${SEED}, 1]]}`);
		const outcome = await runNode(
			rig,
			deployment('callInstance', {
				deploymentId: byId('dep-1'),
				instanceId: 'inst-1',
				path: 'queue',
			}),
		);
		expect(itemsOf(outcome)[0]?.json['response']).toEqual({ queue_running: [[SEED, 1]] });
	});
});
