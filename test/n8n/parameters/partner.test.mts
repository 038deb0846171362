// Workflows with partner nodes, which run on the servers of their makers.
import { afterEach, describe, expect, it } from '@jest/globals';
import { filled, openForm } from '../support/form.mts';
import { runAndWait } from '../support/paying.mts';
import { byId, everythingOf, itemsOf, type Json, runNode, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });
const KEY = 'comfyui-8d1f0a7b3c5e4f62';

afterEach(() => {
	delete rig.credential['comfyOrgApiKey'];
});

const parameters = (more: Json = {}, deployment: 'partner' | 'textToImage' = 'partner') =>
	runAndWait(rig, {
		deploymentId: byId(rig.simulator.deploymentIds[deployment]),
		...more,
		options: { checkInputs: true, ...(more['options'] as Json | undefined) },
	});

const extraDataSent = () =>
	rig.simulator.requests
		.filter(({ route }) => route === 'submit')
		.map(({ body }) => (body as Json)['extra_data']);

describe('without a key', () => {
	it('a workflow with partner nodes is refused before the submit', async () => {
		const { error, status } = await runNode(rig, parameters());
		expect(status).toBe('error');
		expect(error?.message).toContain('5 · ByteDance Seedream');
		expect(error?.description).toMatch(/platform\.comfy\.org.*Comfy\.org API Key/);
		expect(extraDataSent()).toEqual([]);
	});

	it('any other workflow runs', async () => {
		expect(itemsOf(await runNode(rig, parameters({}, 'textToImage')))).toHaveLength(1);
		expect(extraDataSent()).toEqual([undefined]);
	});

	it('one that is not checked is submitted', async () => {
		const outcome = await runNode(rig, parameters({ options: { checkInputs: false } }));
		expect(outcome.error?.message).toContain('Please login first');
		expect(extraDataSent()).toHaveLength(1);
	});
});

describe('with the key of the credential', () => {
	it('it runs, the item has its price, and the key shows nowhere', async () => {
		rig.credential['comfyOrgApiKey'] = ` ${KEY} `;
		const outcome = await runNode(rig, parameters());
		expect(itemsOf(outcome)[0]?.json).toMatchObject({
			status: 'succeeded',
			partner_price: { min_usd: 0.385, max_usd: 0.385, approximate: true, text: 'about $0.39' },
		});
		expect(extraDataSent()).toEqual([{ api_key_comfy_org: KEY }]);
		expect(everythingOf(outcome)).not.toContain(KEY);
	});

	it('the price follows the values of the run', async () => {
		rig.credential['comfyOrgApiKey'] = KEY;
		const overrides = JSON.stringify({
			5: { inputs: { 'model.max_images': 2 } },
			6: { inputs: { mode: 'pro', duration: '10' } },
		});
		const [item] = itemsOf(await runNode(rig, parameters({ overrides })));
		expect(item?.json['partner_price']).toMatchObject({ min_usd: 1.05 });
	});

	it('a key in Extra Data comes first', async () => {
		rig.credential['comfyOrgApiKey'] = KEY;
		const extraData = '{"api_key_comfy_org":"own"}';
		await runNode(rig, parameters({ options: { extraData } }));
		expect(extraDataSent()).toEqual([{ api_key_comfy_org: 'own' }]);
	});

	it('it does not go to a workflow without partner nodes', async () => {
		rig.credential['comfyOrgApiKey'] = KEY;
		const [item] = itemsOf(await runNode(rig, parameters({}, 'textToImage')));
		expect(extraDataSent()).toEqual([undefined]);
		expect(item?.json).not.toHaveProperty('partner_price');
	});

	it.each(['stopWorkflow', 'continueRegularOutput'])(
		'it is taken out of an error that repeats it (%s)',
		async (onError) => {
			rig.credential['comfyOrgApiKey'] = KEY;
			rig.simulator.inject({ name: 'run_failed', details: `Wrong key ${KEY}` });
			const outcome = await runNode(rig, parameters(), [{}], { onError });
			expect(everythingOf(outcome)).toContain('Wrong key [token]');
			expect(everythingOf(outcome)).not.toContain(KEY);
		},
	);
});

describe('the form', () => {
	it('has the price before the label of the first field of each partner node', async () => {
		const { fields } = await openForm(rig, parameters());
		const priced = fields.filter(({ displayName }) => displayName.includes('$'));
		expect(priced.map(({ displayName }) => displayName)).toEqual([
			...['[≈$0.035] Prompt · Seedream', '[$0.35] Prompt · Kling Image'],
		]);
	});

	it('leaves the price out of messages', async () => {
		const workflowInputs = await filled(rig, 'partner', { '5.prompt': '={{ $json.missing }}' });
		const outcome = await runNode(rig, { operation: 'submit', ...workflowInputs });
		expect(outcome.error?.message).toMatch(/: Prompt · Seedream has no value/);
	});
});
