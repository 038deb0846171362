import { describe, expect, it } from '@jest/globals';
import { runAndWait } from '../../support/paying.mts';
import {
	byId,
	everythingOf,
	filesOf,
	hosted,
	itemsOf,
	newestJob,
	runNode,
	TOKEN,
	useRig,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

describe('Run and Wait', () => {
	it('gives the result with the API’s own field names and the picture as binary data', async () => {
		const inputs = '"31":{"inputs":{"seed":9007199254740993}}';
		const outcome = await runNode(
			rig,
			runAndWait(rig, {
				overrides: `{"6":{"inputs":{"text":"a red fox"}},${inputs}}`,
				options: { downloadFiles: true },
			}),
		);
		const [item, ...more] = itemsOf(outcome);
		expect(more).toEqual([]);
		const job = newestJob(rig);
		expect(job?.graph['6']?.inputs['text']).toBe('a red fox');
		expect(job?.graph['31']?.inputs['seed']).toBe(9007199254740993n);

		const [file] = filesOf(item);
		expect(item?.json).toMatchObject({
			request_id: job?.requestId,
			deployment_id: rig.simulator.deploymentIds.textToImage,
			status: 'succeeded',
			texts: [],
			warnings: [],
			outputs: { '9': { images: [{ filename: file?.filename }] } },
			created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
			finished_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
		});
		expect(item?.json).not.toHaveProperty('raw');
		expect(file).toMatchObject({
			node_id: '9',
			channel: 'images',
			kind: 'image',
			mime_type: 'image/png',
			type: 'output',
			binary_property: 'data',
		});
		expect(await rig.engine.binary(item!)).toEqual(await hosted(file?.url));
	});

	it('sends the token to the API and to nobody else', async () => {
		await runNode(rig, runAndWait(rig, { options: { downloadFiles: true } }));
		const { requests } = rig.simulator;
		expect(requests.filter(({ route }) => route === 'storage')).toHaveLength(1);
		for (const { route, authorized, headers } of requests) {
			expect({ route, authorized }).toEqual({ route, authorized: route !== 'storage' });
			expect(headers['user-agent']).toContain('n8n-nodes-runcomfy');
		}
	});

	it('does not show the token, even if an output repeats it', async () => {
		const parameters = runAndWait(rig, {
			deploymentId: byId(rig.simulator.deploymentIds.mixed),
			overrides: JSON.stringify({ '38:41': { inputs: { value: `say ${TOKEN}!` } } }),
		});
		const outcome = await runNode(rig, parameters);
		expect(JSON.stringify(itemsOf(outcome)[0]?.json['texts'])).toContain('say [token]!');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});

	it('calls the API version of the credential', async () => {
		rig.credential['apiVersion'] = 'v2';
		itemsOf(await runNode(rig, runAndWait(rig)));
		const prefixes = rig.simulator.requests.map(({ path }) => path.split('/', 3).join('/'));
		expect(new Set(prefixes)).toEqual(new Set(['/prod/v2']));
	});

	it('finds the deployment in the address of its page', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const value = `https://www.runcomfy.com/deployments/${textToImage}?tab=api`;
		const deploymentId = { __rl: true, mode: 'url', value };
		const [item] = itemsOf(await runNode(rig, runAndWait(rig, { deploymentId })));
		expect(item?.json).toMatchObject({ deployment_id: textToImage });
	});

	it('passes on extra data and the webhook', async () => {
		const extraData = '{"api_key_comfy_org":"k","n":9007199254740993}';
		const webhook = 'https://example.com/hook?a=1&b=2';
		const options = { extraData, webhook, webhookIntermediateStatus: true };
		await runNode(rig, runAndWait(rig, { operation: 'submit', options }));
		const [request] = rig.simulator.requests;
		expect(request?.body).toEqual({
			overrides: {},
			extra_data: { api_key_comfy_org: 'k', n: 9007199254740993n },
		});
		const query = new URL(request?.path ?? '', rig.simulator.url).searchParams;
		expect(query.get('webhook')).toBe(webhook);
		expect(query.get('webhook_intermediate_status')).toBe('true');
	});
});
