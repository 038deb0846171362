import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type * as Core from 'n8n-core';
import {
	createEngine,
	type Engine,
	type EngineOptions,
	type Outcome,
} from '../../../scripts/hosts/n8n-engine.mjs';
import type * as Library from '../../../simulator/index.cts';
import { type FastClock, useFastClock } from './fastClock.mts';
import { type Json, type Parameters, workflowOf } from './workflow.mts';

const require = createRequire(import.meta.url);
const { createSimulator } = require('../../../dist/simulator/index.cjs') as typeof Library;

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export type Simulator = Library.Simulator;
export interface Rig {
	simulator: Simulator;
	engine: Engine;
	/** Changed by a test, put back after it. */
	credential: Record<string, string>;
	/** The folder of n8n's binary data. */
	binaryDir: string;
	/** There if it is a fast one. */
	clock: FastClock;
}

const TOKEN = 'sim-token-4f1d2c3b5a697887';

export interface RigOptions
	extends Pick<EngineOptions, 'nodeTypes'>,
		Pick<Library.SimulatorOptions, 'now'> {
	/** Whether time jumps to whatever is waited for. A test that does something meanwhile stops it. */
	fast?: boolean;
	/** Whether binary data goes to disk, as n8n usually keeps it, and not to memory. */
	onDisk?: boolean;
}

/**
 * A simulator that runs fast, and n8n's engine with the built package: one of each for a test file.
 * Their fields are there once the tests run.
 */
export function useRig({
	fast = false,
	now: given,
	onDisk = false,
	...options
}: RigOptions = {}): Rig {
	const binaryDir = onDisk ? mkdtempSync(join(tmpdir(), 'runcomfy-binary-')) : '';
	const rig = { credential: {}, binaryDir } as Rig;
	if (fast) rig.clock = useFastClock();
	const now = fast ? rig.clock.now : given;
	const putBack = () => {
		const { url } = rig.simulator;
		Object.assign(rig.credential, { apiToken: TOKEN, baseUrl: url, apiVersion: 'v1' });
	};
	beforeAll(async () => {
		rig.simulator = await createSimulator({ token: TOKEN, latencyMs: 100, ...(now && { now }) });
		putBack();
		const credentials = { runComfyApi: rig.credential };
		const binary = onDisk ? { binaryDir } : {};
		rig.engine = await createEngine({ packageDir: root, credentials, ...binary, ...options });
	});
	afterEach(() => {
		putBack();
		rig.simulator.clearFaults();
		rig.simulator.update({ latencyMs: 100, outputBytes: 0, maxInstances: 10, balanceUsd: 25 });
		rig.simulator.requests.length = 0;
	});
	afterAll(async () => {
		if (onDisk) rmSync(binaryDir, { recursive: true, force: true });
		await rig.simulator.close();
	});
	return rig;
}

/** What `this` is inside of a node's execute(), for the first item. */
export function executeContext({ engine }: Rig, parameters: Json): Core.ExecuteContext {
	const { ExecuteContext } = require('n8n-core') as typeof Core;
	const json = workflowOf({ parameters: { operation: 'submit' } });
	const workflow = engine.internals.workflow(json);
	const node = workflow.getNode('Step 1')!;
	node.parameters = parameters as typeof node.parameters;
	const data = { main: [[{ json: {} }]] };
	return new ExecuteContext(
		workflow,
		node,
		engine.internals.additionalData(json),
		'internal',
		{ resultData: { runData: {} } } as never,
		0,
		[],
		data,
		{ node, data, source: null },
		[],
	);
}

export interface FileEntry {
	url: string;
	filename: string;
	kind: string;
	channel: string;
	type: string;
	mime_type: string;
	node_id: string;
	binary_property?: string;
}

/** The entries of an item's files. */
export const filesOf = (item: { json: Json } | undefined) => item?.json['files'] as FileEntry[];

/** The state of RunComfy's newest request. */
export const newestJob = ({ simulator }: Rig) => [...simulator.jobs.values()].at(-1);

/** HTTP requests of a route in the present test. */
export function countOf({ simulator }: Rig, route: Library.RouteName): number {
	return simulator.requests.filter((request) => request.route === route).length;
}

/** HTTP requests of the present test, without those that check the inputs before a submit. */
export function workOf({ simulator }: Rig): Library.LoggedRequest[] {
	return simulator.requests.filter(
		({ route }) => route !== 'deployments.get' && route !== 'object_info',
	);
}

/** A copy of a deployment that nothing has read yet; what was read is kept for a minute. */
export async function copyOf(
	{ simulator }: Rig,
	name: keyof Simulator['deploymentIds'] = 'textToImage',
): Promise<string> {
	const { url, token, deploymentIds, requests } = simulator;
	const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
	const path = `${url}/prod/v2/deployments`;
	const found = await fetch(`${path}/${deploymentIds[name]}`, { headers });
	const made = await fetch(path, { method: 'POST', headers, body: await found.text() });
	const { id } = (await made.json()) as { id: string };
	requests.length = 0;
	return id;
}

/** Runs one node over the given items. */
export function runNode(
	{ engine }: Rig,
	parameters: Parameters,
	inputs: Json[] = [{}],
	settings: Json = {},
): Promise<Outcome> {
	const workflow = workflowOf({ parameters, settings });
	return engine.run(workflow, { inputs: inputs as never }).outcome;
}

/** The items of a step of a run that succeeded. */
export function itemsOf(outcome: Outcome, step = 1) {
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.status).toBe('success');
	return outcome.items(`Step ${step}`);
}

/** All that a run adds to the execution, for a user, a log or a later node to see. */
export function everythingOf(outcome: Outcome): string {
	const seen = new WeakSet<object>();
	return JSON.stringify(
		{ error: ownFields(outcome.error), runData: outcome.runData },
		(key, value: unknown) => {
			if (typeof value !== 'object' || value === null) return value;
			// n8n puts the node, with the user's own parameters, into its errors.
			if (key === 'node') return undefined;
			if (seen.has(value)) return '[again]';
			seen.add(value);
			return value instanceof Error ? ownFields(value) : value;
		},
	);
}

/** What the simulator gives out under the address of a file. */
export async function hosted(url: unknown): Promise<Buffer> {
	// A connection of its own: a kept one may end while the engine is busy.
	const headers = { 'user-agent': 'test', connection: 'close' };
	const response = await fetch(String(url), { headers });
	expect(response.status).toBe(200);
	return Buffer.from(await response.arrayBuffer());
}

function ownFields(error: Error | undefined): Json {
	if (!error) return {};
	return Object.fromEntries(
		Object.getOwnPropertyNames(error).map((name) => [name, error[name as keyof Error]]),
	);
}

export type { Json, Parameters } from './workflow.mts';
export { byId, loopOf, workflowOf } from './workflow.mts';
export { TOKEN };
