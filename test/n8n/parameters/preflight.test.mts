// The node's check of inputs before a submit, including workflows with partner nodes. Tests of the core cover the
// findings.
import { describe, expect, it } from '@jest/globals';
import { byId, everythingOf, itemsOf, type Json, useRig, workflowOf } from '../support/rig.mts';

const rig = useRig({ fast: true });

const json = (overrides: Json, more: Json = {}) =>
	rig.toSubmit({ operation: 'runAndWait', overrides: JSON.stringify(overrides), ...more });

describe('the deployment', () => {
	it('is compared in its current version, not an earlier one', async () => {
		const { imageEdit } = rig.simulator.deploymentIds;
		const parameters = (overrides: Json) =>
			json(overrides, { operation: 'submit', deploymentId: byId(imageEdit) });
		itemsOf(await rig.runNode(parameters({ '6': { inputs: { text: 'a cat' } } })));
		rig.simulator.workflow(imageEdit)!['5'] = {
			class_type: 'SaveImage',
			inputs: { filename_prefix: 'x', images: ['189', 0] },
		};
		itemsOf(await rig.runNode(parameters({ '5': { inputs: { filename_prefix: 'y' } } })));
		expect(rig.overrides()).toHaveLength(2);
	});

	it('is read once for all items, and not again for the next execution', async () => {
		const deploymentId = byId(rig.copyOf());
		const overrides = '={{ { "6": { "inputs": { "text": $json.text } } } }}';
		const parameters = rig.toSubmit({ deploymentId, overrides });
		const rows = Array.from({ length: 25 }, (_, index) => ({ text: `picture ${index}` }));
		for (const execution of [1, 2]) {
			itemsOf(await rig.runNode(parameters, rows));
			expect(rig.countOf('deployments.get')).toBe(1);
			expect(rig.countOf('object_info')).toBe(1);
			expect(rig.countOf('submit')).toBe(25 * execution);
		}
	});

	it('gives a failed run the title of its node', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '27', details: 'Node 27: no more memory' });
		const outcome = await rig.runNode(json({}));
		expect(outcome.error?.message).toContain('node 27 "Image Size" EmptySD3LatentImage');
		expect(outcome.error?.context?.data?.['error_details']).toMatchObject({
			node: { id: '27', title: 'Image Size', class_type: 'EmptySD3LatentImage' },
		});
	});

	it('is not known to another account', async () => {
		itemsOf(await rig.runNode(json({}, { operation: 'submit' })));
		rig.simulator.requests.length = 0;
		rig.credential['apiToken'] = 'someone-else-1f2e3d4c';
		const outcome = await rig.runNode(json({ '404': { inputs: {} } }));
		expect(outcome.error?.context?.data).toMatchObject({ error_code: 'auth_failed' });
		expect(rig.simulator.requests.map(({ route, status }) => `${route} ${status}`)).toEqual([
			'deployments.get 401',
			'submit 401',
		]);
	});

	it('is no longer waited for after a stop, and nothing is submitted', async () => {
		const deploymentId = byId(rig.copyOf());
		rig.simulator.inject({ name: 'stall', on: 'deployments.get' });
		const run = rig.engine.run(workflowOf({ parameters: json({}, { deploymentId }) }));
		while (rig.countOf('deployments.get') === 0) await new Promise(setImmediate);
		run.cancel();
		expect((await run.outcome).status).not.toBe('success');
		expect(rig.countOf('submit')).toBe(0);
	});
});

const KEY = 'comfyui-8d1f0a7b3c5e4f62';

describe('a workflow with partner nodes', () => {
	const run = (settings: Json = {}) => {
		const deploymentId = byId(rig.simulator.deploymentIds.partner);
		return rig.runNode(rig.toSubmit({ operation: 'runAndWait', deploymentId }), [{}], settings);
	};

	it('is refused before the submit without a key', async () => {
		const { error, status } = await run();
		expect(status).toBe('error');
		expect(error?.message).toContain('5 · ByteDance Seedream');
		expect(error?.description).toMatch(/platform\.comfy\.org.*Comfy\.org API Key/);
		expect(rig.sent()).toEqual([]);
	});

	it('runs with the key of the credential, which shows nowhere', async () => {
		rig.credential['comfyOrgApiKey'] = ` ${KEY} `;
		const outcome = await run();
		expect(itemsOf(outcome)[0]?.json).toMatchObject({ status: 'succeeded' });
		expect(rig.sent()).toMatchObject([{ extra_data: { api_key_comfy_org: KEY } }]);
		expect(everythingOf(outcome)).not.toContain(KEY);
	});

	it.each(['stopWorkflow', 'continueRegularOutput'])(
		'has the key taken out of an error that repeats it (%s)',
		async (onError) => {
			rig.credential['comfyOrgApiKey'] = KEY;
			rig.simulator.inject({ name: 'run_failed', details: `Wrong key ${KEY}` });
			const outcome = await run({ onError });
			expect(everythingOf(outcome)).toContain('Wrong key [token]');
			expect(everythingOf(outcome)).not.toContain(KEY);
		},
	);
});
