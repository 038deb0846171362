// The rig of n8n's tests: n8n's engine with the built package, a simulator, workflows, and their results.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import type * as Core from 'n8n-core';
import type { INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import semver from 'semver';
import type { OutputFile } from '../../../core/index.ts';
import type * as Runtime from '../../../nodes/RunComfy/runtime.ts';
import {
	createEngine,
	type Engine,
	type EngineOptions,
	type ExecutionFault,
	type Outcome,
	type WorkflowJson,
} from '../../../scripts/hosts/n8n-engine.mjs';
import type * as Library from '../../../simulator/index.ts';
import { itWhere } from '../../support/expect.mts';
import { type FastClock, useFastClock } from './clock.mts';

const require = createRequire(import.meta.url);
const ofCore = createRequire(require.resolve('n8n-core'));
const { createSimulator } = require('../../../dist/simulator/index.js') as typeof Library;

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export type Json = Record<string, unknown>;
export type Simulator = Library.Simulator;

export interface RigOptions extends Pick<EngineOptions, 'nodeTypes'> {
	/** Whether time jumps to the next sleeper. Tests can stop the clock. */
	fast?: boolean;
}

export const TOKEN = 'sim-token-4f1d2c3b5a697887';

/** One simulator and one engine for a test file. Its fields are available once the tests run. */
export class Rig {
	simulator!: Simulator;
	engine!: Engine;
	/** Tests may change these fields; they are restored after each test. */
	credential: Record<string, string> = {};
	/** n8n's binary data, on disk as usual. */
	readonly binaryDir = mkdtempSync(join(tmpdir(), 'runcomfy-binary-'));
	/** Present if the rig is fast. */
	clock!: FastClock;

	/* Parameters of a node, for each operation of a request, as most tests need them. */

	toSubmit(more: Json = {}): Parameters {
		const deploymentId = byId(this.simulator.deploymentIds.textToImage);
		return { operation: 'submit', deploymentId, overrides: '{}', ...more };
	}

	toGetStatus(more: Json = {}): Parameters {
		const deploymentId = byId(this.simulator.deploymentIds.textToImage);
		const requestId = '3f0e8a52-0000-4000-8000-000000000000';
		return { operation: 'getStatus', deploymentId, requestId, ...more };
	}

	/** Run and Wait without checking inputs or downloading files. */
	toRun({ options, ...more }: Json = {}): Parameters {
		return {
			...this.toSubmit(),
			operation: 'runAndWait',
			inputMode: 'json',
			...more,
			options: { downloadFiles: false, checkInputs: false, ...(options as Json | undefined) },
		};
	}

	/** Run and Wait of one of the simulator's models. */
	toRunModel(
		inputs: Json | string,
		{ name = 'textToImage', ...more }: Json & { name?: ModelName } = {},
	): Parameters {
		return {
			resource: 'model',
			operation: 'runAndWait',
			inputMode: 'json',
			modelId: byId(this.simulator.modelIds[name]),
			inputs: typeof inputs === 'string' ? inputs : JSON.stringify(inputs),
			...more,
		};
	}

	/* Runs. */

	/** Runs one node over the given items. */
	runNode(parameters: Parameters, inputs: Json[] = [{}], settings: Json = {}): Promise<Outcome> {
		const workflow = workflowOf({ parameters, settings });
		return this.engine.run(workflow, { inputs: inputs as never }).outcome;
	}

	/** Runs nodes in sequence, on one item. */
	runSteps(...steps: Parameters[]): Promise<Outcome> {
		return this.engine.run(workflowOf(...steps.map((parameters) => ({ parameters })))).outcome;
	}

	/** Runs one node over items that have files. */
	runItems(parameters: Parameters, items: Array<Partial<INodeExecutionData>>): Promise<Outcome> {
		const given = items.map((item) => ({ json: {}, ...item }));
		return this.engine.run(workflowOf({ parameters }), { items: given }).outcome;
	}

	/** Runs a workflow and stops it at the nth call of a path. */
	async stopAt(
		path: string,
		workflow: WorkflowJson,
		{ nth = 1, inputs = [{}] }: { nth?: number; inputs?: Json[] } = {},
	): Promise<Outcome> {
		const reached = this.clock.stopAt(path, nth);
		const run = this.engine.run(workflow, { inputs: inputs as never });
		const goOn = await reached;
		run.cancel();
		goOn();
		return run.outcome;
	}

	/**
	 * Runs a node that must fail, and checks everything that a user sees of the error, with Continue On Fail as well.
	 */
	async expectFailure(parameters: Parameters, expected: Expected): Promise<void> {
		const outcome = await this.runNode(parameters);
		expect(outcome.status).toBe('error');
		expect(codeOf(outcome)).toBe(expected.code);
		expect(outcome.error?.message).toMatch(expected.message);
		expect(shown(outcome.error?.description)).toMatch(expected.description);
		expect(this.work()).toHaveLength(expected.sent);
		expect(everythingOf(outcome)).not.toContain(TOKEN);

		this.simulator.requests.length = 0;
		const kept = await this.runNode(parameters, [{}], CONTINUE);
		expect(itemsOf(kept)[0]?.json).toMatchObject({ error_code: expected.code });
		expect(everythingOf(kept)).not.toContain(TOKEN);
	}

	/** The value of `this` inside a node's execute(), for the first item. */
	executeContext(parameters: Json): Core.ExecuteContext {
		const { ExecuteContext } = require('n8n-core') as typeof Core;
		const json = workflowOf({ parameters: { operation: 'submit' } });
		const workflow = this.engine.internals.workflow(json);
		const node = workflow.getNode('Step 1')!;
		node.parameters = parameters as typeof node.parameters;
		const data = { main: [[{ json: {} }]] };
		return new ExecuteContext(
			workflow,
			node,
			this.engine.internals.additionalData(json),
			'internal',
			{ resultData: { runData: {} } } as never,
			0,
			[],
			data,
			{ node, data, source: null },
			[],
		);
	}

	/* Calls that RunComfy has received in the current test. */

	countOf(route: Library.RouteName): number {
		return this.seen(route).length;
	}

	/** HTTP requests, except those that check the inputs before a submit. */
	work(): Library.LoggedRequest[] {
		const checks = ['deployments.get', 'object_info'];
		return this.simulator.requests.filter(({ route }) => !checks.includes(route));
	}

	/* Ids of the accepted requests, and bodies of the submits, each in order: to deployments and to models. */

	paid = (): string[] => this.seen('submit').flatMap(({ requestId }) => requestId ?? []);

	sent = () => this.seen('submit').map(({ body }) => body as Json);

	overrides = () => this.sent().map(({ overrides }) => overrides);

	modelRuns = (): string[] =>
		this.seen('models.submit').flatMap(({ requestId }) => requestId ?? []);

	modelInputs = () => this.seen('models.submit').map(({ body }) => body as Json);

	stateOf(requestId: unknown) {
		return this.simulator.jobs.get(String(requestId))?.state;
	}

	newestJob() {
		return [...this.simulator.jobs.values()].at(-1);
	}

	private seen(route: Library.RouteName): Library.LoggedRequest[] {
		return this.simulator.requests.filter((request) => request.route === route);
	}

	/* Events at RunComfy that bypass the node. */

	/** A copy of a deployment that has not been read yet, because deployments are cached for a minute. */
	copyOf(name: DeploymentName = 'textToImage'): string {
		const { deploymentIds } = this.simulator;
		return this.simulator.deploy({
			graph: structuredClone(this.simulator.workflow(deploymentIds[name])!),
		});
	}

	async cancelElsewhere(requestId: unknown): Promise<void> {
		const { deploymentId } = this.simulator.jobs.get(String(requestId))!;
		await this.call('POST', `v1/deployments/${deploymentId}/requests/${String(requestId)}/cancel`);
	}

	async call(method: string, path: string, body?: string): Promise<Response> {
		const { url, token } = this.simulator;
		const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
		const answer = await fetch(`${url}/prod/${path}`, { method, headers, body: body ?? null });
		expect(answer.ok).toBe(true);
		return answer;
	}
}

/** Call this once in a test file. */
export function useRig({ fast = false, nodeTypes = {} }: RigOptions = {}): Rig {
	const rig = new Rig();
	if (fast) rig.clock = useFastClock();
	const putBack = () => {
		const { url } = rig.simulator;
		Object.assign(rig.credential, { apiToken: TOKEN, baseUrl: url });
		delete rig.credential['comfyOrgApiKey'];
	};
	beforeAll(async () => {
		const clock = fast ? { now: rig.clock.now } : {};
		rig.simulator = await createSimulator({ token: TOKEN, latencyMs: 100, ...clock });
		putBack();
		const credentials = { runComfyApi: rig.credential };
		const { binaryDir } = rig;
		rig.engine = await createEngine({ packageDir: root, credentials, binaryDir, nodeTypes });
	});
	afterEach(() => {
		putBack();
		rig.simulator.clearFaults();
		rig.simulator.update({
			latencyMs: 100,
			queueMs: 0,
			outputBytes: 0,
			maxInstances: 10,
			balanceUsd: 25,
		});
		rig.simulator.requests.length = 0;
	});
	afterAll(async () => {
		rmSync(rig.binaryDir, { recursive: true, force: true });
		await rig.simulator.close();
	});
	return rig;
}

const { version } = ofCore('../package.json') as { version: string };

/**
 * `it` for this version of n8n-core and later. `why` explains the difference in older versions; it is printed when the
 * test is skipped.
 */
export const itSince = (since: string, why: string) =>
	itWhere(semver.gte(version, since), `n8n-core ${version}, where ${why}`);

interface Log {
	info(message: string, facts?: object): void;
	warn(message: string, facts?: object): void;
}

/** Records n8n's log. */
export function spyOnLog() {
	const { Logger } = ofCore('@n8n/backend-common') as { Logger: new () => Log };
	const { Container } = ofCore('@n8n/di') as { Container: { get(token: unknown): Log } };
	const logger = Container.get(Logger);
	return { info: jest.spyOn(logger, 'info'), warn: jest.spyOn(logger, 'warn') };
}

/** The memory of the built nodes. After `restartRuntime`, they start as in a new process. */
export const { runtime, restartRuntime } =
	require('../../../dist/nodes/RunComfy/runtime.js') as typeof Runtime;

/** Returns a function that starts a server and returns its URL. Servers end with their test. */
export function useServers(): (listener: RequestListener) => Promise<string> {
	const servers: Server[] = [];
	afterEach(async () => {
		for (const server of servers.splice(0)) {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	});
	return async (listener) => {
		const server = createServer(listener);
		servers.push(server);
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	};
}

/* Workflows. */

/** Parameters of one RunComfy node. */
export type Parameters = Json & { operation: string };

export interface Step {
	parameters: Parameters;
	settings?: Json;
}

export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

const edge = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });

