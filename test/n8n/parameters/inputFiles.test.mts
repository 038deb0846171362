import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';
import { dataUri, JPEG, PNG } from '../../support/pictures.mts';
import { filled, overridesOf } from '../support/form.mts';
import {
	byId,
	countOf,
	itemsOf,
	type Json,
	type Parameters,
	runNode,
	useRig,
	workflowOf,
	workOf,
} from '../support/rig.mts';

const binaryDir = mkdtempSync(join(tmpdir(), 'runcomfy-input-files-'));
afterAll(() => rmSync(binaryDir, { recursive: true, force: true }));
const rig = useRig({ binaryDir });

/** A file as n8n holds it in memory. */
const file = (bytes: Buffer, fileName = 'photo.png', mimeType = 'application/octet-stream') => ({
	data: bytes.toString('base64'),
	mimeType,
	fileName,
});

const toImage = (more: Json = {}) => ({ nodeId: '189', input: 'image', ...more });

const edit = (inputFiles: Json, more: Json = {}): Parameters => ({
	operation: 'submit',
	deploymentId: byId(rig.simulator.deploymentIds.imageEdit),
	overrides: '{}',
	inputFiles,
	...more,
});

const run = (parameters: Parameters, items: INodeExecutionData[], settings: Json = {}) =>
	rig.engine.run(workflowOf({ parameters, settings }), { items }).outcome;

const images = () =>
	overridesOf(rig).map(
		(overrides) => (overrides as Record<string, { inputs: Json }>)['189']?.inputs['image'],
	);

describe('a file of the incoming item', () => {
	it('goes into the node’s input, its type read off its bytes', async () => {
		const outcome = await run(edit({ binary: [toImage()] }), [
			{ json: {}, binary: { data: file(PNG) } },
			{ json: {}, binary: { data: file(JPEG, 'photo.png', 'image/png') } },
		]);
		itemsOf(outcome);
		expect(images()).toEqual([dataUri('image/png', PNG), dataUri('image/jpeg', JPEG)]);
	});

	it('goes into the input that was chosen with the node', async () => {
		const graph = rig.simulator.workflow(rig.simulator.deploymentIds.imageEdit)!;
		graph['190'] = { class_type: 'LoadAudio', inputs: { audio: 'example.mp3' } };
		const rows = [{ nodeId: '189' }, { nodeId: '190.audio', binaryProperty: 'sound' }];
		const sound = file(Buffer.from('RIFF\0\0\0\0WAVE'), 'a.wav', 'audio/wav');
		const outcome = await run(edit({ binary: rows }), [
			{ json: {}, binary: { data: file(PNG), sound } },
		]);
		itemsOf(outcome);
		expect(overridesOf(rig)[0]).toEqual({
			'189': { inputs: { image: dataUri('image/png', PNG) } },
			'190': { inputs: { audio: expect.stringMatching(/^data:audio/) } },
		});
		delete graph['190'];
	});

	it('without a node is told with the name of the collection', async () => {
		const outcome = await run(edit({ binary: [{ binaryProperty: 'data' }] }), [
			{ json: {}, binary: { data: file(PNG) } },
		]);
		expect(outcome.error?.message).toMatch(
			/^Input Files, From Binary Field 1: Node Name or ID is empty/,
		);
	});

	it('streams from n8n’s store, and is the picture that the run uses', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const first = { operation: 'runAndWait', deploymentId: byId(textToImage), overrides: '{}' };
		const second = edit({ binary: [toImage()] }, { operation: 'runAndWait' });
		const workflow = workflowOf({ parameters: first }, { parameters: second });
		const outcome = await rig.engine.run(workflow).outcome;
		const [picture] = itemsOf(outcome, 1);
		expect(picture?.binary?.['data']?.id).toMatch(/^filesystem/);
		const [edited] = itemsOf(outcome, 2);
		expect(edited?.json).toMatchObject({ status: 'succeeded' });
		expect(images()[1]).toBe(dataUri('image/png', await rig.engine.binary(picture!)));
	});

	it('may be one of several, in a form with other inputs', async () => {
		const graph = rig.simulator.workflow(rig.simulator.deploymentIds.imageEdit)!;
		graph['190'] = { class_type: 'LoadImage', inputs: { image: 'example.png' } };
		const outcome = await run(
			{
				operation: 'submit',
				...(await filled(rig, 'imageEdit', { '6.text': 'merge them', '189.image': 'photo.png' })),
				inputFiles: {
					binary: [
						toImage({ binaryProperty: 'first' }),
						{ nodeId: '190', binaryProperty: 'second' },
					],
				},
			},
			[{ json: {}, binary: { first: file(PNG), second: file(JPEG) } }],
		);
		itemsOf(outcome);
		expect(overridesOf(rig)).toEqual([
			{
				'6': { inputs: { text: 'merge them' } },
				'189': { inputs: { image: dataUri('image/png', PNG) } },
				'190': { inputs: { image: dataUri('image/jpeg', JPEG) } },
			},
		]);
		delete graph['190'];
	});

	it('that is larger than recommended runs, with a warning in the item and above the output', async () => {
		const large = Buffer.concat([PNG, Buffer.alloc(300 * 1024)]);
		const item = { json: {}, binary: { data: file(large, 'large.png') } };
		const outcome = await run(edit({ binary: [toImage()] }), [item, item]);
		const warning = expect.stringMatching(/^large\.png has 300 KB; .* at most 256 KB/);
		expect(itemsOf(outcome).map(({ json }) => json['warnings'])).toEqual([[warning], [warning]]);
		expect(outcome.runData['Step 1']?.[0]?.hints).toEqual([
			{ message: warning, type: 'warning', location: 'outputPane' },
		]);
	});
});

