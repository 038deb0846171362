// Input files: a binary field of the item, or a URL. Tests of the core cover how they are sent.
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
} from '../support/rig.mts';

const rig = useRig({ fast: true });

/** A file as n8n keeps it in memory. */
const file = (bytes: Buffer, fileName = 'photo.png', mimeType = 'application/octet-stream') => ({
	data: bytes.toString('base64'),
	mimeType,
	fileName,
});

const item = (binary: INodeExecutionData['binary'] = { data: file(PNG) }) => ({ json: {}, binary });

const edit = (image: unknown, more: Json = {}): Parameters =>
	rig.toSubmit({
		deploymentId: byId(rig.simulator.deploymentIds.imageEdit),
		overrides: { 189: { inputs: { image } } },
		...more,
	});

const inForm = async (image: unknown, more: Json = {}): Promise<Parameters> => ({
	operation: 'submit',
	...(await filled(rig, 'imageEdit', { '189.image': image })),
	...more,
});

const images = () =>
	rig
		.overrides()
		.map((overrides) => (overrides as Record<string, { inputs: Json }>)['189']?.inputs['image']);

/** Runs a node that creates a picture, and one that edits the picture. */
async function chain(second: Parameters) {
	const made = rig.toRun({ options: { downloadFiles: true } });
	const outcome = await rig.runSteps(made, { ...second, operation: 'runAndWait' });
	expect(itemsOf(outcome, 2)[0]?.json).toMatchObject({ status: 'succeeded', warnings: [] });
	return itemsOf(outcome, 1)[0]!;
}

describe('a file of the incoming item', () => {
	it('is the binary field that an input names, in the form and in JSON, its type read from its bytes', async () => {
		const items = [PNG, JPEG].map((bytes) => item({ data: file(bytes, 'photo.png', 'image/gif') }));
		for (const parameters of [await inForm('data'), await inForm('={{ "data" }}'), edit('data')]) {
			itemsOf(await rig.runItems(parameters, items));
			expect(images().slice(-2)).toEqual([dataUri('image/png', PNG), dataUri('image/jpeg', JPEG)]);
		}
	});

	it('is named in the form, too, if the deployment is not read', async () => {
		const parameters = await inForm('data', { options: { checkInputs: false } });
		itemsOf(await rig.runItems(parameters, [item()]));
		expect(images()).toEqual([dataUri('image/png', PNG)]);
		expect(rig.countOf('deployments.get')).toBe(0);
	});

	it('is an expression’s object, streams from n8n’s store, and is the picture that the run uses', async () => {
		const json = '={{ { 189: { inputs: { image: $binary.data } } } }}';
		for (const second of [await inForm('={{ $binary.data }}'), edit('', { overrides: json })]) {
			rig.simulator.requests.length = 0;
			const made = await chain(second);
			expect(made.binary?.['data']?.id).toMatch(/^filesystem/);
			expect(images()[1]).toBe(dataUri('image/png', await rig.engine.binary(made)));
		}
	});

	it('is one of several, or the words of a prompt', async () => {
		const words = { ...file(Buffer.from('merge them')), mimeType: 'text/plain' };
		const inputs = { image: 'second' };
		const parameters = edit('', { overrides: { 189: { inputs } } });
		itemsOf(await rig.runItems(parameters, [item({ first: file(PNG), second: file(JPEG) })]));
		expect(images()).toEqual([dataUri('image/jpeg', JPEG)]);
		const prompt = { 6: { inputs: { text: words } } };
		itemsOf(await rig.runItems(edit('', { overrides: prompt }), [item()]));
		expect(rig.overrides()[1]).toEqual({ 6: { inputs: { text: 'merge them' } } });
	});

	it('gives way to a file of this name on the machine', async () => {
		const onMachine = { 'example.png': file(PNG) };
		itemsOf(await rig.runItems(edit('example.png'), [item(onMachine)]));
		expect(images()).toEqual(['example.png']);
	});

	it('that is larger than recommended leaves a warning in each item and one above the output', async () => {
		const large = item({ data: file(Buffer.concat([PNG, Buffer.alloc(300 * 1024)]), 'large.png') });
		const outcome = await rig.runItems(edit('data'), [large, large]);
		const warning = expect.stringMatching(/^large\.png has 300 KB; .* at most 256 KB/);
		expect(itemsOf(outcome).map(({ json }) => json['warnings'])).toEqual([[warning], [warning]]);
		expect(outcome.runData['Step 1']?.[0]?.hints).toEqual([
			{ message: warning, type: 'warning', location: 'outputPane' },
		]);
	});
});

it('a file’s URL is passed on unchanged, such as an output of an earlier request', async () => {
	const made = await chain(await inForm('={{ $json.files[0].url }}'));
	expect(images()[1]).toBe(filesOf(made)[0]?.url);
});

describe('a file that cannot be sent is refused before any submit', () => {
	const ways = (fields: string) =>
		`Give a file as the name of a binary field (${fields}), a URL or a data URI`;

	it.each<[string, unknown, INodeExecutionData, string]>([
		['no field has its name', 'photo', item(), ways('the item has data')],
		['the item has no file', 'photo', { json: {}, binary: {} }, ways('the item has none')],
		['its expression returned nothing', '={{ $json.no }}', item(), ways('the item has data')],
		['it is in memory', '={{ $binary.data }}', item(), 'Enter the name of its binary field'],
		['it is empty', 'data', item({ data: file(Buffer.alloc(0)) }), 'photo.png is empty'],
		[
			'it is too large',
			'data',
			item({ data: file(Buffer.alloc(50 * 2 ** 20 + 1)) }),
			'photo.png has 50.0 MB, more than the limit',
		],
	])('because %s', async (_why, image, given, said) => {
		const { error } = await rig.runItems(await inForm(image), [given, item(), given]);
		expect(refusal(error)).toContain(said);
		expect(rig.work()).toEqual([]);
	});

	it('because it is no longer in n8n’s store', async () => {
		const [made] = itemsOf(await rig.runNode(rig.toRun({ options: { downloadFiles: true } })));
		rmSync(rig.engine.binaryPath(made!)!);
		rig.simulator.requests.length = 0;
		const outcome = await rig.runItems(edit('data'), [made!]);
		expect(outcome.error?.message).toMatch(/^Node 189, input image: File not found/);
		expect(rig.countOf('submit')).toBe(0);
	});
});
