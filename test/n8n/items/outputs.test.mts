// Every kind of output through n8n's real engine, into files as n8n usually keeps binary data.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { runAndWait } from '../support/paying.mts';
import { byId, countOf, hosted, itemsOf, type Json, runNode, useRig } from '../support/rig.mts';

const binaryDir = mkdtempSync(join(tmpdir(), 'runcomfy-outputs-'));
afterAll(() => rmSync(binaryDir, { recursive: true, force: true }));

const rig = useRig({ binaryDir });

interface File {
	url: string;
	filename: string;
	kind: string;
	channel: string;
	mime_type: string;
	node_id: string;
	binary_property?: string;
}

const MIXED = ['9', '51', '52', '92'];

const parameters = (name: keyof typeof rig.simulator.deploymentIds, options: Json = {}) =>
	runAndWait(rig, {
		deploymentId: byId(rig.simulator.deploymentIds[name]),
		options: { downloadFiles: true, ...options },
	});

const BATCH = '{"27":{"inputs":{"batch_size":3,"width":64,"height":64}}}';

describe('each kind of output arrives byte for byte, told by its extension', () => {
	it.each([
		['video', 'video', 'gifs', 'video/mp4', 'mp4', 4, 'ftyp'],
		['audio', 'audio', 'audio', 'audio/flac', 'flac', 0, 'fLaC'],
		['model3d', 'model3d', '3d', 'model/gltf-binary', 'glb', 0, 'glTF'],
		['textToImage', 'image', 'images', 'image/png', 'png', 1, 'PNG'],
	] as const)('%s', async (name, kind, channel, mimeType, extension, at, magic) => {
		const [item] = itemsOf(await runNode(rig, parameters(name)));
		const [file, ...more] = item?.json['files'] as unknown as File[];
		expect(more).toEqual([]);
		expect(file).toMatchObject({ kind, channel, mime_type: mimeType, binary_property: 'data' });
		expect(item?.binary?.['data']).toMatchObject({
			mimeType,
			fileExtension: extension,
			fileName: file?.filename,
		});
		const bytes = readFileSync(String(rig.engine.binaryPath(item!)));
		expect(bytes.subarray(at, at + magic.length).toString('latin1')).toBe(magic);
		expect(bytes.equals(await hosted(file?.url))).toBe(true);
		expect(item?.json).toMatchObject({ status: 'succeeded', texts: [], warnings: [] });
	});

	it('a text is no file', async () => {
		const [item] = itemsOf(await runNode(rig, parameters('text')));
		expect(item?.json['files']).toEqual([]);
		expect(item?.json['texts']).toEqual([
			{ node_id: '4', channel: 'text', text: expect.stringMatching(/\w/) },
		]);
		expect(item?.binary).toBeUndefined();
		expect(countOf(rig, 'storage')).toBe(0);
	});
});

