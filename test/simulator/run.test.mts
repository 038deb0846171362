// Runs: ComfyUI's refusals and their wording, outputs, and nodes that are left out.
import { describe, expect, it } from '@jest/globals';
import { PIXEL } from '../support/pictures.mts';
import { at, type Client, type Json, start, urlsIn } from './support.mts';

type Deployment = Parameters<Client['submit']>[0];

/** The result of a run with these overrides. */
async function ran(deployment: Deployment, overrides: Json = {}, more: Json = {}) {
	const { finish } = await start();
	return (await finish(deployment, overrides, more)).json;
}

/** The first error of such a run. */
const failure = async (deployment: Deployment, overrides: Json = {}, more: Json = {}) =>
	at(await ran(deployment, overrides, more), 'error', 0);

/** ComfyUI's error for a node, in its own format: "message: details". */
function reason(errors: unknown, node: string) {
	const found = at(errors, 'node_errors', node, 'errors', 0);
	return found && `${String(at(found, 'message'))}: ${String(at(found, 'details'))}`;
}

const KEY = { extra_data: { api_key_comfy_org: 'comfyui-0123' } };

describe('a run fails, naming the node,', () => {
	it.each([
		['a choice that is not in the list', '31', { sampler_name: 'eular' }, 'sampler_name'],
		['a number below its minimum', '31', { steps: 0 }, 'smaller than min of 1: steps'],
		['a number above its maximum', '31', { denoise: 1.5 }, 'bigger than max of 1: denoise'],
		['a file name that leaves the folder', '9', { filename_prefix: '../x' }, 'not allowed'],
	])('for %s', async (_name, node, inputs, text) => {
		const error = await failure('textToImage', { [node]: { inputs } });
		expect(error).toMatchObject({ error: 'ComfyUIQueuePromptError', errorCode: 10011 });
		expect(at(error, 'details')).toContain('Prompt outputs failed validation');
		expect(reason(error, node)).toContain(text);
	});
});

describe('an inline graph fails', () => {
	const errorOf = (graph: object) => failure('textToImage', {}, { workflow_api_json: graph });
	const fail = async (graph: object) => at(await errorOf(graph), 'details');

	it('for a node type that is not installed', async () => {
		const graph = { '1': { class_type: 'RIFE VFI', inputs: {} } };
		expect(await fail(graph)).toBe(
			"Node 'RIFE VFI' not found. The custom node may not be installed. Node ID '#1'",
		);
	});

	it('without an output node', async () => {
		const graph = { '1': { class_type: 'LoadImage', inputs: { image: 'example.png' } } };
		expect(await fail(graph)).toBe('Prompt has no outputs');
	});

	it('for a link to nowhere', async () => {
		const dangling = { '1': { class_type: 'PreviewImage', inputs: { images: ['2', 0] } } };
		expect(await fail(dangling)).toContain("Exception when validating node: '2'");
	});
});

describe('an input image', () => {
	const endOf = async (image: string) =>
		(await ran('imageEdit', { '189': { inputs: { image } } }))['status'];

	it('as a data URI is decoded, whatever type it claims', async () => {
		expect(await endOf(`data:image/jpeg;base64,${PIXEL}`)).toBe('succeeded');
	});

	it('as a URL elsewhere is accepted without fetching it', async () => {
		expect(await endOf('https://images.example/cat.jpg?size=2')).toBe('succeeded');
	});

	it('as the output of an earlier request is looked up', async () => {
		const { sim, run, finish } = await start();
		const url = urlsIn(await finish('textToImage'))[0] ?? '';
		const id = await run('imageEdit', { '189': { inputs: { image: url } } });
		expect(sim.jobs.get(id)?.outcome.kind).toBe('succeeded');
	});
});

it.each([
	['a child of a dynamic combo', 'flux', '41', { 'resize_type.megapixels': 2 }],
	['a keyword argument', 'flux', '38', { lora_2: { on: true, lora: 'x', strength: 1 } }],
	['what only a video format has', 'video', '92', { crf: 30 }],
] as const)('%s is taken as it comes', async (_what, deployment, node, inputs) => {
	expect(await ran(deployment, { [node]: { inputs } })).toMatchObject({ status: 'succeeded' });
});

it('an input without such a name is refused', async () => {
	const { submit } = await start();
	const { json } = await submit('flux', { overrides: { '17': { inputs: { caption: 'x' } } } });
	expect(at(json, 'detail', 0, 'msg')).toContain('no input');
});

describe('partial success', () => {
	it('leaves out the outputs whose branch does not validate', async () => {
		const answer = await ran('mixed', { '50': { inputs: { fps: 1000 } } });
		expect(answer['status']).toBe('succeeded');
		expect(Object.keys(answer['outputs'] as Json)).not.toContain('51');
		expect(answer['node_errors']).toMatchObject({
			'50': { class_type: 'CreateVideo', dependent_outputs: ['51'] },
		});
	});
});

describe('a workflow with partner nodes', () => {
	it('is accepted without a key of comfy.org, and fails at run time', async () => {
		const answer = await ran('partner');
		expect(answer['status']).toBe('failed');
		expect(at(answer, 'error', 0)).toMatchObject({
			details:
				'Node 5 (ByteDanceSeedreamNodeV2): Unauthorized: Please login first to use this node.',
		});
		expect((await ran('partner', {}, { extra_data: { api_key_comfy_org: ' ' } }))['status']).toBe(
			'failed',
		);
	});

	it('runs with one', async () => {
		const answer = await ran('partner', { '5': { inputs: { 'model.max_images': 2 } } }, KEY);
		expect(at(answer, 'outputs', '9', 'images')).toHaveLength(2);
		expect(at(answer, 'outputs', '10', 'images', 0, 'filename')).toBe('kling_00001_.mp4');
	});
});
