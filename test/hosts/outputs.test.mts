// The outputs of a run in both hosts: files, texts, and other values with all of their digits.
import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { byId, itemsOf, type Json, useRig, useServers } from '../n8n/support/rig.mts';
import { useFlows } from '../node-red/support/rig.mts';

const rig = useRig();
const start = useFlows();
const serve = useServers();

const LARGE = '12345678901234567891';
const REQUEST = '3f0e8a52-0000-4000-8000-000000000000';

/** RunComfy with a single result, as JSON text. */
const answering =
	(result: string): RequestListener =>
	(_request, response) =>
		void response.setHeader('content-type', 'application/json').end(result);

/** The output of the node that fetches a result. */
const HOSTS: Record<string, (result: string, more?: Json) => Promise<Json>> = {
	async n8n(result, more) {
		rig.credential['baseUrl'] = await serve(answering(result));
		const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
		const operation = { operation: 'getResult', deploymentId, requestId: REQUEST };
		return itemsOf(await rig.runNode({ ...operation, ...more }))[0]!.json;
	},
	async 'Node-RED'(result) {
		const baseUrl = await serve(answering(result));
		const flow = await start('runcomfy-result', {}, { config: { baseUrl } });
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ deploymentId, requestId: REQUEST });
		await flow.ended();
		return flow.sent[0]!['runcomfy'] as Json;
	},
};

const OUTPUTS = {
	'5': { number: [7, 0.5], flags: [true, null], text: ['a boat'] },
	'6': { box: [{ x: 1, y: [2, 3] }], seed: 'LARGE' },
	'7': { images: [], animated: [true] },
};

const VALUES = [
	{ node_id: '5', channel: 'number', value: 7 },
	{ node_id: '5', channel: 'number', value: 0.5 },
	{ node_id: '5', channel: 'flags', value: true },
	{ node_id: '6', channel: 'box', value: { x: 1, y: [2, 3] } },
	{ node_id: '6', channel: 'seed', value: LARGE },
];

const RESULT = JSON.stringify({ status: 'succeeded', outputs: OUTPUTS }).replace('"LARGE"', LARGE);

describe.each(Object.keys(HOSTS))('in %s', (host) => {
	it('outputs that are neither files nor texts come out as values, and keep their digits', async () => {
		const told = await HOSTS[host]!(RESULT);
		expect(told['values']).toEqual(VALUES);
		expect(told['texts']).toEqual([{ node_id: '5', channel: 'text', text: 'a boat' }]);
		expect(told['warnings']).toEqual([]);
	});
});

it('a result that is not simplified, or as it came, keeps its digits as text, so that everything can write it', async () => {
	const seed = LARGE;
	const { outputs } = await HOSTS['n8n']!(RESULT, { simplify: false });
	expect(outputs).toMatchObject({ '6': { seed } });
	const { result } = await HOSTS['Node-RED']!(RESULT);
	expect(result).toMatchObject({ outputs: { '6': { seed } } });
	expect(JSON.stringify(result)).toContain(LARGE);
});

describe.each(Object.keys(HOSTS))('in %s', (host) => {
	it('outputs of 50,000 files are all listed', async () => {
		const file = { filename: 'a.png', url: 'https://host/a.png', type: 'output' };
		const outputs = { 9: { images: Array.from({ length: 50_000 }, () => file) } };
		const result = JSON.stringify({ status: 'succeeded', outputs });
		const told = await HOSTS[host]!(result, { options: { downloadFiles: false } });
		expect((told['files'] as unknown[]).length).toBe(50_000);
		expect(told['warnings']).toEqual([]);
	});
});