describe('one item per file', () => {
	it.each(['runAndWait', 'getResult'])('of %s: its own binary data, paired', async (operation) => {
		rig.simulator.update({ latencyMs: 0 });
		const run = { ...parameters('textToImage', { outputItems: 'file' }), overrides: BATCH };
		const ran = itemsOf(await runNode(rig, run, [{}, {}]));
		const ids = [...new Set(ran.map(({ json }) => json['request_id']))];
		const items =
			operation === 'runAndWait'
				? ran
				: itemsOf(
						await runNode(
							rig,
							{ ...run, operation, requestId: '={{ $json.request_id }}' },
							ids.map((request_id) => ({ request_id })),
						),
					);
		expect(items).toHaveLength(6);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 0, 0, 1, 1, 1].map((item) => ({ item })),
		);
		expect(items.map(({ json }) => json['request_id'])).toEqual(
			[0, 0, 0, 1, 1, 1].map((index) => ids[index]),
		);
		for (const { json, binary } of items) {
			const file = json['file'] as unknown as File;
			expect(file.binary_property).toBe('data');
			expect(Object.keys(binary ?? {})).toEqual(['data']);
			expect(binary?.['data']?.fileName).toBe(file.filename);
			const bytes = await rig.engine.binary({ json, binary: binary! });
			expect(bytes.equals(await hosted(file.url))).toBe(true);
			expect(json).toMatchObject({ status: 'succeeded', texts: [], warnings: [] });
			expect(json).not.toHaveProperty('files');
			expect(json).not.toHaveProperty('outputs');
		}
		const names = items.slice(0, 3).map(({ json }) => (json['file'] as unknown as File).filename);
		expect(new Set(names).size).toBe(3);
	});

	it('keeps the order of the files, the texts, and the chosen nodes', async () => {
		const options = { outputItems: 'file', downloadFiles: false, outputNodes: ['51', 9, '38:42'] };
		const items = itemsOf(await runNode(rig, parameters('mixed', options)));
		const files = items.map(({ json }) => json['file'] as unknown as File);
		expect(files.map(({ node_id, kind }) => `${node_id} ${kind}`)).toEqual(['9 image', '51 video']);
		for (const { json, binary } of items) {
			expect(JSON.stringify(json['texts'])).toContain('some text from a subgraph');
			expect(binary).toBeUndefined();
		}
	});

	it('still gives one item where there is no file', async () => {
		const items = itemsOf(await runNode(rig, parameters('text', { outputItems: 'file' })));
		expect(items).toHaveLength(1);
		expect(items[0]?.json).toMatchObject({ status: 'succeeded', files: [] });
		expect(items[0]?.json['texts']).toHaveLength(1);
	});

	it('warns with the file that could not be fetched, and with no other', async () => {
		const run = { ...parameters('textToImage', { outputItems: 'file' }), overrides: BATCH };
		// Once for each file, and again for one of them after its address was asked for anew.
		rig.simulator.inject({ name: 'storage_not_found', times: 4 });
		const items = itemsOf(await runNode(rig, run));
		const lost = items.filter(({ binary }) => !binary);
		expect(items).toHaveLength(3);
		for (const { json, binary } of items) {
			expect(json['warnings']).toHaveLength(binary ? 0 : 1);
			expect((json['file'] as unknown as File).url).toMatch(/^http/);
		}
		expect(lost).toHaveLength(1);
	});
});

describe('one item per request', () => {
	it('has every file under its place, whatever its node', async () => {
		const [item] = itemsOf(await runNode(rig, parameters('mixed')));
		const files = item?.json['files'] as unknown as File[];
		expect(files.map(({ node_id }) => node_id)).toEqual(MIXED);
		expect(files.map(({ binary_property }) => binary_property)).toEqual([
			'data',
			'data_1',
			'data_2',
			'data_3',
		]);
		expect(item?.json['warnings']).toEqual([expect.stringMatching(/Node 77 wrote upload/)]);
	});
});

describe('an option that cannot be right is refused before anything is paid for', () => {
	it.each([
		[
			'outputItems',
			'={{ "files" }}',
			'The option Output Items must be "request" or "file"',
			/files/,
		],
		[
			'outputNodes',
			'={{ ({ a: 1 }) }}',
			'The option Output Nodes must be IDs of nodes, separated by commas',
			/"a":1/,
		],
		['maxFileSize', '={{ -1 }}', 'The option Max File Size (MB) must be a number, 0 or more', /-1/],
		[
			'maxFileSize',
			'={{ NaN }}',
			'The option Max File Size (MB) must be a number, 0 or more',
			/NaN/,
		],
		[
			'downloadTimeout',
			'={{ "long" }}',
			'The option Download Timeout (Seconds) must be a number, 0 or more',
			/long/,
		],
		[
			'includeTemp',
			'={{ "yes" }}',
			'The option Include Temporary Files must be true or false',
			/yes/,
		],
		['cancelOnFailure', '={{ 1 }}', 'The option Cancel on Failure must be true or false', /1/],
		['cancelOnStop', '={{ [] }}', 'The option Cancel on Stop must be true or false', /\[\]/],
		['retryFailedRuns', '={{ "on" }}', 'The option Retry Failed Runs must be true or false', /on/],
	])('%s: %s', async (name, value, message, description) => {
		const wrong = parameters('textToImage', {
			[name]: `={{ $json.n === 1 ? ${value.slice(3, -2)} : undefined }}`,
		});
		const outcome = await runNode(rig, wrong, [{ n: 0 }, { n: 1 }, { n: 2 }]);
		expect(outcome.error?.message).toBe(`${message} [item 1]`);
		expect(outcome.error?.description).toMatch(description);
		expect(outcome.error?.context).toMatchObject({
			itemIndex: 1,
			data: { error_code: 'invalid_input' },
		});
		expect(rig.simulator.requests).toEqual([]);
	});
});
