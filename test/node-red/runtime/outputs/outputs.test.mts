// What msg.payload becomes, that nothing paid for is lost, and what an http response node needs to send a picture.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import type * as ContentTypeModule from '../../../../node-red/runtime/node/message.cts';
import type { DeploymentIds } from '../../../../simulator/types.cts';
import { dist } from '../../support/dist.mts';
import { type FlowOptions, useFlows } from '../../support/rig.mts';

const { setContentType } = dist<typeof ContentTypeModule>('node-red/runtime/node/message.cjs');

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MB = 2 ** 20;

const start = useFlows();
let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'runcomfy-outputs-'));
});
afterEach(() => {
	rmSync(directory, { recursive: true, force: true });
});

async function run(
	deployment: keyof DeploymentIds,
	fields: Record<string, unknown>,
	options: FlowOptions = {},
) {
	const flow = await start('runcomfy-run', fields, options);
	const receive = (msg: object = {}) =>
		flow.receive({ deploymentId: flow.simulator.deploymentIds[deployment], ...msg });
	receive();
	await flow.ended();
	return { ...flow, receive };
}

const saved = () => ({ output: 'saved', directory });

describe('payload', () => {
	it('is the list of texts', async () => {
		const { sent } = await run('text', { output: 'texts' });
		expect(sent[0]?.payload).toEqual([expect.any(String)]);
		expect(sent[0]).toHaveProperty('runcomfy.texts.0.node_id');
	});

	it('is the first file as a Buffer, with a note when there are more', async () => {
		const { sent, simulator } = await run('mixed', { output: 'buffer' });
		const payload = sent[0]?.payload;
		expect(Buffer.isBuffer(payload)).toBe(true);
		expect(simulator.count('storage')).toBe(1);
		const { warnings } = sent[0]?.['runcomfy'] as { warnings: string[] };
		expect(warnings.at(-1)).toMatch(/wrote \d files; msg\.payload holds the first/);
		expect(sent[0]).toHaveProperty('runcomfy.files.0.size', (payload as Buffer).length);
	});

	it('is every byte of a large file', async () => {
		const bytes = 24 * MB;
		const { sent } = await run(
			'textToImage',
			{ output: 'buffer' },
			{ simulator: { outputBytes: bytes } },
		);
		const payload = sent[0]?.payload as Buffer;
		expect(payload).toHaveLength(bytes);
		expect(payload.subarray(0, 8)).toEqual(PNG);
		expect(payload.subarray(-8).toString('latin1')).toBe('IEND\xaeB`\x82');
	});

	it('is all files as Buffers', async () => {
		const { sent } = await run('mixed', { output: 'buffers' });
		const files = (sent[0]?.['runcomfy'] as { files: unknown[] }).files;
		expect(files.length).toBeGreaterThan(1);
		expect((sent[0]?.payload as unknown[]).map(Buffer.isBuffer)).toEqual(files.map(() => true));
	});

	it.each([
		['buffer', null],
		['buffers', []],
		['files', []],
		['saved', []],
	])('as %s is %j when the run wrote no files', async (output, empty) => {
		const { sent, caught } = await run('text', { output, directory });
		expect(caught).toEqual([]);
		expect(sent[0]?.payload).toEqual(empty);
	});

	it('is the paths of the saved files, which are complete', async () => {
		const { sent, simulator } = await run('textToImage', saved());
		const path = join(directory, 'ComfyUI_00001_.png');
		expect(sent[0]?.payload).toEqual([path]);
		expect(readFileSync(path).subarray(0, 8)).toEqual(PNG);
		expect(sent[0]).toHaveProperty('runcomfy.files.0', {
			...(sent[0]?.['runcomfy'] as { files: object[] }).files[0],
			path,
			size: statSync(path).size,
		});
		expect(simulator.requests.filter(({ route }) => route === 'storage')).toMatchObject([
			{ authorized: false },
		]);
	});
});

