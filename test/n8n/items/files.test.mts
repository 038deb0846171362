// Output files through n8n's engine, stored on disk like most binary data in n8n.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';
import { gone, redirect } from '../../support/answers.mts';
import {
	byId,
	type FileEntry,
	filesOf,
	hosted,
	itemsOf,
	type Json,
	useRig,
	useServers,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const serve = useServers();

const parameters = (name: keyof typeof rig.simulator.deploymentIds, options: Json = {}) =>
	rig.toRun({
		deploymentId: byId(rig.simulator.deploymentIds[name]),
		options: { downloadFiles: true, ...options },
	});

const BATCH = '{"27":{"inputs":{"batch_size":3,"width":64,"height":64}}}';

const fileOf = ({ json }: INodeExecutionData) => json['file'] as unknown as FileEntry;

/** Files of binary data on disk, including incomplete ones. */
const stored = () =>
	readdirSync(rig.binaryDir, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.endsWith('.metadata'))
		.map(({ name }) => name);

describe('each kind of output arrives byte for byte, known by its extension', () => {
	it.each([
		['video', 'video', 'gifs', 'video/mp4', 'mp4', 4, 'ftyp'],
		['textToImage', 'image', 'images', 'image/png', 'png', 1, 'PNG'],
	] as const)('%s', async (name, kind, channel, mimeType, fileExtension, at, magic) => {
		const [item] = itemsOf(await rig.runNode(parameters(name)));
		const [file, ...more] = filesOf(item);
		expect(more).toEqual([]);
		expect(file).toMatchObject({ kind, channel, mime_type: mimeType, binary_property: 'data' });
		const fileName = file?.filename;
		expect(item?.binary?.['data']).toMatchObject({ mimeType, fileExtension, fileName });
		const bytes = readFileSync(String(rig.engine.binaryPath(item!)));
		expect(bytes.subarray(at, at + magic.length).toString('latin1')).toBe(magic);
		expect(bytes.equals(await hosted(file?.url))).toBe(true);
		expect(item?.json).toMatchObject({ status: 'succeeded', texts: [], warnings: [] });
	});

	it('a text is not a file', async () => {
		const [item] = itemsOf(await rig.runNode(parameters('text')));
		expect(item?.json).toMatchObject({
			files: [],
			texts: [{ node_id: '2', channel: 'text', text: expect.stringMatching(/\w/) }],
		});
		expect(item?.binary).toBeUndefined();
		expect(rig.countOf('storage')).toBe(0);
	});
});

describe('one item per request', () => {
	it('has every file in a binary field by its place, whatever its node', async () => {
		const [item] = itemsOf(await rig.runNode(parameters('mixed')));
		const files = filesOf(item);
		const fields = ['data', ...[1, 2, 3, 4, 5].map((at) => `data_${at}`)];
		expect(files.map(({ node_id }) => node_id)).toEqual(['9', '19', '51', '52', '67', '92']);
		expect(files.map(({ binary_property }) => binary_property)).toEqual(fields);
		expect(Object.keys(item?.binary ?? {}).sort()).toEqual(fields);
		for (const { binary_property, url } of files) {
			expect(await rig.engine.binary(item!, binary_property)).toEqual(await hosted(url));
		}
		expect(JSON.stringify(item?.json['texts'])).toContain('some text from a subgraph');
		expect(item?.json['warnings']).toEqual([expect.stringMatching(/Node 77 wrote upload/)]);
	});

	it('takes the outputs of the chosen nodes only, previews among them', async () => {
		const run = async (options: object) => {
			const chosen = parameters('mixed', { downloadFiles: false, ...options });
			const [item] = itemsOf(await rig.runNode(chosen));
			expect(item?.binary).toBeUndefined();
			return item!;
		};
		const files = (item: INodeExecutionData) =>
			filesOf(item).map(({ node_id, type }) => `${node_id} ${type}`);
		const nodes = await run({ outputNodes: ' 9 , 404' });
		expect(files(nodes)).toEqual(['9 output']);
		expect(nodes.json['warnings']).toContain('Node 404 had no output in this run.');
		expect(files(await run({ outputNodes: '12' }))).toEqual(['12 temp']);
		expect(files(await run({}))).not.toContain('12 temp');
		expect(rig.countOf('storage')).toBe(0);
	});
});

describe('one item per file', () => {
	it.each(['runAndWait', 'getResult'])('of %s: its own binary data, paired', async (operation) => {
		rig.simulator.update({ latencyMs: 0 });
		const run = { ...parameters('textToImage', { outputItems: 'file' }), overrides: BATCH };
		const ran = itemsOf(await rig.runNode(run, [{}, {}]));
		const ids = [...new Set(ran.map(({ json }) => json['request_id']))];
		const again = { ...run, operation, requestId: '={{ $json.request_id }}' };
		const requests = ids.map((request_id) => ({ request_id }));
		const items = operation === 'runAndWait' ? ran : itemsOf(await rig.runNode(again, requests));
		const pairs = [0, 0, 0, 1, 1, 1];
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(pairs.map((item) => ({ item })));
		expect(items.map(({ json }) => json['request_id'])).toEqual(pairs.map((index) => ids[index]));
		for (const item of items) {
			const file = fileOf(item);
			expect(file.binary_property).toBe('data');
			expect(Object.keys(item.binary ?? {})).toEqual(['data']);
			expect(item.binary?.['data']?.fileName).toBe(file.filename);
			expect(await rig.engine.binary(item)).toEqual(await hosted(file.url));
			expect(item.json).toMatchObject({ status: 'succeeded', texts: [], warnings: [] });
			expect(item.json).not.toHaveProperty('files');
			expect(item.json).not.toHaveProperty('outputs');
		}
		expect(new Set(items.slice(0, 3).map((item) => fileOf(item).filename)).size).toBe(3);
	});

	it('shares the texts and values with the others: a copy for each file would be millions', async () => {
		const run = { ...parameters('textToImage', { outputItems: 'file' }), overrides: BATCH };
		const [first, ...others] = itemsOf(await rig.runNode(run)).map(({ json }) => json);
		expect(others).toHaveLength(2);
		for (const other of others) {
			expect(other['texts']).toBe(first?.['texts']);
			expect(other['values']).toBe(first?.['values']);
		}
	});

	it('still gives one item if there is no file', async () => {
		const items = itemsOf(await rig.runNode(parameters('text', { outputItems: 'file' })));
		expect(items).toHaveLength(1);
		expect(items[0]?.json).toMatchObject({ status: 'succeeded', files: [] });
	});

	it('has the warning of a file that could not be fetched with that file only', async () => {
		const run = { ...parameters('textToImage', { outputItems: 'file' }), overrides: BATCH };
		rig.simulator.inject(gone({ on: 'storage' }));
		const items = itemsOf(await rig.runNode(run));
		expect(items).toHaveLength(3);
		expect(items.filter(({ binary }) => !binary)).toHaveLength(1);
		for (const item of items) {
			expect(item.json['warnings']).toHaveLength(item.binary ? 0 : 1);
			expect(fileOf(item).url).toMatch(/^http/);
		}
	});
});

it('an item has its files, texts and values first, and is simplified unless you want all that the API has said', async () => {
	const keysOf = async (simplify: boolean) => {
		const [item] = itemsOf(await rig.runNode({ ...parameters('textToImage'), simplify }));
		return Object.keys(item?.json ?? {});
	};
	const simplified = ['request_id', 'deployment_id', 'status', 'timings', 'warnings'];
	expect(await keysOf(true)).toEqual(['files', 'texts', 'values', ...simplified]);
	const keys = await keysOf(false);
	expect(keys.slice(0, 3)).toEqual(['files', 'texts', 'values']);
	expect(keys).toEqual(expect.arrayContaining(['outputs', 'created_at', 'warnings']));
});

describe('a file that cannot be fetched leaves its address and a warning', () => {
	async function expectAddressOnly(warning: RegExp): Promise<void> {
		const before = stored();
		const outcome = await rig.runNode(parameters('textToImage'));
		const [item] = itemsOf(outcome);
		const [file] = filesOf(item);
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			warnings: [expect.stringMatching(warning)],
		});
		expect(file?.url).toMatch(/^http/);
		expect(file).not.toHaveProperty('binary_property');
		expect(item?.binary).toBeUndefined();
		const [hint, ...more] = outcome.runData['Step 1']?.[0]?.hints ?? [];
		expect(more).toEqual([]);
		expect(hint).toMatchObject({ type: 'warning', location: 'outputPane' });
		expect(hint?.message).toMatch(/^Not every file was downloaded/);
		expect(hint?.message).toMatch(warning);
		expect(stored()).toEqual(before);
		expect(rig.countOf('submit')).toBe(1);
	}

	it('if it is gone', async () => {
		rig.simulator.inject(gone({ on: 'storage', times: Infinity }));
		await expectAddressOnly(/was refused \(HTTP 410\).*7 days/);
	});

	it('if it has more than 2 GB', async () => {
		const location = await serve((_request, response) => {
			response.writeHead(200, { 'content-length': 2 ** 31 + 1 });
			response.write('pixels');
		});
		rig.simulator.inject(redirect(`${location}large.png`, { on: 'storage' }));
		await expectAddressOnly(/larger than the limit of 2\.0 GB.*address/);
	});
});
