// The examples as a user imports them, in a real Node-RED in a process of its own.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../simulator/index.cts';
import { startNodeRed, type NodeRed } from '../../scripts/node-red.mjs';
import { dist, root } from './support/dist.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');

interface FlowNode extends Record<string, unknown> {
	id: string;
	type: string;
}

let simulator: Simulator;
let nodeRed: NodeRed;
let userDir: string;
const lines: string[] = [];
let earlier = 0;

beforeAll(async () => {
	simulator = await createSimulator({ latencyMs: 10 });
	userDir = mkdtempSync(join(tmpdir(), 'runcomfy-node-red-'));
	nodeRed = await startNodeRed({
		userDir,
		log: (line) => lines.push(line),
		// The examples take the token from here.
		env: { RUNCOMFY_API_TOKEN: simulator.token },
	});
});
beforeEach(() => {
	earlier = lines.length;
});
afterAll(async () => {
	await nodeRed.stop();
	await simulator.close();
	rmSync(userDir, { recursive: true, force: true });
});

/** The example, with what a user fills in, and with its debug nodes on the console. */
function example(name: string): FlowNode[] {
	const flow = JSON.parse(
		readFileSync(join(root, 'examples', `${name}.json`), 'utf8'),
	) as FlowNode[];
	for (const node of flow) {
		if (node.type === 'runcomfy-config') node['baseUrl'] = simulator.url;
		if (node['deploymentIdType'] === 'str') {
			node['deploymentId'] = simulator.deploymentIds.textToImage;
		}
		if (node.type === 'debug') node['console'] = true;
		if (node.type === 'delay') Object.assign(node, { timeout: '10', timeoutUnits: 'milliseconds' });
	}
	return flow;
}

const inject = (flow: FlowNode[], name?: string) =>
	nodeRed.inject(
		String(flow.find((node) => node.type === 'inject' && (!name || node['name'] === name))?.id),
	);
const printed = (pattern: RegExp) =>
	expect.poll(() => lines.slice(earlier).join('\n'), { timeout: 20_000 }).toMatch(pattern);
const onlyJob = () => [...simulator.jobs.values()].at(-1);

describe('example', () => {
	it('first-image saves the picture', async () => {
		const flow = example('first-image');
		await nodeRed.deploy(flow);
		await inject(flow);
		await printed(/runcomfy-images[\\/]ComfyUI_00001_\.png/);
		expect(readdirSync(join(userDir, 'runcomfy-images'))).toEqual(['ComfyUI_00001_.png']);
		expect(onlyJob()?.graph['6']?.inputs['text']).toContain('red fox');
	});

	it('first-image shows how many run, in words', async () => {
		simulator.update({ latencyMs: 1000 });
		const flow = example('first-image');
		const place = { z: flow[0]?.id, x: 100, y: 400 };
		const shown = { id: 'shown', type: 'debug', name: 'shown', active: true, console: true };
		flow.push(
			{ id: 'status', type: 'status', scope: null, wires: [['shown']], ...place },
			{ ...shown, complete: 'status.text', targetType: 'msg', wires: [], ...place },
		);
		await nodeRed.deploy(flow);
		await Promise.all([inject(flow), inject(flow)]);
		await printed(/\[debug:shown\] 2 running/);
		await printed(/\[debug:shown\] runcomfy\.status\.done/);
		simulator.update({ latencyMs: 10 });
	});

	it('progress tells at its second output how far it is', async () => {
		simulator.update({ latencyMs: 2_500 });
		const flow = example('progress');
		await nodeRed.deploy(flow);
		await inject(flow);
		await printed(/\[debug:files\]/);
		const told = lines.slice(earlier).filter((line) => line.includes('[debug:progress]'));
		expect(told.map((line) => line.split('[debug:progress] ')[1])).toEqual([
			...['lighthouse: submitting', expect.stringMatching(/^lighthouse: in_progress for [0-2] s/)],
			expect.stringMatching(/^lighthouse: in_progress for [1-3] s/),
		]);
		expect(lines.at(-1)).not.toContain('progress');
		simulator.update({ latencyMs: 10 });
	});

	it('submit-and-fetch goes on at once and fetches later', async () => {
		const flow = example('submit-and-fetch');
		await nodeRed.deploy(flow);
		await inject(flow);
		await printed(/\[debug:accepted\][\s\S]*\[debug:files\][\s\S]*mime_type: 'image\/png'/);
	});

	it('watch-a-request asks until the end', async () => {
		simulator.update({ latencyMs: 300 });
		const flow = example('watch-a-request');
		await nodeRed.deploy(flow);
		await inject(flow);
		await printed(/\[debug:state\][\s\S]*in_progress[\s\S]*completed[\s\S]*\[debug:files\]/);
	});

	it('result-by-id gives a Buffer', async () => {
		const job = onlyJob();
		const flow = example('result-by-id');
		const props = flow.find(({ type }) => type === 'inject')?.['props'] as Array<{
			p: string;
			v: string;
		}>;
		for (const prop of props) {
			prop.v = String(prop.p === 'requestId' ? job?.requestId : job?.deploymentId);
		}
		await nodeRed.deploy(flow);
		await inject(flow);
		await printed(/\[debug:the whole message\][\s\S]*<Buffer 89 50 4e 47/);
	});

	it('cancel cancels what start started', async () => {
		simulator.update({ latencyMs: 3_600_000 });
		const flow = example('cancel');
		await nodeRed.deploy(flow);
		await inject(flow, 'start');
		await printed(/\[debug:accepted\]/);
		await inject(flow, 'cancel it');
		await printed(/\[debug:answer\][\s\S]*cancellation_requested/);
		expect(onlyJob()?.state).toBe('canceled');
	});
});

describe('Node-RED', () => {
	it('had nothing to complain about', () => {
		expect(nodeRed.alive()).toBe(true);
		expect(lines.filter((line) => /\[error\]|Uncaught|Unhandled/.test(line))).toEqual([]);
		expect(lines.join('\n')).not.toContain(simulator.token);
	});

	it('ends on SIGTERM while a request runs, which goes on at RunComfy', async () => {
		const flow = example('first-image');
		await nodeRed.deploy(flow);
		await inject(flow);
		const known = simulator.jobs.size;
		await expect.poll(() => simulator.jobs.size, { timeout: 10_000 }).toBe(known + 1);
		await nodeRed.stop();
		expect(onlyJob()?.state).toBe('in_progress');
	});
});
