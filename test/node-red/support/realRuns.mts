import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeRed, startNodeRed } from '../../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../../simulator/types.cts';
import { eventually } from '../../support/expect.mts';
import { dist } from './dist.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');

/** How a message ended, as printed by a Function node behind the run node, or behind Catch. */
interface End {
	topic: string;
	requestId?: string;
	/** Absent if it was sent. */
	code?: string;
	resumed?: true;
}

export type DeployType = 'full' | 'flows' | 'nodes';

/** Fields of the account, the run node, and the node behind it. */
export interface Change {
	config?: object;
	run?: object;
	other?: object;
}

/** A real Node-RED with one run node, its own simulator, and a record of every end. */
export interface RealRuns {
	simulator: Simulator;
	userDir: string;
	ends: End[];
	/** What Node-RED printed as an error. */
	errors: string[];
	nodeRed(): NodeRed;
	start(): Promise<void>;
	deploy(type: DeployType, change?: Change): Promise<void>;
	/** Sends so many messages, and resolves when RunComfy has accepted them all. */
	send(count: number): Promise<void>;
	/** Resolves when so many messages have ended. */
	ended(count: number): Promise<void>;
	close(): Promise<void>;
}

const MARK = 'END ';

/** Messages of one press on the Inject node, each with a topic that no other has. */
const PER_PRESS = 10;

export async function createRealRuns(latencyMs: number): Promise<RealRuns> {
	const simulator = await createSimulator({ latencyMs, coldStartMs: 0, maxInstances: 100 });
	const userDir = mkdtempSync(join(tmpdir(), 'runcomfy-runs-'));
	const ends: End[] = [];
	const errors: string[] = [];
	let nodeRed: NodeRed | undefined;

	const place = { z: 'tab', x: 100, y: 100 };
	const report = (id: string, code: string) => ({
		id,
		type: 'function',
		...place,
		wires: [],
		outputs: 0,
		func: `node.warn('${MARK}' + JSON.stringify({ topic: msg.topic, requestId: msg.requestId,
			resumed: msg.runcomfy && msg.runcomfy.resumed, code: ${code} }));`,
	});
	const flow = ({ config = {}, run = {}, other = {} }: Change) => [
		{ id: 'tab', type: 'tab', label: 'runs' },
		{ id: 'cfg', type: 'runcomfy-config', baseUrl: simulator.url, concurrency: 100, ...config },
		{ id: 'press', type: 'inject', ...place, props: [], wires: [['make']] },
		{
			id: 'make',
			type: 'function',
			...place,
			wires: [['run']],
			outputs: 1,
			func: `return [Array.from({ length: ${PER_PRESS} }, () => ({
				topic: RED.util.generateId(), deploymentId: '${simulator.deploymentIds.textToImage}' }))];`,
		},
		{ id: 'run', type: 'runcomfy-run', ...place, config: 'cfg', wires: [['sent']], ...run },
		{ ...report('sent', 'undefined'), ...other },
		{ id: 'catch', type: 'catch', ...place, scope: ['run'], wires: [['caught']] },
		report('caught', 'msg.error.code'),
	];

	const log = (line: string) => {
		const at = line.indexOf(MARK);
		if (at >= 0) ends.push(JSON.parse(line.slice(at + MARK.length)) as End);
		else if (/\[error\]|Uncaught|Unhandled/.test(line)) errors.push(line);
	};
	const running = () => nodeRed as NodeRed;
	// Messages of one press on the Inject node, each with its own topic.
	let credentials: object = { credentials: { apiToken: simulator.token } };

	return {
		simulator,
		userDir,
		ends,
		errors,
		nodeRed: running,
		async start() {
			nodeRed = await startNodeRed({ userDir, log });
		},
		async deploy(type, { config, ...more } = {}) {
			await running().deploy(flow({ ...more, config: { ...config, ...credentials } }), type);
			credentials = {};
		},
		async send(count) {
			const known = simulator.jobs.size;
			for (let sent = 0; sent < count; sent += PER_PRESS) await running().inject('press');
			await eventually(() => simulator.jobs.size).toBe(known + count);
		},
		ended: (count) => eventually(() => ends.length).toBe(count),
		async close() {
			await nodeRed?.stop();
			await simulator.close();
			rmSync(userDir, { recursive: true, force: true });
		},
	};
}
