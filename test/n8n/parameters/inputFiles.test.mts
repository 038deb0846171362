// Files that go into inputs: from a binary field of the item, or by their address. What they become is tested with the core.
import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';
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
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true, onDisk: true });

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

const run = (parameters: Parameters, items: INodeExecutionData[], settings: Json = {}) =>
	rig.runItems(parameters, items, settings);

/** Runs a node that makes a picture, and one that edits it. */
async function chain(inputFiles: Json) {
	const made = { parameters: rig.toRun({ options: { downloadFiles: true } }) };
	const edited = { parameters: edit(inputFiles, { operation: 'runAndWait' }) };
	const outcome = await rig.engine.run(workflowOf(made, edited)).outcome;
	expect(itemsOf(outcome, 2)[0]?.json).toMatchObject({ status: 'succeeded', warnings: [] });
	return itemsOf(outcome, 1)[0]!;
}

const NODES = {
	audio: { class_type: 'LoadAudio', inputs: { audio: 'example.mp3' } },
	image: { class_type: 'LoadImage', inputs: { image: 'example.png' } },
};

/** Adds node 190 to the deployed workflow for as long as the work takes. */
async function withNode(kind: keyof typeof NODES, work: () => Promise<void>) {
	const graph = rig.simulator.workflow(rig.simulator.deploymentIds.imageEdit)!;
	graph['190'] = structuredClone(NODES[kind]);
	await work().finally(() => delete graph['190']);
}

const images = () =>
	rig
		.overrides()
		.map((overrides) => (overrides as Record<string, { inputs: Json }>)['189']?.inputs['image']);

describe('a file of the incoming item', () => {
	it('goes into the node’s input, its type read from its bytes', async () => {
		const items = [PNG, JPEG].map((bytes) => item({ data: file(bytes, 'photo.png', 'image/gif') }));
		itemsOf(await run(edit({ binary: [toImage()] }), items));
		expect(images()).toEqual([dataUri('image/png', PNG), dataUri('image/jpeg', JPEG)]);
	});

	it.each<[string, boolean]>([
		['the only one of the workflow', false],
		['the only one for an image', true],
	])('goes into %s if no node is chosen', async (_which, withSound) => {
		const go = async () => {
			const deploymentId = byId(await rig.copyOf('imageEdit'));
			itemsOf(await run(edit({ binary: [{}] }, { deploymentId }), [item()]));
			expect(images()).toEqual([dataUri('image/png', PNG)]);
		};
		if (!withSound) return go();
		return withNode('audio', go);
	});

	it.each([
		['190.audio', 'image'],
		['={{ "190.audio" }}', 'image'],
	])('goes to the node %j and its input %j, also by an expression', (nodeId, input) =>
		withNode('audio', async () => {
			itemsOf(await run(edit({ binary: [{ nodeId, input }] }), [item({ data: sound })]));
			const audio = expect.stringMatching(/^data:audio/);
			expect(rig.overrides()).toEqual([{ '190': { inputs: { audio } } }]);
		}),
	);

	it('streams from n8n’s store, and is the picture that the run uses', async () => {
		const made = await chain({ binary: [toImage()] });
		expect(made.binary?.['data']?.id).toMatch(/^filesystem/);
		expect(images()[1]).toBe(dataUri('image/png', await rig.engine.binary(made)));
	});

	it('may be one of several, in a form with other inputs', () =>
		withNode('image', async () => {
			const form = await filled(rig, 'imageEdit', { '6.text': 'merge them' });
			const binary = [
				toImage({ binaryProperty: 'first' }),
				{ nodeId: '190', binaryProperty: 'second' },
			];
			const parameters = { operation: 'submit', ...form, inputFiles: { binary } };
			itemsOf(await run(parameters, [item({ first: file(PNG), second: file(JPEG) })]));
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
		const outcome = await run(edit({ binary: [toImage()] }), [large, large]);
		const warning = expect.stringMatching(/^large\.png has 300 KB; .* at most 256 KB/);
		expect(itemsOf(outcome).map(({ json }) => json['warnings'])).toEqual([[warning], [warning]]);
		expect(outcome.runData['Step 1']?.[0]?.hints).toEqual([
			{ message: warning, type: 'warning', location: 'outputPane' },
		]);
	});
});

describe('a file by its address', () => {
	it('is passed on as it is, such as an output of an earlier request', async () => {
		const made = await chain({ url: [toImage({ url: '={{ $json.files[0].url }}' })] });
		expect(images()[1]).toBe(filesOf(made)[0]?.url);
	});
});

describe('a file that cannot be sent is refused before any submit', () => {
	it.each<[string, Json, INodeExecutionData, RegExp]>([
		[
			'is not there',
			{ binary: [toImage({ binaryProperty: 'dat' })] },
			item(),
			/no binary field "dat".*did you mean "data"/,
		],
		['no item has', { binary: [toImage()] }, { json: {} }, /no binary field "data".*has no file/],
		[
			'is empty',
			{ binary: [toImage()] },
			item({ data: file(Buffer.alloc(0)) }),
			/photo.png is empty.*node that makes/,
		],
		[
			'has an expression without a value for a node',
			{ binary: [{ nodeId: '={{ $json.nothing }}' }] },
			item(),
			/^Input Files, From Binary Field 1: 'Node Name or ID' is empty.*Choose the node/,
		],
		['has no address', { url: [toImage({ url: '={{ $json.no }}' })] }, item(), /'URL' is empty/],
		[
			'has an object for an address',
			{ url: [toImage({ url: '={{ ({ href: "x" }) }}' })] },
			item(),
			/From URL 1: 'URL' must be a text.*It is now: \{"href":"x"\}\./,
		],
	])('because it %s', async (_why, inputFiles, given, said) => {
		expect(refusal((await run(edit(inputFiles), [given])).error)).toMatch(said);
		expect(rig.work()).toEqual([]);
	});

	it('because it names no node, and the workflow has two images', () =>
		withNode('image', async () => {
			const deploymentId = byId(await rig.copyOf('imageEdit'));
			const { error } = await run(edit({ binary: [{}] }, { deploymentId }), [item()]);
			expect(error?.message).toMatch(
				/^Input Files, From Binary Field 1: no node is chosen, and the workflow has several inputs for a file: 189\.image; 190\.image/,
			);
			expect(error?.description).toContain('Choose the node');
			expect(rig.work()).toEqual([]);
		}));

	it('because it names no node, and the workflow cannot be read', async () => {
		const deploymentId = byId(await rig.copyOf('imageEdit'));
		rig.simulator.inject({ name: 'server_error', on: 'deployments', times: 100 });
		const { error } = await run(edit({ binary: [{}] }, { deploymentId }), [item()]);
		expect(error?.message).toMatch(/no node is chosen, and the workflow is not known/);
		expect(rig.work()).toEqual([]);
	});

	it('because it is no longer in n8n’s store', async () => {
		const [made] = itemsOf(await rig.runNode(rig.toRun({ options: { downloadFiles: true } })));
		rmSync(rig.engine.binaryPath(made!)!);
		rig.simulator.requests.length = 0;
		const outcome = await run(edit({ binary: [toImage()] }), [made!]);
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toMatch(/^Input Files, From Binary Field 1: File not found/);
		expect(rig.countOf('submit')).toBe(0);
	});
});
