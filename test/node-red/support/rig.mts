// The rig of Node-RED's tests: a flow around one node in the runtime of Node-RED's test helper, with a simulator as
// RunComfy and a virtual clock.
import type { EventEmitter } from 'node:events';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import type { Node, NodeAPI, NodeMessage, NodeStatus } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Host } from '../../../core/index.ts';
import type { JobList } from '../../../node-red/contract/jobs.ts';
import type * as ConfigModule from '../../../node-red/runtime/account/config.ts';
import type * as HostModule from '../../../node-red/runtime/account/host.ts';
import type * as AdminModule from '../../../node-red/runtime/admin/routes.ts';
import type * as JournalModule from '../../../node-red/runtime/journal/journal.ts';
import type * as CallModule from '../../../node-red/runtime/node/call.ts';
import type * as RunModule from '../../../node-red/runtime/runs/run.ts';
import type * as RuntimeModule from '../../../node-red/runtime/runtime.ts';
import type { Simulator, SimulatorOptions } from '../../../simulator/index.ts';
import { exactTurns, OwnCalls, waitsForDisk } from '../../support/eventLoop.mts';
import { eventually } from '../../support/expect.mts';
import { createVirtualClock, EPOCH, type VirtualClock } from '../../support/virtualClock.mts';
import { dist, requireFromRoot } from './dist.mts';
import { Mortal } from './mortal.mts';

export const TYPES = [
	'runcomfy-submit',
	'runcomfy-status',
	'runcomfy-result',
	'runcomfy-cancel',
	'runcomfy-run',
	'runcomfy-deployment',
] as const;
export type ActionType = (typeof TYPES)[number];