describe('a file by its address', () => {
	it('is passed on as it is, an output of an earlier request too', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const first = { operation: 'runAndWait', deploymentId: byId(textToImage), overrides: '{}' };
		const second = edit(
			{ url: [toImage({ url: '={{ $json.files[0].url }}' })] },
			{
				operation: 'runAndWait',
			},
		);
		const workflow = workflowOf({ parameters: first }, { parameters: second });
		const outcome = await rig.engine.run(workflow).outcome;
		const [made] = itemsOf(outcome, 1);
		const [{ url }] = made?.json['files'] as unknown as [{ url: string }];
		expect(itemsOf(outcome, 2)[0]?.json).toMatchObject({ status: 'succeeded', warnings: [] });
		expect(images()[1]).toBe(url);
	});

	it('may be a data URI', async () => {
		const url = dataUri('image/png', PNG);
		itemsOf(await run(edit({ url: [toImage({ url })] }), [{ json: {} }]));
		expect(images()).toEqual([url]);
	});
});

describe('a file that cannot be sent is told before any submit', () => {
	const good = { json: {}, binary: { data: file(PNG) } };

	it.each<[string, Json, INodeExecutionData, RegExp, RegExp]>([
		[
			'is not there',
			{ binary: [toImage({ binaryProperty: 'dat' })] },
			good,
			/no binary field "dat"/,
			/did you mean "data"/,
		],
		['no item has', { binary: [toImage()] }, { json: {} }, /no binary field "data"/, /has no file/],
		[
			'is empty',
			{ binary: [toImage()] },
			{ json: {}, binary: { data: file(Buffer.alloc(0)) } },
			/photo.png is empty/,
			/node that makes/,
		],
		[
			'has no node',
			{ binary: [toImage({ nodeId: '={{ "" }}' })] },
			good,
			/From Binary Field 1: Node Name or ID is empty/,
			/Choose the node/,
		],
		[
			'has no input',
			{ binary: [toImage({ input: '={{ " " }}' })] },
			good,
			/Input is empty/,
			/such as image/,
		],
		[
			'has no address',
			{ url: [toImage({ url: '={{ $json.nothing }}' })] },
			good,
			/From URL 1: URL is empty/,
			/expression/,
		],
		[
			'has an object for an address',
			{ url: [toImage({ url: '={{ ({ href: "x" }) }}' })] },
			good,
			/From URL 1: URL must be a text/,
			/It is now: \{"href":"x"\}\./,
		],
		[
			'has a wrong address',
			{ url: [toImage({ url: 'C:\\photo.png' })] },
			good,
			/From URL 1: .*neither a web address/,
			/http/,
		],
		[
			'is for another node',
			{ binary: [toImage({ nodeId: '198' })] },
			good,
			/no node "198" \(did you mean 189/,
			/nothing is billed/,
		],
		[
			'is for another input',
			{ binary: [toImage({ input: 'video' })] },
			good,
			/has no input "video"/,
			/nothing is billed/,
		],
		[
			'is for a number',
			{ binary: [{ nodeId: '31', input: 'steps' }] },
			good,
			/KSampler → steps takes a whole number, not a data URI/,
			/nothing is billed/,
		],
		[
			'is the second for its input',
			{ binary: [toImage()], url: [toImage({ url: 'https://example.com/a.png' })] },
			good,
			/two files for the input image of node 189/,
			/delete a row/,
		],
	])('because it %s', async (_why, inputFiles, item, message, hint) => {
		const outcome = await run(edit(inputFiles), [good, item].slice(item === good ? 1 : 0));
		expect(outcome.error?.message).toMatch(message);
		expect(outcome.error?.description).toMatch(hint);
		expect(workOf(rig)).toEqual([]);
	});

	it('because it is larger than the limit, whichever item it is in', async () => {
		const large = file(Buffer.concat([PNG, Buffer.alloc(2 * 1024 * 1024)]), 'large.png');
		const items = [good, { json: {}, binary: { data: large } }];
		const limited = (inputFiles: Json) => edit(inputFiles, { options: { maxInputFileSize: 1 } });
		const outcome = await run(limited({ binary: [toImage()] }), items);
		expect(outcome.error?.message).toMatch(
			/From Binary Field 1: large\.png has 2\.0 MB, more than the limit of 1\.0 MB for input files \[item 1\]/,
		);
		expect(outcome.error?.description).toContain('web address');
		const uri = `data:image/png;base64,${large.data}`;
		const asText = await run(limited({ url: [toImage({ url: '={{ $json.uri }}' })] }), [
			{ json: { uri } },
		]);
		expect(asText.error?.message).toMatch(
			/From URL 1: The file has 2\.0 MB, more than the limit of 1\.0 MB for input files/,
		);
		expect(workOf(rig)).toEqual([]);
		itemsOf(await run(edit({ binary: [toImage()] }, { options: { maxInputFileSize: 0 } }), items));
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it('because it is not in n8n’s store any more', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const first = { operation: 'runAndWait', deploymentId: byId(textToImage), overrides: '{}' };
		const [made] = itemsOf(await runNode(rig, first));
		rmSync(rig.engine.binaryPath(made!)!);
		rig.simulator.requests.length = 0;
		const outcome = await run(edit({ binary: [toImage()] }), [made!]);
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toMatch(/^Input Files, From Binary Field 1: File not found/);
		expect(countOf(rig, 'submit')).toBe(0);
	});

	it('and the other items still run, where the flow goes on', async () => {
		const outcome = await run(edit({ binary: [toImage()] }), [good, { json: {} }, good], {
			onError: 'continueRegularOutput',
		});
		expect(itemsOf(outcome).map(({ json }) => json['error_code'])).toEqual([
			undefined,
			'invalid_input',
			undefined,
		]);
		expect(countOf(rig, 'submit')).toBe(2);
	});
});
