import { describe, expect, it } from '@jest/globals';
import { PIXEL, PNG } from '../support/pictures.mts';
import { at, start, urlsIn } from './support.mts';

/** The first error of a run with these overrides. */
const failure = async (
	deployment: 'textToImage' | 'imageEdit' | 'video',
	overrides: Record<string, unknown>,
) => {
	const { run, result, pass } = await start();
	const id = await run(deployment, overrides);
	pass(1000);
	return at((await result(id)).json, 'error', 0);
};

describe('a run fails, naming the node,', () => {
	it.each([
		['a choice that is not in the list', '31', { sampler_name: 'eular' }, 'sampler_name'],
		['a number below its minimum', '31', { steps: 0 }, 'smaller than min of 1: steps'],
		['a number above its maximum', '31', { denoise: 1.5 }, 'bigger than max of 1: denoise'],
		['a model that is not there', '30', { ckpt_name: 'x.ckpt' }, 'ckpt_name'],
		['a file name that leaves the folder', '9', { filename_prefix: '../x' }, 'not allowed'],
	])('for %s', async (_name, node, inputs, text) => {
		const error = await failure('textToImage', { [node]: { inputs } });
		expect(error).toMatchObject({ error: 'ComfyUIQueuePromptError', errorCode: 10011 });
		expect(at(error, 'details')).toContain(`Node ${node} (`);
		expect(at(error, 'details')).toContain(text);
	});

	it('for a seed beyond 64 bits', async () => {
		const { submit, result, pass } = await start();
		const body = '{"overrides":{"31":{"inputs":{"seed":18446744073709551616}}}}';
		const { json } = await submit('textToImage', body);
		pass(1000);
		const answer = await result(String(json['request_id']));
		expect(at(answer.json, 'error', 0, 'details')).toContain('bigger than max');
	});

	it('but not for the largest seed, as text', async () => {
		const seed = '18446744073709551615';
		expect(await failure('textToImage', { '31': { inputs: { seed } } })).toBeUndefined();
		const beyond = { seed: '18446744073709551616' };
		expect(at(await failure('textToImage', { '31': { inputs: beyond } }), 'details')).toContain(
			'bigger than max',
		);
	});

	it('for a batch no GPU can hold', async () => {
		const error = await failure('textToImage', {
			'27': { inputs: { width: 16384, height: 16384 } },
		});
		expect(error).toMatchObject({ error: 'OutOfMemory' });
		expect(at(error, 'details')).toContain('Node 27 (EmptySD3LatentImage)');
	});

	it.each([
		['no such file', 'holiday.png'],
		['no URL that can be fetched', 'ftp://example.com/a.png'],
		['a URL without a host', 'https://'],
		['a data URI without Base64', 'data:image/png,hello'],
		['a data URI with broken Base64', 'data:image/png;base64,@@@@'],
		['a data URI that is no image', `data:image/png;base64,${btoa('just text')}`],
	])('for an image that is %s', async (_name, image) => {
		const error = await failure('imageEdit', { '189': { inputs: { image } } });
		expect(error).toMatchObject({ error: 'FileUploadException' });
		expect(at(error, 'details')).toContain('Node 189 (LoadImage)');
	});
});

describe('an inline graph fails', () => {
	const fail = async (graph: object) => {
		const { submit, result, pass } = await start();
		const { json } = await submit('textToImage', { workflow_api_json: graph });
		pass(1000);
		return at((await result(String(json['request_id']))).json, 'error', 0, 'details');
	};

	it('for a node type that is not installed', async () => {
		const graph = { '1': { class_type: 'RIFE VFI', inputs: {} } };
		expect(await fail(graph)).toBe(
			'Node 1 (RIFE VFI): Cannot execute because node RIFE VFI does not exist.',
		);
	});

	it('without an output node', async () => {
		const graph = { '1': { class_type: 'LoadImage', inputs: { image: 'example.png' } } };
		expect(await fail(graph)).toBe('Prompt has no outputs');
	});

	it('for a missing input and for a link to nowhere', async () => {
		const missing = { '1': { class_type: 'PreviewImage', inputs: {} } };
		expect(await fail(missing)).toContain('Required input is missing: images');
		const dangling = { '1': { class_type: 'PreviewImage', inputs: { images: ['2', 0] } } };
		expect(await fail(dangling)).toContain('linked node 2 does not exist');
	});
});

describe('an input image', () => {
	const factOf = async (image: string, options = {}) => {
		const { sim, run } = await start(options);
		const id = await run('imageEdit', { '189': { inputs: { image } } });
		const { outcome } = sim.jobs.get(id) ?? {};
		return at(outcome, 'outputs', '9', 'images', 0, 'file', 'spec', 'facts', 0);
	};

	it('as a data URI is decoded, whatever type it claims', async () => {
		const bytes = PNG.length;
		expect(await factOf(`data:image/jpeg;base64,${PIXEL}`)).toBe(
			`input data URI, ${bytes} bytes, image/png`,
		);
	});

	it('as a URL elsewhere is taken without fetching it', async () => {
		expect(await factOf('https://images.example/cat.jpg?size=2')).toBe('input cat.jpg');
	});

	it('as the output of an earlier request is looked up', async () => {
		const { sim, run, result, download, pass } = await start();
		const first = await run('textToImage');
		pass(1000);
		const url = urlsIn(await result(first))[0] ?? '';
		const { byteLength } = await (await download(url)).arrayBuffer();
		const id = await run('imageEdit', { '189': { inputs: { image: url } } });
		const { outcome } = sim.jobs.get(id) ?? {};
		expect(at(outcome, 'outputs', '9', 'images', 0, 'file', 'spec', 'facts', 0)).toBe(
			`input ComfyUI_00001_.png, ${byteLength} bytes, image/png`,
		);
	});

	it('as an output that is gone fails the run', async () => {
		const { sim, run } = await start();
		const image = `${sim.url}/storage/deployment_requests/none/output/a.png`;
		const id = await run('imageEdit', { '189': { inputs: { image } } });
		expect(sim.jobs.get(id)?.outcome.kind).toBe('failed');
	});
});
