// A real Node-RED in a process of its own, for the examples as a user imports them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { freePort } from '../../../scripts/free-port.mjs';
import { type NodeRed, startNodeRed } from '../../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../../simulator/index.cts';
import { eventually } from '../../support/expect.mts';
import { dist, root } from './dist.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');

interface FlowNode extends Record<string, unknown> {
	id: string;
	type: string;
}

export interface ExampleRig {
	readonly simulator: Simulator;
	readonly nodeRed: NodeRed;
	readonly userDir: string;
	/** What Node-RED has printed since the test began. */
	printed(): string[];
	/** What it has printed since its start. */
	everything(): readonly string[];
	/** Waits until it has printed this. */
	prints(pattern: RegExp): Promise<void>;
	/** Deploys an example, with what a user fills in, and more nodes if given. */
	open(name: string, fill?: (node: FlowNode) => object, more?: object[]): Promise<FlowNode[]>;
	/** Presses the button of an Inject node: the first one, or the one of this name. */
	inject(flow: FlowNode[], name?: string): Promise<void>;
}

export function useExampleRig(): ExampleRig {
	let simulator: Simulator;
	let nodeRed: NodeRed;
	let userDir: string;
	const lines: string[] = [];
	let earlier = 0;

	beforeAll(async () => {
		simulator = await createSimulator({ latencyMs: 10 });
		userDir = mkdtempSync(join(tmpdir(), 'runcomfy-node-red-'));
		const port = await freePort();
		nodeRed = await startNodeRed({
			...{ userDir, port },
			log: (line) => lines.push(line),
			// The examples take the token, and where RunComfy is to call back, from here.
			env: {
				RUNCOMFY_API_TOKEN: simulator.token,
				RUNCOMFY_WEBHOOK_SECRET: 'open sesame',
				PUBLIC_URL: `http://127.0.0.1:${port}`,
			},
		});
	});
	beforeEach(() => {
		earlier = lines.length;
		simulator.update({ latencyMs: 10 });
		simulator.requests.length = 0;
	});
	afterAll(async () => {
		await nodeRed.stop();
		await simulator.close();
		rmSync(userDir, { recursive: true, force: true });
	});

	const printed = () => lines.slice(earlier);
	return {
		get simulator() {
			return simulator;
		},
		get nodeRed() {
			return nodeRed;
		},
		get userDir() {
			return userDir;
		},
		printed,
		everything: () => lines,
		prints: (pattern) =>
			eventually(() => printed().join('\n'), { timeout: 20_000 }).toMatch(pattern),
		async open(name, fill = () => ({}), more = []) {
			const text = readFileSync(join(root, 'examples', `${name}.json`), 'utf8');
			const flow = (JSON.parse(text) as FlowNode[]).map((node) => ({
				...node,
				...(node.type === 'runcomfy-config' ? { baseUrl: simulator.url } : {}),
				...(node['deploymentIdType'] === 'str'
					? { deploymentId: simulator.deploymentIds.textToImage }
					: {}),
				...(node.type === 'debug' ? { console: true } : {}),
				...(node.type === 'delay' ? { timeout: '10', timeoutUnits: 'milliseconds' } : {}),
				...fill(node),
			}));
			await nodeRed.deploy([...flow, ...more]);
			return flow;
		},
		inject: (flow, name) =>
			nodeRed.inject(
				String(
					flow.find(
						(node) => node.type === 'inject' && (name === undefined || node['name'] === name),
					)?.id,
				),
			),
	};
}