describe('saving', () => {
	it('overwrites nothing, also when runs end together', async () => {
		writeFileSync(join(directory, 'comfyui_00001_.png'), 'mine');
		const flow = await run('textToImage', saved());
		for (let more = 0; more < 5; more += 1) flow.receive();
		await flow.ended(6);
		expect(flow.caught).toEqual([]);
		const names = flow.sent.map(({ payload }) => basename((payload as string[])[0] ?? ''));
		expect(new Set(names).size).toBe(6);
		expect(readdirSync(directory)).toHaveLength(7);
		expect(readFileSync(join(directory, 'comfyui_00001_.png'), 'utf8')).toBe('mine');
	});

	it('makes the directory, from where the TypedInput says', async () => {
		const flow = await start('runcomfy-run', {
			output: 'saved',
			directory: 'where',
			directoryType: 'msg',
		});
		flow.receive({
			deploymentId: flow.simulator.deploymentIds.textToImage,
			where: join(directory, 'a', 'b'),
		});
		await flow.ended();
		expect(readdirSync(join(directory, 'a', 'b'))).toHaveLength(1);
	});

	it('refuses an empty directory before anything is submitted', async () => {
		const { caught, simulator } = await run('textToImage', { output: 'saved', directory: '' });
		expect(caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(simulator.count('submit')).toBe(0);
	});

	it('leaves no part of a file behind and sends the rest when one download fails', async () => {
		const flow = await start('runcomfy-run', saved());
		flow.simulator.inject({ name: 'storage_not_found', after: 1, times: 100 });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		const [msg] = flow.sent;
		const { files, warnings } = msg?.['runcomfy'] as {
			files: Array<{ path?: string; url: string }>;
			warnings: string[];
		};
		expect(msg?.payload).toEqual(files.map(({ path }) => path ?? null));
		expect(files.filter(({ path }) => path !== undefined)).toHaveLength(1);
		expect(files.every(({ url }) => url.startsWith('http'))).toBe(true);
		expect(flow.warned).toHaveLength(files.length - 1);
		expect(warnings).toEqual(expect.arrayContaining(flow.warned));
		expect(readdirSync(directory)).toHaveLength(1);
	});

	it('is an error when no download went well, with the addresses on the message', async () => {
		const flow = await start('runcomfy-run', saved());
		flow.simulator.inject({ name: 'storage_not_found', times: 100 });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed });
		await flow.ended();
		expect(flow.sent).toEqual([]);
		const [msg] = flow.caught;
		expect(msg).toMatchObject({ status: 'succeeded', error: { code: 'output_unavailable' } });
		const { files } = msg?.['runcomfy'] as { files: Array<{ url: string }> };
		expect(files.every(({ url }) => url.startsWith('http'))).toBe(true);
		expect(readdirSync(directory)).toEqual([]);
	});

	it('tries a truncated and an empty file again', async () => {
		const flow = await start('runcomfy-run', saved());
		flow.simulator.inject({ name: 'storage_truncated' });
		flow.simulator.inject({ name: 'zero_byte_download', after: 1 });
		flow.ask();
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.simulator.count('storage')).toBe(3);
		expect(readdirSync(directory)).toEqual(['ComfyUI_00001_.png']);
	});
});

describe('choice of outputs', () => {
	it('leaves preview files out beside saved ones, unless their node is named', async () => {
		const without = await run('imageEdit', {});
		const types = ({ sent }: typeof without) =>
			(sent[0]?.payload as Array<{ type: string }>).map(({ type }) => type);
		expect(types(without)).toEqual(['output']);
		await without.stop();
		expect(types(await run('imageEdit', { outputNodes: '12' }))).toEqual(['temp']);
	});

	it('takes only the named nodes, and says when one wrote nothing', async () => {
		const { sent } = await run('textToImage', { outputNodes: '9, 77' });
		expect(sent[0]?.payload).toMatchObject([{ node_id: '9' }]);
		expect(sent[0]).toHaveProperty('runcomfy.warnings', [expect.stringContaining('77')]);
	});

	it('stops at 200 MB, if neither the flow nor the message says how large a file may be', async () => {
		for (const fields of [{}, { maxFileSize: 'limit', maxFileSizeType: 'msg' }]) {
			const { caught, stop } = await run(
				'textToImage',
				{ output: 'buffer', ...fields },
				{ simulator: { outputBytes: 201 * MB } },
			);
			expect(caught).toMatchObject([
				{ error: { message: expect.stringContaining('larger than the limit of 200.0 MB') } },
			]);
			await stop();
		}
	});

	it.each(['buffer', 'saved'])('as %s stops at the size limit', async (output) => {
		const { caught, simulator } = await run(
			'textToImage',
			{ output, directory, maxFileSize: '0.5', maxFileSizeType: 'num' },
			{ simulator: { outputBytes: 1024 * 1024 } },
		);
		expect(caught).toMatchObject([
			{
				requestId: [...simulator.jobs.keys()][0],
				error: { code: 'output_unavailable', cause: { retryable: false } },
				runcomfy: { files: [{ filename: 'ComfyUI_00001_.png' }] },
			},
		]);
		expect(simulator.count('storage')).toBe(1);
		expect(readdirSync(directory)).toEqual([]);
	});

	it('has no size limit where that is 0', async () => {
		const { sent } = await run('textToImage', {
			output: 'buffer',
			maxFileSize: '0',
			maxFileSizeType: 'num',
		});
		expect(Buffer.isBuffer(sent[0]?.payload)).toBe(true);
	});
});