const { createSimulator } = dist<{
	createSimulator(options: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.js');
const { registerConfig } = dist<typeof ConfigModule>('node-red/runtime/account/config.js');
const { createHost } = dist<typeof HostModule>('node-red/runtime/account/host.js');
const { registerAdmin } = dist<typeof AdminModule>('node-red/runtime/admin/routes.js');
const { REQUESTS_FOLDER } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');
const { calls } = dist<typeof CallModule>('node-red/runtime/node/call.js');
const { runs, runsChanged } = dist<typeof RunModule>('node-red/runtime/runs/run.js');
const { startFreshRuntime } = dist<typeof RuntimeModule>('node-red/runtime/runtime.js');
const registerSidebar = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.js',
);

export { runsChanged, startFreshRuntime };

helper.init(requireFromRoot.resolve('node-red'));

interface CaughtMessage extends NodeMessage {
	error: { message: string; code: string; cause: Record<string, unknown>; source: { id: string } };
}

/** A flow around one node, `n`: its messages, and its reports to Catch and Complete nodes. */
export interface TestFlow {
	simulator: Simulator;
	time: VirtualClock;
	sent: NodeMessage[];
	caught: CaughtMessage[];
	completed: NodeMessage[];
	/** Messages received by the node behind the second output. */
	progress: NodeMessage[];
	/** Warnings of the node. */
	readonly warned: string[];
	/** Warnings of another node, or of all. */
	warnings(nodeId?: string): string[];
	/** Every status, including those of instances that a deploy has replaced. */
	readonly shown: NodeStatus[];
	/** Node-RED's app for HTTP nodes, which the helper does not serve anywhere. */
	httpNode(): RequestListener;
	/** The runtime's own events, such as `flows:started`. */
	events(): EventEmitter;
	receive(msg: NodeMessage, nodeId?: string): void;
	/** The same with a message for the text-to-image deployment. */
	ask(msg?: object, nodeId?: string): void;
	/** Sends a message to a cancel node: for a topic, for one of those requests, or for all runs. */
	cancel(which?: { topic?: string; requestId?: unknown }): void;
	/** The states of the requests at RunComfy. */
	states(): string[];
	/** Bodies that RunComfy received on a route, such as `submit`. */
	bodies(route?: string): unknown[];
	/** Resolves when `count` messages have ended, plus a while in which a second end would show. */
	ended(count?: number): Promise<void>;
	/** @throws if the deploy does not start the flows */
	redeploy(
		type: 'full' | 'flows' | 'nodes',
		fields?: Record<string, unknown>,
		nodes?: object[],
	): Promise<void>;
	/** Stops the flows, runs `between`, and starts the flows again in the same process. */
	restart(fields?: Record<string, unknown>, between?: () => void | Promise<void>): Promise<void>;
	/** The same, but in another process, which has only the user directory of this one. */
	reborn: TestFlow['restart'];
	/** Kills the process. `revive` starts the next one, with the user directory as it was at the kill. */
	kill(): void;
	revive(fields?: Record<string, unknown>): Promise<void>;
	stop(): Promise<void>;
}

export interface FlowOptions {
	/** A whole flow instead of the one around `n`. An account without credentials gets the token. */
	flow?: (simulator: Simulator) => object[];
	/** Called before the flow is loaded, for example to create a journal. */
	before?: (simulator: Simulator) => Promise<void>;
	/** More nodes on the same tab. */
	nodes?: Array<Record<string, unknown>>;
	/** Files of Node-RED's own nodes that those nodes need, besides Catch and Complete. */
	core?: string[];
	/** Where the journal is; without it, there is none. */
	userDir?: string;
	simulator?: SimulatorOptions;
	config?: Record<string, unknown>;
	credentials?: Record<string, string>;
	/** Settings of Node-RED. */
	settings?: Record<string, unknown>;
	/** Wraps the nodes' host on its clock, for example to shorten its limits. */
	hostOf?: (host: Host) => Host;
}

/** Long enough to be taken for a secret. */
export const TOKEN = 'a-token-of-the-simulator';

// Without a position, Node-RED takes a node for a config node.
const ON_TAB = { z: 't', x: 0, y: 0 };
const WIRED = { wires: [['sent']] };

export async function startFlow(
	type: ActionType,
	fields: Record<string, unknown>,
	options: FlowOptions = {},
): Promise<TestFlow> {
	startFreshRuntime();
	const time = createVirtualClock(Date.UTC(2026, 0, 1), { idleTurns: 5 });
	const simulator = await createSimulator({ now: time.now, token: TOKEN, ...options.simulator });
	time.onJump(() => simulator.settle());
	await options.before?.(simulator);
	const { flow: whole, secrets } = split(options.flow?.(simulator));
	const accounts = whole?.filter(({ type }) => type === 'runcomfy-config') ?? [];

	const flow = {
		sent: [] as NodeMessage[],
		caught: [] as CaughtMessage[],
		completed: [] as NodeMessage[],
		progress: [] as NodeMessage[],
	};
	const around = (more: Record<string, unknown>) => [
		{ id: 't', type: 'tab', label: 'test' },
		{ id: 'cfg', type: 'runcomfy-config', baseUrl: simulator.url, ...options.config },
		{
			id: 'n',
			type,
			...ON_TAB,
			config: 'cfg',
			...WIRED,
			...('rows' in fields ? { inputMode: 'rows' } : {}),
			// Most tests look at what follows the checks, which have their own tests.
			...('rows' in fields || 'inputMode' in fields ? {} : { checkInputs: false }),
			...fields,
			...more,
		},
		{ id: 'catch', type: 'catch', ...ON_TAB, scope: null, uncaught: false, wires: [['caught']] },
		{ id: 'complete', type: 'complete', ...ON_TAB, scope: ['n'], wires: [['completed']] },
		...Object.keys(flow).map((id) => ({ id, type: 'helper', ...ON_TAB, wires: [] })),
		...['request', 'topic', 'all'].map((target) => ({
			id: `cancel ${target}`,
			type: 'runcomfy-cancel',
			...ON_TAB,
			config: 'cfg',
			target,
			wires: [],
		})),
		...(options.nodes ?? []).map((node) => ({ ...ON_TAB, ...node })),
	];
	const definition = (more: Record<string, unknown>) => whole ?? around(more);
	const { userDir } = options;
	const mortal =
		userDir === undefined ? undefined : new Mortal({ userDir, heard: () => Object.values(flow) });
	const { hostOf = (host) => mortal?.hostOf(host) ?? host } = options;
	const credentials = {
		cfg: { apiToken: simulator.token, ...options.credentials },
		...Object.fromEntries(accounts.map(({ id }) => [id, { apiToken: simulator.token }])),
		...secrets,
	};
	const register = (name: ActionType) =>
		dist<(RED: NodeAPI) => void>(`node-red/nodes/${name}/${name}.js`);

	let httpNode: RequestListener;
	let events: EventEmitter;
	helper.settings({ userDir: options.userDir, ...options.settings });
	const load = (more: Record<string, unknown>) =>
		helper.load(
			[
				(RED) => {
					({ httpNode, events } = RED);
					// Listens first, because the nodes may then end messages.
					events.off('flows:started', listen).prependListener('flows:started', listen);
					registerConfig(RED, (host) => hostOf(hostOnClock(createHost(host), time)));
					registerAdmin(RED);
				},
				...TYPES.map(register),
				registerSidebar,
				...(options.core ?? []).map(
					(file) => requireFromRoot(`@node-red/nodes/core/${file}`) as (RED: NodeAPI) => void,
				),
			],
			definition(more),
			credentials,
		);
	let wake = () => undefined as void;
	const heard = new WeakSet<Node>();
	const listen = () => {
		for (const [id, messages] of Object.entries(flow)) {
			// An error that reaches a Catch node has arrived; what follows is up to the flow.
			const node = helper.getNode(id === 'caught' ? 'catch' : id);
			// A deploy of modified nodes keeps the others.
			if (!node || heard.has(node)) continue;
			heard.add(node);
			node.on('input', (msg, _send, done) => {
				messages.push(msg as CaughtMessage);
				done();
				wake();
			});
		}
	};
	await load({});
	let stopped = false;

	const calls = (method: 'warn' | 'status', nodeId?: string) =>
		callsTo(helper.getNode(accounts[0]?.id ?? 'sent') as Node, method, nodeId);

	const receive: TestFlow['receive'] = (msg, nodeId = 'n') =>
		(helper.getNode(nodeId) as Node).receive(msg);

	const ask: TestFlow['ask'] = (msg, nodeId) =>
		receive({ deploymentId: simulator.deploymentIds.textToImage, ...msg }, nodeId);

	const restart: TestFlow['restart'] = async (more = {}, between = () => undefined) => {
		await helper.unload();
		await between();
		await load(more);
	};

	return {
		...flow,
		simulator,
		time,
		get warned() {
			return calls('warn', 'n').map(String);
		},
		warnings: (nodeId) => calls('warn', nodeId).map(String),
		get shown() {
			return calls('status', 'n') as NodeStatus[];
		},
		httpNode: () => httpNode,
		events: () => events,
		receive,
		ask,
		cancel(which = {}) {
			ask(which, `cancel ${'topic' in which ? 'topic' : 'requestId' in which ? 'request' : 'all'}`);
		},
		states: () => [...simulator.jobs.values()].map(({ state }) => state),
		bodies: (wanted = 'submit') =>
			simulator.requests.filter(({ route }) => route === wanted).map(({ body }) => body),
		async ended(count = 1) {
			while (flow.caught.length + flow.completed.length < count) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
			await turns(20);
		},
		async redeploy(deployType, more = {}, nodes = []) {
			await deploy(events, [...definition(more), ...nodes], deployType, credentials);
		},
		restart,
		async reborn(more = {}, between) {
			await mortal?.restart({ restart }, more, between);
		},
		kill: () => mortal?.kill(),
		async revive(more = {}) {
			await mortal?.revive({ restart }, more);
		},
		async stop() {
			if (stopped) return;
			stopped = true;
			// A test must leave nothing running.
			simulator.clearFaults();
			await deploy(events, [], 'full', credentials);
			await helper.unload();
			events.off('flows:started', listen);
			await simulator.close();
		},
	};
}

/** The nodes of a flow file, separate from their credentials, as an import stores them. */
function split(flow?: object[]) {
	const nodes = flow as Array<{ id: string; type: string; credentials?: object }> | undefined;
	return {
		flow: nodes?.map(({ credentials: _, ...node }) => node),
		secrets: Object.fromEntries(
			nodes?.flatMap(({ id, credentials }) => (credentials ? [[id, credentials]] : [])) ?? [],
		),
	};
}

/** Calls of a node, or of all, to log or to show a status: the helper spies on every node's methods. */
function callsTo(spied: Node, method: 'warn' | 'status', nodeId?: string): unknown[] {
	const { args, thisValues } = spied[method] as unknown as {
		args: unknown[][];
		thisValues: Node[];
	};
	const counts = (node?: Node) => nodeId === undefined || node?.id === nodeId;
	return args.filter((_call, index) => counts(thisValues[index])).map(([first]) => first);
}

/** Submits one request without the node under test; `query` is appended to the URL. */
export async function submitted(
	{ simulator }: Pick<TestFlow, 'simulator'>,
	query: Record<string, string> = {},
): Promise<{ requestId: string; deploymentId: string }> {
	const deploymentId = simulator.deploymentIds.textToImage;
	const path = `/prod/v1/deployments/${deploymentId}/inference?${new URLSearchParams(query)}`;
	const answer = await fetch(simulator.url + path, {
		method: 'POST',
		headers: { authorization: `Bearer ${simulator.token}`, 'content-type': 'application/json' },
		body: '{"overrides":{}}',
	});
	const { request_id: requestId } = (await answer.json()) as { request_id: string };
	return { requestId, deploymentId };
}

const ownCalls = new OwnCalls();

/**
 * Lets the event loop turn: a delivery between nodes takes one turn. Turns in which the disk or a call is busy do not
 * count.
 */
export async function turns(count: number): Promise<void> {
	for (let quiet = 0; quiet < count; ) {
		await exactTurns(1);
		if (!waitsForDisk() && !ownCalls.areOnTheirWay()) quiet += 1;
	}
}

/** One runtime for all tests of a file. Every flow that a test starts ends with the test. */
export function useFlows() {
	let open: TestFlow | undefined;
	beforeAll(async () => {
		ownCalls.start();
		await helper.startServer();
	});
	afterAll(async () => {
		await helper.stopServer();
		ownCalls.stop();
	});
	afterEach(async () => {
		await open?.stop();
		open = undefined;
	});
	return async (
		type: ActionType,
		fields: Record<string, unknown> = {},
		options: FlowOptions = {},
	): Promise<TestFlow> => {
		open = await startFlow(type, fields, options);
		return open;
	};
}

/** Stops the timers that the runtime waits for, until the test releases them. */
export function holdTimers() {
	jest.useFakeTimers({
		doNotFake: [
			...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
			...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
		],
	});
}

/**
 * Sends this many messages, and holds the virtual clock once RunComfy runs the request of each.
 * @returns a function that lets time pass again
 */
export async function running(flow: TestFlow, count = 1, send = (_at: number) => flow.ask()) {
	const release = flow.time.hold();
	for (let at = 0; at < count; at += 1) send(at);
	await eventually(() => flow.simulator.jobs.size).toBe(count);
	await eventually(() => flow.time.sleeping()).toBe(count);
	return release;
}

/** The number of messages at a node that have not reached the next nodes yet. */
export function countWorks(nodeId: string): number {
	return [...runs().values(), ...calls()].filter((work) => work.nodeId === nodeId).length;
}

/** The sidebar's list of runs, as an editor requests it from the runtime. */
export async function list(): Promise<JobList> {
	return (await helper.request().get('/runcomfy/jobs')).body as JobList;
}

/** Runs in progress in order of arrival, followed by ended runs, the latest first. */
export async function jobs(): Promise<JobList['jobs']> {
	return (await list()).jobs;
}

export async function endedJobs(): Promise<JobList['jobs']> {
	return (await jobs()).filter(({ state }) => state === 'ended');
}

export type Kept = JournalModule.Kept;

/** What an earlier process has left of a run, with usual values for everything that a test does not set. */
export const leftRun = (
	{ state = 'submitting', at = Date.UTC(2026, 0, 1) - 3_600_000, ...ids }: LeftReceipt,
	more: Partial<Kept> = {},
): Kept => ({
	nodeId: 'n',
	receipt: { ids, state, at },
	msg: { topic: 't' },
	plan: { output: { mode: 'files', nodeIds: [] }, timeoutMs: 0, cancelOnTimeout: false },
	seen: { arrivedAt: at },
	dueMs: 150_000,
	...more,
});

type LeftReceipt = Partial<Kept['receipt']> & Kept['receipt']['ids'];

/** The files of paid requests in a user directory, by name. */
export function filesIn(userDir: string): Map<string, string> {
	const folder = join(userDir, REQUESTS_FOLDER);
	const names = existsSync(folder) ? readdirSync(folder).sort() : [];
	return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Writes such files. */
export function writeFilesIn(userDir: string, files: ReadonlyMap<string, string>): void {
	const folder = join(userDir, REQUESTS_FOLDER);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const [name, text] of files) writeFileSync(join(folder, name), text);
}

/** What is kept in such files, also of messages that are just leaving. */
export function keptIn(files: ReadonlyMap<string, string>): Kept[] {
	const own = [...files].filter(([name]) => /\.(json|out)$/.test(name));
	return own.map(([, text]) => JSON.parse(text) as Kept);
}

export function useUserDir() {
	let userDir: string;
	beforeEach(() => {
		userDir = mkdtempSync(join(tmpdir(), 'runcomfy-user-dir-'));
	});
	afterEach(() => rmSync(userDir, { recursive: true, force: true }));
	return {
		get userDir() {
			return userDir;
		},
		/** The folder with the files of paid requests. */
		get folder() {
			return join(userDir, REQUESTS_FOLDER);
		},
		/** Writes files as an earlier process would have left them, with the names `left 0`, `left 1`, … */
		leave(...left: Kept[]) {
			const named = left.map((kept, at) => [`left ${at}.json`, JSON.stringify(kept)] as const);
			writeFilesIn(userDir, new Map(named));
		},
		files: () => filesIn(userDir),
		/** What is kept on disk. */
		onDisk: () => keptIn(filesIn(userDir)),
	};
}

interface RuntimeEvent {
	id?: string;
	payload?: { error?: string };
}

/** Deploys like the helper's `setFlows`, which gives the flows only 300 ms to start. */
async function deploy(
	events: EventEmitter,
	flows: object[],
	type: string,
	credentials: object,
): Promise<void> {
	const { _redNodes: runtime } = helper as unknown as {
		_redNodes: { setFlows(flows: object[], credentials: object, type: string): Promise<void> };
	};
	let over = () => undefined as void;
	const started = new Promise<void>((resolve, reject) => {
		const fail = ({ id, payload }: RuntimeEvent) => {
			if (id === 'runtime-state' && payload?.error) reject(new Error(payload.error));
		};
		events.once('flows:started', resolve);
		events.on('runtime-event', fail);
		over = () => {
			events.off('flows:started', resolve);
			events.off('runtime-event', fail);
		};
	});
	await Promise.all([started, runtime.setFlows(flows, credentials, type)]).finally(over);
}

/** A host on a virtual clock, which stands still while an exchange with the service is in progress. */
function hostOnClock(host: Host, clock: VirtualClock): Host {
	return {
		...host,
		sleep: (ms, signal) => clock.sleep(ms, signal),
		now: () => clock.now(),
		monotonic: () => clock.now() - EPOCH,
		async request(request) {
			const { stream, ...response } = await clock.holdFor(ownCalls.hold(host.request(request)));
			return stream ? { ...response, stream: onClock(stream, clock) } : response;
		},
	};
}

/** Passes the stream on, and stops the clock until it has been read or abandoned. */
function onClock(
	stream: AsyncIterable<Uint8Array>,
	clock: VirtualClock,
): AsyncIterable<Uint8Array> {
	const source = stream[Symbol.asyncIterator]();
	const release = clock.hold();
	return {
		[Symbol.asyncIterator]: () => ({
			async next() {
				const step = await source.next().catch((error: unknown) => {
					release();
					throw error;
				});
				if (step.done) release();
				return step;
			},
			async return() {
				release();
				return (await source.return?.()) ?? { done: true, value: undefined };
			},
		}),
	};
}
