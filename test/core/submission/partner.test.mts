// Workflows with partner nodes are submitted with the user's key, or not at all.
import { describe, expect, it } from '@jest/globals';
import { type WorkflowApiJson } from '../../../core/index';
import { type SubmitInput } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { unreachable } from '../../support/expect.mts';
import { clientOf, json } from '../support/virtualHost.mts';
import { readInfo } from '../support/workflows.mts';
import { clientWith, submission } from './rig.mts';

const KEY = 'comfyui-0123456789abcdef';

const INFO = readInfo({
	Seedream: {
		input: { required: { prompt: ['STRING', {}] } },
		api_node: true,
	},
	SaveImage: { input: { required: { images: ['IMAGE'] } }, output_node: true },
});
const WORKFLOW = {
	5: { class_type: 'Seedream', inputs: { prompt: 'a boat' }, _meta: { title: 'My Seedream' } },
	9: { class_type: 'SaveImage', inputs: { images: ['5', 0] } },
};
const PLAIN = { 9: { class_type: 'SaveImage', inputs: { images: ['9', 0] } } };

const prepared = (workflow: WorkflowApiJson, key?: string) =>
	submission({}, { workflow, info: INFO, warnings: [] }, { client: clientWith(key) });

/** The extra data of the submit. */
async function sent(
	input: Omit<SubmitInput, 'modelId' | 'deploymentId'>,
	partnerKey?: string,
): Promise<unknown> {
	const { client, host } = clientOf(json({ request_id: 'r' }));
	const keyed = { ...client, host: { ...client.host, partnerKey } };
	await submit(keyed, { deploymentId: 'd', ...input });
	const { request } = host.calls[0] ?? unreachable('nothing was sent');
	return (JSON.parse(request.body ?? '{}') as Record<string, unknown>)['extra_data'];
}

describe('a workflow with partner nodes', () => {
	it('is refused without a key, with the nodes and the way out', async () => {
		await expect(prepared(WORKFLOW)).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/^The node 5 · My Seedream calls a partner service/),
			details: { findings: [{ path: '5', problem: 'no_partner_key' }] },
			hint: expect.stringMatching(
				/platform\.comfy\.org.*Comfy\.org API Key.*Nothing was submitted/,
			),
		});
	});

	it('is refused for all of its partner nodes at once', async () => {
		const two = { ...WORKFLOW, 6: { class_type: 'Seedream', inputs: {} } };
		await expect(prepared(two)).rejects.toMatchObject({
			message: expect.stringMatching(
				/^The nodes 5 · My Seedream, 6 · Seedream call partner services/,
			),
		});
	});

	it('is taken with the key of the account', async () => {
		const { input, notes } = await prepared(WORKFLOW, KEY);
		expect(JSON.stringify([input, notes])).not.toContain(KEY);
		expect(input.partnerNodes).toBeUndefined();
	});

	it('is none if all of its classes are known and run on the machine', async () => {
		const { input } = await prepared(PLAIN, KEY);
		expect(input.partnerNodes).toBe(false);
		expect((await prepared(PLAIN)).input).not.toHaveProperty('partnerNodes');
	});
});

describe('the key of the account', () => {
	it('is sent in the extra data', async () => {
		expect(await sent({}, KEY)).toEqual({ api_key_comfy_org: KEY });
	});

	it('does not go to a workflow that has no use for it', async () => {
		expect(await sent({ partnerNodes: false }, KEY)).toBeUndefined();
		expect(await sent({})).toBeUndefined();
	});
});
