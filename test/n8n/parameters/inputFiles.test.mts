// Input files, from a binary field of the item or from a URL. Tests of the core cover how they are sent.
import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';
import { serverError } from '../../support/answers.mts';
import { dataUri, JPEG, PNG } from '../../support/pictures.mts';
import { filled } from '../support/form.mts';
import {
	byId,
	filesOf,
	itemsOf,
	type Json,
	type Parameters,
	refusal,
	useRig,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

/** A file as n8n keeps it in memory. */
const file = (bytes: Buffer, fileName = 'photo.png', mimeType = 'application/octet-stream') => ({
	data: bytes.toString('base64'),
	mimeType,
	fileName,
});

const sound = file(Buffer.from('RIFF\0\0\0\0WAVE'), 'a.wav', 'audio/wav');

const item = (binary: INodeExecutionData['binary'] = { data: file(PNG) }) => ({ json: {}, binary });

const toImage = (more: Json = {}) => ({ nodeId: '189', input: 'image', ...more });

const edit = (inputFiles: Json, more: Json = {}): Parameters =>
	rig.toSubmit({
		deploymentId: byId(rig.simulator.deploymentIds.imageEdit),
		inputFiles,
		...more,
	});

/** Runs a node that creates a picture, and one that edits the picture. */
async function chain(inputFiles: Json) {
	const made = rig.toRun({ options: { downloadFiles: true } });
	const outcome = await rig.runSteps(made, edit(inputFiles, { operation: 'runAndWait' }));
	expect(itemsOf(outcome, 2)[0]?.json).toMatchObject({ status: 'succeeded', warnings: [] });
	return itemsOf(outcome, 1)[0]!;
}

/** Adds node 190 to the deployed workflow during the work. */
async function withNode(class_type: 'LoadAudio' | 'LoadImage', work: () => Promise<void>) {
	const graph = rig.simulator.workflow(rig.simulator.deploymentIds.imageEdit)!;
	const input = class_type === 'LoadAudio' ? 'audio' : 'image';
	graph['190'] = { class_type, inputs: { [input]: 'example' } };
	await work().finally(() => delete graph['190']);
}

const images = () =>
	rig
		.overrides()
		.map((overrides) => (overrides as Record<string, { inputs: Json }>)['189']?.inputs['image']);

describe('a file of the incoming item', () => {
	it('goes into the node’s input, its type read from its bytes', async () => {
		const items = [PNG, JPEG].map((bytes) => item({ data: file(bytes, 'photo.png', 'image/gif') }));
		itemsOf(await rig.runItems(edit({ binary: [toImage()] }), items));
		expect(images()).toEqual([dataUri('image/png', PNG), dataUri('image/jpeg', JPEG)]);
	});

	it('goes into the only one for an image if no node is chosen', () =>
		withNode('LoadAudio', async () => {
			const deploymentId = byId(rig.copyOf('imageEdit'));
			itemsOf(await rig.runItems(edit({ binary: [{}] }, { deploymentId }), [item()]));
			expect(images()).toEqual([dataUri('image/png', PNG)]);
		}));

	it('goes to the chosen node and its input, also by an expression', () =>
		withNode('LoadAudio', async () => {
			const row = { nodeId: '={{ "190.audio" }}', input: 'image' };
			itemsOf(await rig.runItems(edit({ binary: [row] }), [item({ data: sound })]));
			const audio = expect.stringMatching(/^data:audio/);
			expect(rig.overrides()).toEqual([{ '190': { inputs: { audio } } }]);
		}));

	it('streams from n8n’s store, and is the picture that the run uses', async () => {
		const made = await chain({ binary: [toImage()] });
		expect(made.binary?.['data']?.id).toMatch(/^filesystem/);
		expect(images()[1]).toBe(dataUri('image/png', await rig.engine.binary(made)));
	});

	it('may be one of several, in a form with other inputs', () =>
		withNode('LoadImage', async () => {
			const form = await filled(rig, 'imageEdit', { '6.text': 'merge them' });
			const binary = [
				toImage({ binaryProperty: 'first' }),
				{ nodeId: '190', binaryProperty: 'second' },
			];
			const parameters = { operation: 'submit', ...form, inputFiles: { binary } };
			itemsOf(await rig.runItems(parameters, [item({ first: file(PNG), second: file(JPEG) })]));
			expect(rig.overrides()).toEqual([
				{
					'6': { inputs: { text: 'merge them' } },
					'189': { inputs: { image: dataUri('image/png', PNG) } },
					'190': { inputs: { image: dataUri('image/jpeg', JPEG) } },
				},
			]);
		}));

	it('that is larger than recommended leaves a warning in each item and one above the output', async () => {
		const large = item({ data: file(Buffer.concat([PNG, Buffer.alloc(300 * 1024)]), 'large.png') });
		const outcome = await rig.runItems(edit({ binary: [toImage()] }), [large, large]);
		const warning = expect.stringMatching(/^large\.png has 300 KB; .* at most 256 KB/);
		expect(itemsOf(outcome).map(({ json }) => json['warnings'])).toEqual([[warning], [warning]]);
		expect(outcome.runData['Step 1']?.[0]?.hints).toEqual([
			{ message: warning, type: 'warning', location: 'outputPane' },
		]);
	});
});

it('a file’s URL is passed on unchanged, such as an output of an earlier request', async () => {
	const made = await chain({ url: [toImage({ url: '={{ $json.files[0].url }}' })] });
	expect(images()[1]).toBe(filesOf(made)[0]?.url);
});

describe('a file that cannot be sent is refused before any submit', () => {
	it.each<[string, Json, INodeExecutionData, RegExp]>([
		[
			'is not there',
			{ binary: [toImage({ binaryProperty: 'dat' })] },
			item(),
			/no binary field "dat".*has data/,
		],
		['no item has', { binary: [toImage()] }, { json: {} }, /no binary field "data".*has no file/],
		[
			'is empty: its expression returned nothing for a node',
			{ binary: [{ nodeId: '={{ $json.nothing }}' }] },
			item(),
			/^Input Files, From Binary Field 1: 'Node Name or ID' is empty.*Choose the node/,
		],
		['has no address', { url: [toImage({ url: '={{ $json.no }}' })] }, item(), /'URL' is empty/],
		[
			'has an object for an address',
			{ url: [toImage({ url: '={{ ({ href: "x" }) }}' })] },
			item(),
			/From URL 1: 'URL' must be text.*Current value: \{"href":"x"\}\./,
		],
	])('because it %s', async (_why, inputFiles, given, said) => {
		expect(refusal((await rig.runItems(edit(inputFiles), [given])).error)).toMatch(said);
		expect(rig.work()).toEqual([]);
	});

	it('because it names no node, and the workflow has two images', () =>
		withNode('LoadImage', async () => {
			const deploymentId = byId(rig.copyOf('imageEdit'));
			const { error } = await rig.runItems(edit({ binary: [{}] }, { deploymentId }), [item()]);
			expect(error?.message).toMatch(
				/^Input Files, From Binary Field 1: no node is chosen, and the workflow has several inputs for a file: 189\.image; 190\.image/,
			);
			expect(error?.description).toContain('Choose the node');
			expect(rig.work()).toEqual([]);
		}));

	it('because it names no node, and the workflow cannot be read', async () => {
		const deploymentId = byId(rig.copyOf('imageEdit'));
		rig.simulator.inject(serverError({ on: 'deployments', times: 100 }));
		const { error } = await rig.runItems(edit({ binary: [{}] }, { deploymentId }), [item()]);
		expect(error?.message).toMatch(/no node is chosen, and the workflow is not known/);
		expect(rig.work()).toEqual([]);
	});

	it('because it is no longer in n8n’s store', async () => {
		const [made] = itemsOf(await rig.runNode(rig.toRun({ options: { downloadFiles: true } })));
		rmSync(rig.engine.binaryPath(made!)!);
		rig.simulator.requests.length = 0;
		const outcome = await rig.runItems(edit({ binary: [toImage()] }), [made!]);
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toMatch(/^Input Files, From Binary Field 1: File not found/);
		expect(rig.countOf('submit')).toBe(0);
	});
});
