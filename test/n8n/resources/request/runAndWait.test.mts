import { describe, expect, it } from '@jest/globals';
import {
	byId,
	countOf,
	everythingOf,
	hosted,
	itemsOf,
	runNode,
	TOKEN,
	useRig,
	workOf,
} from '../../support/rig.mts';

const rig = useRig();

const overrides = (text: string, seed = '1') =>
	`{"6":{"inputs":{"text":${JSON.stringify(text)}}},"31":{"inputs":{"seed":${seed}}}}`;

interface FileEntry {
	url: string;
	filename: string;
	kind: string;
	type: string;
	node_id: string;
	binary_property?: string;
}

describe('Run and Wait', () => {
	it('gives the result with the API’s own field names and the picture as binary data', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const outcome = await runNode(rig, {
			operation: 'runAndWait',
			deploymentId: byId(textToImage),
			overrides: overrides('a red fox', '9007199254740993'),
		});
		const [item, ...more] = itemsOf(outcome);
		expect(more).toEqual([]);
		const [job] = [...rig.simulator.jobs.values()].slice(-1);
		expect(job?.graph['6']?.inputs['text']).toBe('a red fox');
		expect(job?.graph['31']?.inputs['seed']).toBe(9007199254740993n);

		const json = item?.json as Record<string, unknown>;
		const [file] = json['files'] as FileEntry[];
		expect(json).toMatchObject({
			request_id: job?.requestId,
			deployment_id: textToImage,
			status: 'succeeded',
			texts: [],
			warnings: [],
			outputs: { '9': { images: [{ filename: file?.filename }] } },
		});
		expect(json['created_at']).toMatch(/^\d{4}-\d\d-\d\dT/);
		expect(json['finished_at']).toMatch(/^\d{4}-\d\d-\d\dT/);
		expect(json).not.toHaveProperty('raw');
		expect(file).toMatchObject({
			node_id: '9',
			channel: 'images',
			kind: 'image',
			mime_type: 'image/png',
			type: 'output',
			binary_property: 'data',
		});
		expect(item?.binary?.['data']).toMatchObject({
			mimeType: 'image/png',
			fileExtension: 'png',
			fileName: file?.filename,
		});
		expect(await rig.engine.binary(item!)).toEqual(await hosted(file?.url));
	});

	it('sends the token to the API and to nobody else', async () => {
		await runNode(rig, {
			operation: 'runAndWait',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			overrides: '{}',
		});
		const { requests } = rig.simulator;
		expect(requests.filter(({ route }) => route === 'storage')).toHaveLength(1);
		for (const { route, authorized, headers } of requests) {
			expect({ route, authorized }).toEqual({ route, authorized: route !== 'storage' });
			expect(headers['user-agent']).toContain('n8n-nodes-runcomfy');
		}
	});

	it('shows the token nowhere, even if an output repeats it', async () => {
		const outcome = await runNode(rig, {
			operation: 'runAndWait',
			deploymentId: byId(rig.simulator.deploymentIds.mixed),
			overrides: JSON.stringify({ '38:41': { inputs: { value: `say ${TOKEN}!` } } }),
			options: { outputNodes: '38:42', downloadFiles: false },
		});
		expect(JSON.stringify(itemsOf(outcome)[0]?.json['texts'])).toContain('say [token]!');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});

	it('uses the prefix of the credential’s API version', async () => {
		rig.credential['apiVersion'] = 'v2';
		await runNode(rig, {
			operation: 'runAndWait',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			overrides: '{}',
		});
		const paths = rig.simulator.requests
			.filter(({ route }) => route !== 'storage')
			.map(({ path }) => path.split('/').slice(1, 3).join('/'));
		expect(new Set(paths)).toEqual(new Set(['prod/v2']));
	});

	it('takes another workflow in workflow mode, as text or as an object', async () => {
		const graph = {
			'1': { class_type: 'LoadImage', inputs: { image: 'https://example.com/a.png' } },
			'2': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
		};
		for (const workflowApiJson of [JSON.stringify(graph), '={{ $json.graph }}']) {
			await runNode(
				rig,
				{
					operation: 'submit',
					deploymentId: byId(rig.simulator.deploymentIds.textToImage),
					inputMode: 'workflow',
					workflowApiJson,
				},
				[{ graph }],
			);
		}
		const bodies = workOf(rig).map(({ body }) => body);
		expect(bodies).toEqual([{ workflow_api_json: graph }, { workflow_api_json: graph }]);
	});

	it('finds the deployment in the address of its page', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const outcome = await runNode(rig, {
			operation: 'submit',
			deploymentId: {
				__rl: true,
				mode: 'url',
				value: `https://www.runcomfy.com/deployments/${textToImage}?tab=api`,
			},
			overrides: '{}',
		});
		expect(itemsOf(outcome)[0]?.json).toMatchObject({ deployment_id: textToImage });
	});

	it('gives every kind of output: files in fields by their place, texts as texts', async () => {
		const outcome = await runNode(rig, {
			operation: 'runAndWait',
			deploymentId: byId(rig.simulator.deploymentIds.mixed),
			overrides: '{}',
		});
		const item = itemsOf(outcome)[0]!;
		const files = item.json['files'] as unknown as FileEntry[];
		const fields = files.map((_, index) => (index === 0 ? 'data' : `data_${index}`));
		expect(files.map((file) => file.binary_property)).toEqual(fields);
		expect(Object.keys(item.binary ?? {}).sort()).toEqual([...fields].sort());
		expect(new Set(files.map(({ kind }) => kind))).toEqual(new Set(['image', 'video']));
		for (const file of files) {
			expect(await rig.engine.binary(item, file.binary_property)).toEqual(await hosted(file.url));
		}
		expect(files.every(({ type }) => type === 'output')).toBe(true);
		expect(JSON.stringify(item.json['texts'])).toContain('some text from a subgraph');
	});

	it('takes the outputs of the named nodes only, previews included on demand', async () => {
		const run = async (options: object) => {
			const outcome = await runNode(rig, {
				operation: 'runAndWait',
				deploymentId: byId(rig.simulator.deploymentIds.mixed),
				overrides: '{}',
				options: { downloadFiles: false, ...options },
			});
			const item = itemsOf(outcome)[0]!;
			expect(item.binary).toBeUndefined();
			return item.json as { files: unknown; warnings: string[] };
		};
		const files = (json: { files: unknown }) =>
			(json.files as FileEntry[]).map(({ node_id, type }) => `${node_id} ${type}`);
		const nodes = await run({ outputNodes: ' 9 , 404' });
		expect(files(nodes)).toEqual(['9 output']);
		expect(nodes.warnings).toContain('Node 404 gave no output in this run.');
		expect(files(await run({ outputNodes: '12' }))).toEqual([]);
		expect(files(await run({ outputNodes: '12', includeTemp: true }))).toEqual(['12 temp']);
		expect(countOf(rig, 'storage')).toBe(0);
	});

	it('passes extra data and the webhook on', async () => {
		await runNode(rig, {
			operation: 'submit',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			overrides: '{}',
			options: {
				extraData: '{"api_key_comfy_org":"k","n":9007199254740993}',
				webhook: 'https://example.com/hook?a=1&b=2',
				webhookIntermediateStatus: true,
			},
		});
		const [request] = rig.simulator.requests;
		expect(request?.body).toEqual({
			overrides: {},
			extra_data: { api_key_comfy_org: 'k', n: 9007199254740993n },
		});
		const query = new URL(request?.path ?? '', rig.simulator.url).searchParams;
		expect(query.get('webhook')).toBe('https://example.com/hook?a=1&b=2');
		expect(query.get('webhook_intermediate_status')).toBe('true');
	});
});
