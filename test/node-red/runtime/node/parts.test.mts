// One message per file or text, as the Split node would send them.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeMessage } from 'node-red';
import { eventually } from '../../../support/expect.mts';
import { submitted, type TestFlow, useFlows } from '../../support/rig.mts';

interface Part extends NodeMessage {
	parts: Record<string, unknown>;
	runcomfy: { file?: { filename: string; size?: number }; text?: { text: string } };
}

const start = useFlows();
let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'runcomfy-parts-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const WITH_JOIN = {
	core: ['sequence/17-split.js'],
	nodes: [{ id: 'join', type: 'join', mode: 'auto', build: 'array', wires: [['sent']] }],
};

async function run(fields: object, msg: object = {}, options: object = {}) {
	const flow = await start('runcomfy-run', { split: true, directory, ...fields }, options);
	flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed, topic: 'zoo', ...msg });
	await flow.ended();
	expect(flow.caught).toEqual([]);
	return flow;
}
const partsOf = ({ sent }: TestFlow) => sent as Part[];

describe('one message per file', () => {
	it.each([
		['files', (payload: unknown) => (payload as { filename: string }).filename],
		['saved', (payload: unknown) => basename(String(payload))],
	])('as %s has the file as payload, and what is known of it', async (output, nameOf) => {
		const flow = await run({ output });
		const parts = partsOf(flow);
		expect(parts.length).toBeGreaterThan(2);
		for (const { payload, runcomfy } of parts) {
			expect(nameOf(payload)).toBe(runcomfy.file?.filename);
		}
		expect(new Set(parts.map(({ payload }) => nameOf(payload))).size).toBe(parts.length);
		expect(readdirSync(directory)).toHaveLength(output === 'saved' ? parts.length : 0);
		expect(flow.completed).toHaveLength(1);
	});

	it('as Buffers has Buffers, and nothing else that holds bytes', async () => {
		for (const { payload, runcomfy } of partsOf(await run({ output: 'buffers' }))) {
			expect(Buffer.isBuffer(payload)).toBe(true);
			expect(runcomfy.file?.size).toBe((payload as Buffer).length);
			expect(JSON.stringify(runcomfy)).not.toContain('"Buffer"');
		}
	});

	it('as texts has one text', async () => {
		const parts = partsOf(await run({ output: 'texts' }));
		expect(parts.length).toBeGreaterThan(1);
		for (const { payload, runcomfy } of parts) expect(payload).toBe(runcomfy.text?.text);
	});

	it('has parts as the Split node sets them, and is a copy of its own', async () => {
		const parts = partsOf(await run({}, { kept: { deep: 1 } }));
		const count = parts.length;
		const { id } = parts[0]?.parts ?? {};
		expect(id).toEqual(expect.any(String));
		expect(parts.map((part) => part.parts)).toEqual(
			parts.map((_part, index) => ({ id, type: 'array', count, len: 1, index })),
		);
		expect(new Set(parts.map((part) => part['kept'])).size).toBe(count);
		for (const part of parts) expect(part).toMatchObject({ topic: 'zoo', kept: { deep: 1 } });
	});
});

/** The entries of a list, with Buffers as short texts, because comparing megabytes as lists is slow. */
const digests = (list: unknown) =>
	(list as unknown[]).map((entry) =>
		Buffer.isBuffer(entry) ? createHash('sha256').update(entry).digest('hex') : entry,
	);

describe('a Join node', () => {
	it.each(['files', 'buffers', 'texts'])('puts %s together again, in order', async (output) => {
		const whole = await run({ output, split: false });
		const expected = digests(whole.sent[0]?.payload);
		await whole.stop();
		const flow = await run({ output, wires: [['join']] }, {}, WITH_JOIN);
		expect(flow.sent).toHaveLength(1);
		const joined = digests(flow.sent[0]?.payload);
		expect(joined).toHaveLength(expected.length);
		// Addresses belong to one request.
		if (output !== 'files') expect(joined).toEqual(expected);
		expect(flow.sent[0]).not.toHaveProperty('parts');
	});

	it('restores the parts that came in, so that a second one can join those', async () => {
		const cameIn = { id: 'outer', type: 'array', count: 3, len: 1, index: 1 };
		const { sent } = await run({ wires: [['join']] }, { parts: cameIn }, WITH_JOIN);
		expect(sent).toHaveLength(1);
		expect(sent[0]).toHaveProperty('parts', cameIn);
	});
});

describe('without files', () => {
	it('nothing is sent, the message is done, and a warning says why', async () => {
		const flow = await start('runcomfy-run', { split: true });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.text });
		await flow.ended();
		expect(flow).toMatchObject({ sent: [], caught: [] });
		expect(flow.completed).toHaveLength(1);
		expect(flow.warned).toEqual([expect.stringContaining('Nothing was sent')]);
	});

	it('a first file as Buffer stays one message', async () => {
		const { sent } = await run({ output: 'buffer' });
		expect(sent).toHaveLength(1);
		expect(sent[0]).not.toHaveProperty('parts');
	});
});

describe('runcomfy-result', () => {
	it('sends one message per file, but one in all while the request has not ended', async () => {
		const flow = await start(
			'runcomfy-result',
			{ split: true },
			{ simulator: { latencyMs: 1000 } },
		);
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

it('a run that a deploy has come between sends its messages once, by the new instance', async () => {
	const flow = await start('runcomfy-run', { split: true });
	const goOn = flow.time.hold();
	flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed });
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	await flow.redeploy('full', { split: false });
	goOn();
	await flow.ended();
	const parts = partsOf(flow);
	expect(parts.length).toBeGreaterThan(2);
	expect(parts.map(({ parts: { index } }) => index)).toEqual(parts.map((_part, index) => index));
});