/** Manual Trigger → the steps in sequence, named `Step 1`, `Step 2`, … */
export function workflowOf(...steps: Step[]): WorkflowJson {
	const nodes = steps.map(({ parameters, settings }, index) => ({
		id: `step-${index + 1}`,
		name: `Step ${index + 1}`,
		type: 'n8n-nodes-runcomfy.runComfy',
		typeVersion: 1,
		position: [200 * (index + 1), 0],
		parameters: { resource: 'request', ...usual(parameters), ...parameters },
		...settings,
	}));
	const start = {
		id: 'start',
		name: 'Start',
		type: 'n8n-nodes-base.manualTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const all = [start, ...nodes];
	return {
		name: 'Test',
		nodes: all,
		connections: Object.fromEntries(nodes.map(({ name }, at) => [all[at]!.name, edge(name)])),
		settings: { executionOrder: 'v1' },
	};
}

/** The same steps in a loop that is closed by a pass-through node: see `again`. */
export function loopOf(...steps: Step[]): WorkflowJson {
	const json = workflowOf(...steps);
	const last = json.nodes.at(-1)!;
	const start = json.nodes[0]!;
	const loop = { ...start, id: 'again', name: 'Again', type: 'test.again' };
	return {
		...json,
		nodes: [...json.nodes, loop],
		connections: { ...json.connections, [last.name]: edge('Again'), Again: edge('Step 1') },
	};
}

/** Settings that most tests need: overrides belong to one input mode, and tests look at all outputs. */
function usual({ resource = 'request', overrides }: Parameters): Json {
	return {
		...(resource === 'request' ? { simplify: false } : {}),
		...(overrides === undefined ? {} : { inputMode: 'json' }),
	};
}

/** A minimal node that n8n accepts. */
export const nodeTypeOf = (
	name: string,
	{
		description,
		...work
	}: Omit<Partial<INodeType>, 'description'> & { description?: Partial<INodeTypeDescription> },
): INodeType => ({
	description: {
		displayName: name,
		name,
		description: name,
		defaults: { name },
		group: ['transform'],
		version: 1,
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...description,
	},
	...work,
});

/** Sends an empty item this many times. In a loop, the nodes before it run once more each time, on the same input. */
export const again = (times: number): INodeType =>
	nodeTypeOf('again', {
		async execute() {
			const kept = this.getContext('node');
			kept['count'] = Number(kept['count'] ?? 0) + 1;
			return [kept['count'] > times ? [] : [{ json: {} }]];
		},
	});

/** Retry On Fail, with the shortest wait that n8n allows. */
export const RETRY: Json = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

export const CONTINUE: Json = { onError: 'continueRegularOutput' };

export type DeploymentName = keyof Simulator['deploymentIds'];
export type ModelName = keyof Simulator['modelIds'];

/* The results of a run. */

type Ended = Pick<Outcome, 'error' | 'items'> & { status: string };

/** The output items of a step in a successful run. */
export function itemsOf(outcome: Ended, step = 1) {
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.status).toBe('success');
	return outcome.items(`Step ${step}`);
}

