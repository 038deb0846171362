// Contents of msg.payload, in one message or one per file; paid results are never lost; headers for an http response
// node that sends a picture.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import type * as ContentTypeModule from '../../../../node-red/runtime/node/message.ts';
import type { DeploymentIds } from '../../../../simulator/index.ts';
import { notFound } from '../../../support/answers.mts';
import { dist } from '../../support/dist.mts';
import { type FlowOptions, submitted, useFlows, useUserDir } from '../../support/rig.mts';

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

	it.each([
		['buffer', null],
		['buffers', []],
	])('as %s is %j when the run wrote no files', async (output, empty) => {
		const { sent, caught } = await run('text', { output, directory: kept.userDir });
		expect(caught).toEqual([]);
		expect(sent[0]?.payload).toEqual(empty);
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
		flow.simulator.inject(notFound({ on: 'storage', after: 1, times: 100 }));
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

	it('stops at 200 MB, if neither the flow nor the message says how large a file may be', async () => {
		const { caught } = await run(
			'textToImage',
			{ output: 'buffer', maxFileSize: 'limit', maxFileSizeType: 'msg' },
			{ simulator: { outputBytes: 201 * MB } },
		);
		expect(caught).toMatchObject([
			{ error: { message: expect.stringContaining('larger than the limit of 200.0 MB') } },
		]);
	});

	it('stops at the size limit', async () => {
		const { caught, simulator } = await run(
			'textToImage',
			{ ...saved(), maxFileSize: '0.5', maxFileSizeType: 'num' },
			{ simulator: { outputBytes: MB } },
		);
		expect(caught).toMatchObject([
			{
				requestId: [...simulator.jobs.keys()][0],
				error: { code: 'output_unavailable', cause: { retryable: false } },
				runcomfy: { files: [{ filename: 'ComfyUI_00001_.png' }] },
			},
		]);
		expect(simulator.count('storage')).toBe(1);
		expect(readdirSync(kept.userDir)).toEqual([]);
	});

	it('has no size limit where that is 0, and every byte comes', async () => {
		const { sent } = await run(
			'textToImage',
			{ output: 'buffer', maxFileSize: '0', maxFileSizeType: 'num' },
			{ simulator: { outputBytes: 3 * MB } },
		);
		expect(sent[0]?.payload).toHaveLength(3 * MB);
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

describe('a run node that is to set headers', () => {
	it.each<[keyof DeploymentIds, object]>([
		['textToImage', { setHeaders: false }],
		['textToImage', { output: 'buffers' }],
		['text', {}],
	])('leaves msg.headers alone with the outputs of %s and %j', async (deployment, fields) => {
		const flow = await start('runcomfy-run', { output: 'buffer', setHeaders: true, ...fields });
		const headers = { 'x-mine': 1 };
		flow.ask({ deploymentId: flow.simulator.deploymentIds[deployment], headers });
		await flow.ended();
		expect(flow.sent.map((msg) => msg['headers'])).toEqual([headers]);
	});
});

interface Part extends NodeMessage {
	parts: Record<string, unknown>;
	runcomfy: {
		file?: { filename: string; size?: number };
		text?: { text: string };
		files?: unknown[];
		texts?: Array<{ text: string }>;
		values?: unknown[];
		warnings: string[];
	};
}

async function runSplit(fields: object, msg: object = {}, options: FlowOptions = {}) {
	const all = { split: true, directory: kept.userDir, ...fields };
	const flow = await start('runcomfy-run', all, options);
	flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed, topic: 'zoo', ...msg });
	await flow.ended();
	expect(flow.caught).toEqual([]);
	return { flow, parts: flow.sent as Part[] };
}

describe('one message per file', () => {
	it.each([
		['files', (payload: unknown) => (payload as { filename: string }).filename],
		['saved', (payload: unknown) => basename(String(payload))],
	])('as %s has the file as payload, and what is known of it', async (output, nameOf) => {
		const { flow, parts } = await runSplit({ output });
		expect(parts.length).toBeGreaterThan(2);
		for (const { payload, runcomfy } of parts) {
			expect(nameOf(payload)).toBe(runcomfy.file?.filename);
		}
		expect(new Set(parts.map(({ payload }) => nameOf(payload))).size).toBe(parts.length);
		expect(readdirSync(kept.userDir)).toHaveLength(output === 'saved' ? parts.length : 0);
		expect(flow.completed).toHaveLength(1);
	});

	it('as Buffers has only Buffers', async () => {
		for (const { payload, runcomfy } of (await runSplit({ output: 'buffers' })).parts) {
			expect(Buffer.isBuffer(payload)).toBe(true);
			expect(runcomfy.file?.size).toBe((payload as Buffer).length);
			expect(JSON.stringify(runcomfy)).not.toContain('"Buffer"');
		}
	});

	it('has nothing of the other files, what names the request, and the texts beside them', async () => {
		const { parts } = await runSplit({});
		const [requestId] = parts.map((part) => part['requestId']);
		expect(requestId).toEqual(expect.any(String));
		for (const part of parts) {
			expect(part).toMatchObject({
				requestId,
				deploymentId: expect.any(String),
				status: 'succeeded',
			});
			const { texts, values, ...own } = part.runcomfy;
			expect(Object.keys(own).sort()).toEqual(['file', 'timings', 'warnings']);
			expect(texts?.map(({ text }) => text)).toContain('some text from a subgraph');
			expect(values).toEqual([{ node_id: '77', channel: 'public', value: false }]);
		}
		expect(new Set(parts.map(({ runcomfy }) => runcomfy.texts?.[0])).size).toBe(parts.length);
	});

	it('has a long text only with the first file, and a warning says so', async () => {
		const text = 'x'.repeat(600_000);
		const overrides = JSON.stringify({ '38:41': { inputs: { value: text } } });
		const fields = { inputMode: 'json', overrides, overridesType: 'json' };
		const { flow, parts } = await runSplit(fields);
		const [first, ...rest] = parts.map(({ runcomfy }) => runcomfy.texts);
		expect(first?.map((one) => one.text)).toContain(text);
		expect(rest).toEqual(rest.map(() => undefined));
		expect(flow.warned.join()).toContain('Only the first message contains the run’s other outputs');
		expect(parts.at(-1)?.runcomfy.warnings.at(-1)).toContain('Only the first message');
	});

	it('as texts has one text, and the files beside it', async () => {
		const { parts } = await runSplit({ output: 'texts' });
		expect(parts.length).toBeGreaterThan(1);
		for (const { payload, runcomfy } of parts) {
			expect(payload).toBe(runcomfy.text?.text);
			expect(runcomfy.files?.length).toBeGreaterThan(1);
			expect(runcomfy.texts).toBeUndefined();
		}
	});

	it('has parts as the Split node sets them, and is a copy of its own', async () => {
		const { parts } = await runSplit({}, { kept: { deep: 1 } });
		const count = parts.length;
		const { id } = parts[0]?.parts ?? {};
		expect(id).toEqual(expect.any(String));
		expect(parts.map((part) => part.parts)).toEqual(
			parts.map((_part, index) => ({ id, type: 'array', count, len: 1, index })),
		);
		expect(new Set(parts.map((part) => part['kept'])).size).toBe(count);
		for (const part of parts) expect(part).toMatchObject({ topic: 'zoo', kept: { deep: 1 } });
	});

	it('is none without files: the message is done, and a warning says why', async () => {
		const flow = await run('text', { split: true });
		expect(flow).toMatchObject({ sent: [], caught: [] });
		expect(flow.completed).toHaveLength(1);
		expect(flow.warned).toEqual([expect.stringContaining('Nothing was sent')]);
	});

	it('is one message with the first file as Buffer', async () => {
		const { flow } = await runSplit({ output: 'buffer' });
		expect(flow.sent).toHaveLength(1);
		expect(flow.sent[0]).not.toHaveProperty('parts');
	});

	it('comes of a result node once the request has ended, and one in all before', async () => {
		const simulator = { latencyMs: 1000 };
		const flow = await start('runcomfy-result', { split: true }, { simulator });
		const ref = await submitted(flow);
		flow.receive(ref);
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'in_progress', payload: [] }]);
		expect(flow.sent[0]).not.toHaveProperty('parts');
		flow.time.pass(1000);
		flow.receive(ref);
		await flow.ended(2);
		expect(flow.sent[1]).toMatchObject({ status: 'succeeded', parts: { count: 1, index: 0 } });
	});
});

describe('a Join node', () => {
	const JOINED = { wires: [['join']] };
	const WITH_JOIN = {
		core: ['sequence/17-split.js'],
		nodes: [{ id: 'join', type: 'join', mode: 'auto', build: 'array', wires: [['sent']] }],
	};

	it('puts texts together again, in order', async () => {
		const { flow: whole } = await runSplit({ output: 'texts', split: false });
		const expected = whole.sent[0]?.payload;
		await whole.stop();
		const { flow } = await runSplit({ output: 'texts', ...JOINED }, {}, WITH_JOIN);
		expect(flow.sent.map(({ payload }) => payload)).toEqual([expected]);
		expect(flow.sent[0]).not.toHaveProperty('parts');
	});

	it('restores the parts that came in, so that a second one can join those', async () => {
		const cameIn = { id: 'outer', type: 'array', count: 3, len: 1, index: 1 };
		const { flow } = await runSplit(JOINED, { parts: cameIn }, WITH_JOIN);
		expect(flow.sent).toHaveLength(1);
		expect(flow.sent[0]).toHaveProperty('parts', cameIn);
	});
});