describe('the content type of a file', () => {
	const withHeaders = (headers: unknown, type = 'image/png') => {
		const msg = { _msgid: 'm', headers } as NodeMessage;
		setContentType(msg, type);
		return msg['headers'];
	};

	it.each([undefined, null, 'text'])('is set where msg.headers is %j', (headers) => {
		expect(withHeaders(headers)).toEqual({ 'content-type': 'image/png' });
	});

	it('leaves the headers that the flow has set, and their object', () => {
		const headers = { 'Content-Type': 'text/html', 'cache-control': 'no-store' };
		expect(withHeaders(headers)).toEqual({
			'cache-control': 'no-store',
			'content-type': 'image/png',
		});
		expect(headers).toEqual({ 'Content-Type': 'text/html', 'cache-control': 'no-store' });
	});

	it('takes the place of headers of an answer that the flow has fetched', () => {
		const fetched = { 'content-length': '7', etag: 'x', 'x-node-red-request-node': '12ab' };
		expect(withHeaders(fetched)).toEqual({ 'content-type': 'image/png' });
	});

	it.each([
		...['text/html', 'image/svg+xml', 'image/SVG+XML', 'IMAGE/SVG+XML; charset=utf-8', 'text/xml'],
		...['text/plain'],
		...['application/pdf', 'application/octet-stream', 'model/gltf+json', 'nonsense'],
	])('keeps a browser from running a file of the type %s', (type) => {
		const set = withHeaders({ 'Content-Security-Policy': 'script-src *', 'x-mine': 1 }, type);
		expect(set).toEqual({
			'content-type': type,
			'x-mine': 1,
			'content-security-policy': 'sandbox',
			'x-content-type-options': 'nosniff',
		});
	});

	it.each(['image/png', 'video/mp4', 'audio/mpeg'])('says no more of %s', (type) => {
		const set = withHeaders({ 'content-security-policy': "default-src 'self'" }, type);
		expect(set).toEqual({
			'content-type': type,
			'content-security-policy': "default-src 'self'",
		});
	});
});

describe('a run node that is to set headers', () => {
	async function sentBy(fields: object, deployment: keyof DeploymentIds = 'textToImage') {
		const flow = await start('runcomfy-run', { output: 'buffer', setHeaders: true, ...fields });
		flow.receive({
			deploymentId: flow.simulator.deploymentIds[deployment],
			headers: { 'x-mine': 1 },
		} as object as NodeMessage);
		await flow.ended();
		return flow.sent[0];
	}

	it('tells it with the first file as Buffer', async () => {
		expect(await sentBy({})).toHaveProperty('headers', {
			'content-type': 'image/png',
			'x-mine': 1,
		});
	});

	it.each([{ setHeaders: undefined }, { setHeaders: false }, { output: 'buffers' }])(
		'leaves msg.headers alone with %j',
		async (fields) => {
			expect(await sentBy(fields)).toHaveProperty('headers', { 'x-mine': 1 });
		},
	);

	it('leaves them alone if there is no file', async () => {
		const sent = await sentBy({}, 'text');
		expect(sent).toMatchObject({ payload: null, headers: { 'x-mine': 1 } });
	});
});
