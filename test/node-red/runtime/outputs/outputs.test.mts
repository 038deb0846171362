// Contents of msg.payload; paid results are never lost; headers for an http response node that sends a picture.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import type * as ContentTypeModule from '../../../../node-red/runtime/node/message.ts';
import type { DeploymentIds } from '../../../../simulator/index.ts';
import { gone } from '../../../support/answers.mts';
import { dist } from '../../support/dist.mts';
import { type FlowOptions, useFlows, useUserDir } from '../../support/rig.mts';

const { setContentType } = dist<typeof ContentTypeModule>('node-red/runtime/node/message.js');

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MB = 2 ** 20;

const start = useFlows();
const kept = useUserDir();

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

const saved = () => ({ output: 'saved', directory: kept.userDir });

describe('payload', () => {
	it('is the first file as a Buffer, with a note when there are more', async () => {
		const { sent, simulator } = await run('mixed', { output: 'buffer' });
		const payload = sent[0]?.payload;
		expect(Buffer.isBuffer(payload)).toBe(true);
		expect(simulator.count('storage')).toBe(1);
		const { warnings } = sent[0]?.['runcomfy'] as { warnings: string[] };
		expect(warnings.at(-1)).toMatch(/wrote \d files: msg\.payload contains the first/);
		expect(sent[0]).toHaveProperty('runcomfy.files.0.size', (payload as Buffer).length);
	});

	it('is the paths of the saved files, which are complete', async () => {
		const { sent, simulator } = await run('textToImage', saved());
		const path = join(kept.userDir, 'ComfyUI_00001_.png');
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
	it('refuses an empty directory before anything is submitted', async () => {
		const { caught, simulator } = await run('textToImage', { output: 'saved', directory: '' });
		expect(caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(simulator.count('submit')).toBe(0);
	});

	it('leaves no part of a file behind and sends the rest when one download fails', async () => {
		const flow = await start('runcomfy-run', saved());
		flow.simulator.inject(gone({ on: 'storage', after: 1, times: 100 }));
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
		expect(readdirSync(kept.userDir)).toHaveLength(1);
	});
});

describe('choice of outputs', () => {
	it('takes only the named nodes, and says when one wrote nothing', async () => {
		const { sent } = await run('textToImage', { outputNodes: '9, 77' });
		expect(sent[0]?.payload).toMatchObject([{ node_id: '9' }]);
		expect(sent[0]).toHaveProperty('runcomfy.warnings', [expect.stringContaining('77')]);
	});

	it('stops at 200 MB in memory, and the URL stays', async () => {
		const { caught, simulator } = await run(
			'textToImage',
			{ output: 'buffer' },
			{ simulator: { outputBytes: 201 * MB } },
		);
		expect(caught).toMatchObject([
			{
				requestId: [...simulator.jobs.keys()][0],
				error: {
					code: 'output_unavailable',
					message: expect.stringContaining('larger than the limit of 200.0 MB'),
					cause: { retryable: false },
				},
				runcomfy: { files: [{ filename: 'ComfyUI_00001_.png', url: expect.any(String) }] },
			},
		]);
		expect(simulator.count('storage')).toBe(1);
	});

	it('saves larger files than that', async () => {
		const outputBytes = 201 * MB;
		const { sent } = await run('textToImage', saved(), { simulator: { outputBytes } });
		expect(sent).toMatchObject([{ runcomfy: { files: [{ size: outputBytes }] } }]);
	});
});

describe('the content type of a file', () => {
	const withHeaders = (headers: unknown, type = 'image/png') => {
		const msg = { _msgid: 'm', headers } as NodeMessage;
		setContentType(msg, type);
		return msg['headers'];
	};

	it.each([
		['image/png', undefined],
		['video/mp4', 'text'],
	])('%s is set where msg.headers is %j', (type, headers) => {
		expect(withHeaders(headers, type)).toEqual({ 'content-type': type });
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

	it.each(['text/html', 'IMAGE/SVG+XML; charset=utf-8', 'nonsense'])(
		'keeps a browser from running a file of the type %s',
		(type) => {
			const set = withHeaders({ 'Content-Security-Policy': 'script-src *', 'x-mine': 1 }, type);
			expect(set).toEqual({
				'content-type': type,
				'x-mine': 1,
				'content-security-policy': 'sandbox',
				'x-content-type-options': 'nosniff',
			});
		},
	);
});

describe('the headers of a message', () => {
	const headers = { 'x-mine': 1 };
	const res = {};
	const headersAfter = async (deployment: keyof DeploymentIds, output: string, msg: object) => {
		const flow = await start('runcomfy-run', { output });
		flow.ask({ deploymentId: flow.simulator.deploymentIds[deployment], headers, ...msg });
		await flow.ended();
		return flow.sent.map((sent) => sent['headers']);
	};

	it('get the content type of a Buffer that answers an HTTP request', async () => {
		expect(await headersAfter('textToImage', 'buffer', { res })).toEqual([
			{ ...headers, 'content-type': 'image/png' },
		]);
	});

	it.each<[keyof DeploymentIds, string, object]>([
		['textToImage', 'buffer', {}],
		['textToImage', 'buffers', { res }],
		['text', 'buffer', { res }],
	])('stay as they are with the outputs of %s as %s and %j', async (deployment, output, msg) => {
		expect(await headersAfter(deployment, output, msg)).toEqual([headers]);
	});
});
