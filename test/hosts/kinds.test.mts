// Hosted models and LoRA deployments, through both hosts, which send the same or refuse it alike.
import { describe, expect, it } from '@jest/globals';
import { useRig } from '../n8n/support/rig.mts';
import { useFlows } from '../node-red/support/rig.mts';
import { byN8n, byNodeRed, type Wish } from './runners.mts';

const rig = useRig();
const start = useFlows();

const both = async (wish: Wish) => ({
	n8n: await byN8n(rig, wish),
	nodeRed: await byNodeRed(start, wish, (id) => id.slice(1)),
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const PICTURE = `data:image/png;base64,${PNG.toString('base64')}`;
const prompt = 'a cat';

describe('both hosts send the same', () => {
	it.each<[string, Wish, unknown]>([
		[
			'inputs to a hosted model',
			{ model: 'textToImage', inputs: { prompt, guidance_scale: 3.5 } },
			{ prompt, guidance_scale: 3.5 },
		],
		[
			'a file to a hosted model',
			{ model: 'imageEdit', inputs: { prompt }, files: { '.image': PNG } },
			{ prompt, image: PICTURE },
		],
		[
			'inputs and a file to a LoRA deployment',
			{
				deployment: 'loraVideo',
				inputs: { prompt, width: 512 },
				files: { '.ctrl_img_1': PNG },
			},
			{ prompt, width: 512, ctrl_img_1: PICTURE },
		],
	])('%s', async (_what, wish, body) => {
		const { n8n, nodeRed } = await both(wish);
		for (const outcome of [n8n, nodeRed]) {
			expect(outcome).toMatchObject({ submits: [body], warnings: [] });
			expect(outcome.message).toBeUndefined();
		}
	});
});

describe('both hosts refuse alike', () => {
	it.each<[string, Wish, string, RegExp]>([
		[
			'a wrong range, name and part, and what is missing, for a hosted model, everything at once',
			{ model: 'lora', inputs: { promt: prompt, width: 3000, loras: [{ scale: '5' }] } },
			'invalid_input',
			/^5 inputs do not fit: .*"promt" .*at most 2048, not 3000.*at most 4, not 5.*needs "loras\[0\]\.path".*needs "prompt"/,
		],
		[
			'a model that RunComfy does not have',
			{ model: 'textToImage', address: 'blackforestlabs/flux-2/flash', inputs: { prompt } },
			'not_found',
			/there is no such model \(code 400001\)/,
		],
		[
			'inputs by name to a deployment with a workflow',
			{ inputs: { prompt } },
			'invalid_input',
			/^This deployment runs a ComfyUI workflow: it takes no direct inputs/,
		],
	])('%s', async (_what, wish, code, message) => {
		const { n8n, nodeRed } = await both(wish);
		const refused = { submits: [], code, message: expect.stringMatching(message) };
		expect(n8n).toMatchObject(refused);
		expect(nodeRed).toMatchObject(refused);
	});
});