/** The requests in the output of a successful run. */
export const idsOf = (outcome: Ended, step = 1) =>
	itemsOf(outcome, step).map(({ json }) => json['request_id']);

interface Failed {
	error?: ExecutionFault | undefined;
}

export const codeOf = ({ error }: Failed) => error?.context?.data?.['error_code'];

/** The text of an error as users read it: message and hint. */
export function refusal(error: Pick<ExecutionFault, 'message' | 'description'> | undefined) {
	expect(error).toBeDefined();
	return `${error?.message} ${error?.description}`;
}

export interface NamedRequest {
	item: number;
	/** Absent for a submit that may have been accepted. */
	request_id: string;
	status: string;
}

/** The requests that the error of a run names. */
export function namedIn({ error }: Failed): NamedRequest[] {
	expect(error).toBeDefined();
	const details = error?.context?.data?.['error_details'] as { requests?: NamedRequest[] };
	return details?.requests ?? [];
}

export type FileEntry = OutputFile & { binary_property?: string };

/** The entries of an item's files. */
export const filesOf = (item: { json: Json } | undefined) => item?.json['files'] as FileEntry[];

/** The bytes that the simulator serves at the URL of a file. */
export async function hosted(url: unknown): Promise<Buffer> {
	// A separate connection, because a kept one may close while the engine is busy.
	const headers = { 'user-agent': 'test', connection: 'close' };
	const response = await fetch(String(url), { headers });
	expect(response.status).toBe(200);
	return Buffer.from(await response.arrayBuffer());
}

/** All data that a run adds to the execution and that a user, a log or a later node can see. */
export function everythingOf(outcome: Outcome): string {
	const seen = new WeakSet<object>();
	return JSON.stringify(
		{ error: ownFields(outcome.error), runData: outcome.runData },
		(key, value: unknown) => {
			if (typeof value !== 'object' || value === null) return value;
			// n8n includes the node, with the user's own parameters, in its errors.
			if (key === 'node') return undefined;
			if (seen.has(value)) return '[again]';
			seen.add(value);
			return value instanceof Error ? ownFields(value) : value;
		},
	);
}

function ownFields(error: Error | undefined): Json {
	if (!error) return {};
	return Object.fromEntries(
		Object.getOwnPropertyNames(error).map((name) => [name, error[name as keyof Error]]),
	);
}

export interface Expected {
	code: string;
	message: RegExp;
	/** The hint. */
	description: RegExp;
	/** HTTP requests, except those that check the inputs. */
	sent: number;
}

/** A description as n8n renders it, as HTML. */
function shown(html: string | null | undefined): string {
	return String(html).replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
