// As much of n8n around its engine as parked executions need: a store, the address where they are resumed, the timer,
// and the loss of everything in memory. The engine, its contexts and the package are real; the stand-ins follow n8n's
// wait-tracker.ts (2.41), and the other files in this folder.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import type * as Core from 'n8n-core';
import type * as N8nWorkflow from 'n8n-workflow';
import type {
	ICredentialsHelper,
	IDataObject,
	INodeExecutionData,
	IRunExecutionData,
	ITaskData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import type * as Entries from '../../../nodes/RunComfy/session/ledger.ts';
import type { Park } from '../../../nodes/RunComfy/session/ledger.ts';
import type * as Wake from '../../../nodes/RunComfy/wait/wake.ts';
import type { ExecutionFault, WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';
import { waitUntil } from '../../support/expect.mts';
import { type Answer, callWaiting, flatted, makeRetry, noteCrash } from './outside.mjs';
import { byId, type Json, type Parameters, restartRuntime, type Rig, workflowOf } from './rig.mts';

const require = createRequire(import.meta.url);
const { DataDeduplicationService, WorkflowExecute } = require('n8n-core') as typeof Core;
const { createRunExecutionData } = require('n8n-workflow') as typeof N8nWorkflow;

const { RESUME_PATH: OWN_PATH } =
	require('../../../dist/nodes/RunComfy/wait/wake.js') as typeof Wake;

const { parkedRun } = require('../../../dist/nodes/RunComfy/session/ledger.js') as typeof Entries;

export type Status = 'running' | 'waiting' | 'success' | 'error' | 'canceled';

export interface Started {
	id: string;
	/** Resolves once it neither runs nor, unless asked for, waits. */
	until(...states: Status[]): Promise<Stored>;
}

export interface Stored {
	status: Status;
	error: ExecutionFault | undefined;
	runData: Record<string, ITaskData[]>;
	items(node: string, output?: number): INodeExecutionData[];
	stored: IRunExecutionData;
	waitTill: Date | undefined;
	entries: number;
}

interface Row {
	id: string;
	json: WorkflowJson;
	mode: WorkflowExecuteMode;
	status: Status;
	/** Stored as in n8n's database. */
	data: string;
	waitTill?: Date | undefined;
	/** Ends what runs. */
	cancel?: () => void;
	/** Resolves once the execution, or its process, has ended. */
	left?: Promise<unknown>;
	/** Whether n8n no longer stores anything of it. */
	isClosed?: boolean;
	/** How often the engine was started with it. */
	entries: number;
}

/** What n8n says if it is to park what it does not run. */
export const NOT_ACTIVE = 'No active execution found';

const ENDED = ['success', 'error', 'canceled'] as const;

export class SmallN8n {
	/** The executions whose resume address was called so far. */
	calls: string[] = [];
	/**
	 * Who answers under the resume address; `silent` is an n8n that takes too long for that, and `a redirect` one that
	 * redirects what is posted there.
	 */
	answers: 'n8n' | 'nobody' | 'another server' | 'a redirect' | 'silent' = 'n8n';
	/** Whether there is a worker to go on with what is resumed. */
	hasWorker = true;
	/** Of the address at which n8n believes to be. */
	hostname = '127.0.0.1';
	/** What an expression reads as `$vars`. */
	variables: Record<string, string> = {};
	/** Whether the credential has an expression, which n8n resolves only while the execution runs. */
	credentialHasExpression = false;
	/** Whether it has the engine of n8n 2.41's module `engine-v2`, which parks nothing and has UUIDs for ids. */
	hasNewEngine = false;
	/** Called when a node puts its execution to wait. If it throws, n8n does not take that. */
	whenPutToWait: ((id: string) => void) | undefined;
	/** What a node has seen before, as n8n stores it. */
	seenBefore = new Set<string>();
	/** Changes the data that the engine is about to run with. */
	tamper: ((data: IRunExecutionData) => void) | undefined;
	private readonly rows = new Map<string, Row>();
	private readonly ends = new EventEmitter().setMaxListeners(0);
	private life = 0;
	/** Which process a piece of work belongs to. */
	private readonly processes = new AsyncLocalStorage<{ life: number }>();
	private lastId = 1_000;
	private server!: Server;
	private port = 0;

	constructor(private readonly rig: Rig) {}

	start(
		json: WorkflowJson,
		{
			inputs = [{}],
			mode = 'trigger',
		}: { inputs?: IDataObject[]; mode?: WorkflowExecuteMode } = {},
	): Started {
		const node = this.rig.engine.internals.workflow(json).getNode(json.nodes[0]!.name)!;
		const main = [inputs.map((input) => ({ json: input }))];
		const data = createRunExecutionData({
			executionData: { nodeExecutionStack: [{ node, data: { main }, source: null }] },
		});
		return this.begin(json, mode, data);
	}

	read(id: string): Stored {
		const { status, data, waitTill, entries } = this.rows.get(id)!;
		const stored = flatted.parse(data);
		const { runData, error } = stored.resultData;
		return {
			status,
			error: error as ExecutionFault | undefined,
			runData,
			items: (node, output = 0) => runData[node]?.at(-1)?.data?.['main']?.[output] ?? [],
			stored,
			waitTill,
			entries,
		};
	}

	/** What is stored of a parked execution. */
	parkOf(id: string): Park {
		const { contextData = {} } = this.read(id).stored.executionData ?? {};
		return Object.values(contextData).flatMap((kept) => parkedRun(kept)?.parked ?? [])[0]!;
	}

	/** Starts an execution that parks, and ends its watcher. */
	async park(...args: globalThis.Parameters<SmallN8n['start']>): Promise<Started> {
		const goOn = this.rig.clock.hold();
		const started = this.start(...args);
		await started.until('waiting');
		await this.restart(true);
		goOn();
		return started;
	}

	/** Does what n8n's timer does when the time of a parked execution has come. */
	async timer(id: string): Promise<void> {
		const row = this.rows.get(id)!;
		if (row.status === 'waiting') await this.resume(row, flatted.parse(row.data));
	}

	/** Calls the resume address, as anybody may. */
	post(id: string, body: unknown = {}): Promise<Answer> {
		return this.call(id, OWN_PATH, new URLSearchParams(), body);
	}

	/** What the watcher of a parked execution sends with its call. */
	wake(id: string, ended?: readonly string[]): Promise<Answer> {
		return this.post(id, { secret: this.parkOf(id).secret, ended });
	}

	/**
	 * A worker still stores what the node leaves after this; n8n without workers does not.
	 * @returns once the node, or its process, has ended
	 */
	stop(id: string, by: 'worker' | 'main' = 'worker'): Promise<void> {
		return this.cancel(id, 'The execution was cancelled manually', by);
	}

	/** Does what n8n does when the timeout in the settings of the workflow has passed. */
	timeOut(id: string): Promise<void> {
		return this.cancel(id, 'The execution was cancelled because it timed out', 'worker');
	}

	private async cancel(id: string, message: string, by: 'worker' | 'main'): Promise<void> {
		const row = this.rows.get(id)!;
		row.isClosed = by === 'main';
		if (row.status === 'running') row.cancel?.();
		const data = flatted.parse(row.data);
		data.resultData.error = { message } as never;
		Object.assign(row, { status: 'canceled', data: flatted.stringify(data) });
		await row.left;
	}

	remove(id: string): void {
		this.rows.delete(id);
	}

	/** Kills n8n while this node runs, and starts it again. */
	async crash(id: string, node: string): Promise<void> {
		const row = this.rows.get(id)!;
		await this.restart();
		const data = flatted.parse(row.data);
		noteCrash(data, node);
		Object.assign(row, { status: 'error', data: flatted.stringify(data) });
	}

	/** Does what *Executions > Retry* does, also with a workflow that was saved since. */
	retry(id: string, saved?: WorkflowJson): Started {
		const row = this.rows.get(id)!;
		const json = saved ?? row.json;
		const data = flatted.parse(row.data);
		makeRetry(data, saved && this.rig.engine.internals.workflow(json));
		return this.begin(json, 'retry', data);
	}

	/** Loses everything in memory. The store stays, and so does the resume address if asked for. */
	async restart(keepsAddress = false): Promise<void> {
		if (!keepsAddress) this.port = 0;
		this.life += 1;
		this.ends.emit('end');
		restartRuntime();
		// What n8n makes of it at the next start.
		for (const row of this.rows.values()) if (row.status === 'running') row.status = 'waiting';
		await this.close();
		await this.listen();
	}

	async listen(): Promise<void> {
		this.server = createServer((request, response) => {
			if (this.answers === 'nobody') return void request.socket.destroy();
			if (this.answers === 'silent') return;
			if (this.answers === 'another server') return void response.writeHead(204).end();
			if (request.method === 'OPTIONS') {
				const { origin = '' } = request.headers;
				return void response.writeHead(204, { 'access-control-allow-origin': origin }).end();
			}
			if (this.answers === 'a redirect' && !request.url?.startsWith('/moved')) {
				return void response.writeHead(308, { location: `/moved${request.url}` }).end();
			}
			void this.handle(request).then(({ status, body }) => {
				response.writeHead(status, { 'content-type': 'application/json' }).end(body);
			});
		});
		await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
		({ port: this.port } = this.server.address() as AddressInfo);
	}

	close(): Promise<unknown> {
		return new Promise((resolve) => {
			this.server.close(resolve);
			this.server.closeAllConnections();
		});
	}

	/** What n8n does with the list of what a node has seen before. Nothing that a killed process does reaches it. */
	readonly seenList = {
		checkProcessedAndRecord: (ids: string[]) => this.ofThisLife(() => this.note(ids)),
		removeProcessed: (ids: string[]) =>
			this.ofThisLife(() => ids.forEach((id) => this.seenBefore.delete(id))),
	};

	private ofThisLife<T>(work: () => T): Promise<T> {
		const { life = this.life } = this.processes.getStore() ?? {};
		if (life !== this.life) return Promise.reject(new Error('The process was killed'));
		return Promise.resolve(work());
	}

	private note(ids: string[]) {
		const fresh = ids.filter((id) => !this.seenBefore.has(id));
		for (const id of fresh) this.seenBefore.add(id);
		return { new: fresh, processed: ids.filter((id) => !fresh.includes(id)) };
	}

	/** For the next test. */
	reset(): void {
		restartRuntime();
		this.answers = 'n8n';
		this.hasWorker = true;
		this.variables = {};
		this.credentialHasExpression = false;
		this.seenBefore = new Set();
		this.tamper = undefined;
		this.hasNewEngine = false;
		this.whenPutToWait = undefined;
		this.calls.length = 0;
		this.rows.clear();
	}

	private async handle(call: IncomingMessage): Promise<Answer> {
		const { pathname, searchParams } = new URL(call.url ?? '', 'http://127.0.0.1');
		const [, , id = '', suffix = ''] = pathname.split('/');
		const body = await text(call);
		return this.call(id, suffix, searchParams, body === '' ? {} : JSON.parse(body));
	}

	private call(id: string, suffix: string, query: URLSearchParams, body: unknown): Promise<Answer> {
		this.calls.push(id);
		const row = this.rows.get(id);
		const host = {
			additionalData: row ? this.additionalData(row) : {},
			resume: (data: IRunExecutionData) => void (row && this.resume(row, data)),
		};
		return callWaiting(this.rig.engine.internals, row, { id, suffix, query, body }, host);
	}

	private async resume(row: Row, data: IRunExecutionData): Promise<void> {
		row.status = 'running';
		if (this.hasWorker) await this.execute(row, data);
	}

	private begin(json: WorkflowJson, mode: WorkflowExecuteMode, data: IRunExecutionData): Started {
		this.lastId += 1;
		const id = this.hasNewEngine ? randomUUID() : String(this.lastId);
		const row: Row = { id, json, mode, status: 'running', data: '', entries: 0 };
		this.rows.set(id, row);
		void this.execute(row, data);
		return {
			id,
			until: async (...states) => {
				const wanted: readonly Status[] = states.length > 0 ? states : ENDED;
				await waitUntil(() => wanted.includes(row.status));
				return this.read(id);
			},
		};
	}

	private execute(row: Row, data: IRunExecutionData): Promise<void> {
		const own = this.life;
		row.status = 'running';
		row.entries += 1;
		this.tamper?.(data);
		row.data = flatted.stringify(data);
		const engine = new WorkflowExecute(this.additionalData(row) as never, row.mode, data);
		const workflow = this.rig.engine.internals.workflow(row.json);
		const running = this.processes.run({ life: own }, () =>
			engine.processRunExecutionData(workflow),
		);
		row.cancel = () => running.cancel();
		const done = running.then((result) => {
			if (own !== this.life || !this.rows.has(row.id) || row.isClosed) return;
			row.data = flatted.stringify(result.data);
			row.status = result.status as Status;
			row.waitTill = result.waitTill ?? undefined;
		});
		row.left = Promise.race([done, once(this.ends, 'end')]);
		return done;
	}

	private additionalData(row: Row) {
		const data = this.rig.engine.internals.additionalData(row.json);
		const baseUrl = `http://${this.hostname}:${this.port}/`;
		return {
			...data,
			credentialsHelper: this.whileAlive(data.credentialsHelper, row),
			executionId: row.id,
			webhookWaitingBaseUrl: `${baseUrl}webhook-waiting`,
			instanceBaseUrl: baseUrl,
			variables: this.variables,
			setExecutionStatus: () => {
				if (this.hasNewEngine) throw new Error(NOT_ACTIVE);
				this.whenPutToWait?.(row.id);
			},
			getRunExecutionData: async (id: string) => {
				const stored = this.rows.get(id)?.data;
				return stored === undefined ? undefined : flatted.parse(stored);
			},
		};
	}

	/** A process that was killed no longer calls RunComfy, since every call first asks for the credential. */
	private whileAlive(helper: ICredentialsHelper, row: Row): ICredentialsHelper {
		const own = this.life;
		return Object.assign(Object.create(helper) as ICredentialsHelper, {
			getDecrypted: async (...args: globalThis.Parameters<ICredentialsHelper['getDecrypted']>) => {
				if (!this.credentialHasExpression || row.status === 'running') {
					return helper.getDecrypted(...args);
				}
				throw new Error('No bridge acquired for this context');
			},
			authenticate: (...args: globalThis.Parameters<ICredentialsHelper['authenticate']>) =>
				own === this.life ? helper.authenticate(...args) : new Promise<never>(() => undefined),
		});
	}
}

/** For a whole test file. */
export function useSmallN8n(rig: Rig): SmallN8n {
	const n8n = new SmallN8n(rig);
	beforeAll(() => n8n.listen());
	beforeEach(() => {
		jest.spyOn(DataDeduplicationService, 'getInstance').mockReturnValue(n8n.seenList as never);
	});
	afterEach(() => n8n.reset());
	afterAll(() => n8n.close());
	return n8n;
}

/** An hour: no test waits for the end of such a run. */
export const LONG_MS = 3_600_000;

/**
 * Long runs, in a test file whose executions park. Each test has a deployment of its own, because n8n's process
 * remembers how long the runs of each take.
 */
export function useLongRuns(rig: Rig, n8n: SmallN8n) {
	const runs = {
		deploymentId: '',
		toRun: (options: Json = {}, more: Json = {}): Parameters =>
			rig.toRun({ deploymentId: byId(runs.deploymentId), ...more, options }),
		/** The node that runs, and one that gets its item. */
		stepsOf(options: Json = {}, more: Json = {}, settings: Json = {}): WorkflowJson {
			const next = { operation: 'getStatus', requestId: '={{ $json.request_id }}' };
			return workflowOf(
				{ parameters: runs.toRun(options, more), settings },
				{ parameters: { ...runs.toRun(), ...next } },
			);
		},
		end: () => rig.clock.elapse(LONG_MS),
		/** n8n's timer resumes the execution so many times, after all runs have ended each time. */
		async comeBack(id: string, times = 1) {
			for (let done = 0; done < times; done += 1) {
				runs.end();
				await n8n.timer(id);
			}
		},
	};
	beforeEach(async () => {
		runs.deploymentId = await rig.copyOf();
		rig.simulator.update({ latencyMs: LONG_MS });
	});
	return runs;
}
