// The parts of n8n around its engine that parked executions need: a store, the resume URL, the timer, and the loss of
// everything in memory. The engine, its contexts and the package are real; the stand-ins are modelled on n8n's
// wait-tracker.ts (2.41), and on the other files in this folder.
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
	/** Resolves once the execution is no longer running or, unless requested, waiting. */
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
	/** As stored in n8n's database. */
	data: string;
	waitTill?: Date | undefined;
	/** Cancels a running execution. */
	cancel?: () => void;
	/** Resolves once the execution, or its process, has ended. */
	left?: Promise<unknown>;
	/** Whether n8n no longer stores anything about the execution. */
	isClosed?: boolean;
	/** How often the engine was started with the execution. */
	entries: number;
}

/** n8n's error if it is told to park an execution that is not running. */
export const NOT_ACTIVE = 'No active execution found';

const ENDED = ['success', 'error', 'canceled'] as const;

export class SmallN8n {
	/** Executions whose resume URL was called so far. */
	calls: string[] = [];
	/** Who answers at the resume URL; `a redirect` is an n8n that redirects POST requests. */
	answers: 'n8n' | 'nobody' | 'another server' | 'a redirect' = 'n8n';
	/** Whether a worker is available to resume executions. */
	hasWorker = true;
	/** Host name in n8n's own URL. */
	hostname = '127.0.0.1';
	/** The value of `$vars` in expressions. */
	variables: Record<string, string> = {};
	/** Whether the credential has an expression, which n8n resolves only while the execution runs. */
	credentialHasExpression = false;
	/** Whether n8n uses the engine of its module `engine-v2` (2.41), which parks nothing and has UUIDs for ids. */
	hasNewEngine = false;
	/** Called when a node puts its execution to wait. If this throws, n8n rejects the wait. */
	whenPutToWait: ((id: string) => void) | undefined;
	/** Ids that a node has seen before, as stored by n8n. */
	seenBefore = new Set<string>();
	/** Changes the data that the engine is about to run with. */
	tamper: ((data: IRunExecutionData) => void) | undefined;
	private readonly rows = new Map<string, Row>();
	private readonly ends = new EventEmitter().setMaxListeners(0);
	private life = 0;
	/** The process that a piece of work belongs to. */
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

	/** The stored data of a parked execution. */
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

	/** Fires n8n's timer for a parked execution. */
	async timer(id: string): Promise<void> {
		const row = this.rows.get(id)!;
		if (row.status === 'waiting') await this.resume(row, flatted.parse(row.data));
	}

	/** Lets time pass, with n8n's timer, until the execution has ended. @throws if it has not after this time */
	async live(id: string, mostMs: number): Promise<Stored> {
		const { clock } = this.rig;
		const end = clock.now() + mostMs;
		while (clock.now() < end) {
			const { status, waitTill } = this.read(id);
			if (status === 'waiting' && waitTill!.getTime() <= clock.now()) void this.timer(id);
			else if (status !== 'waiting' && status !== 'running') return this.read(id);
			await clock.sleep(1_000);
		}
		throw new Error(`It is still ${this.read(id).status} after ${mostMs} ms`);
	}

	/** Calls the resume URL, as anybody may. */
	post(id: string, body: unknown = {}): Promise<Answer> {
		return this.call(id, OWN_PATH, new URLSearchParams(), body);
	}

	/** Calls the resume URL as the watcher of a parked execution does. */
	wake(id: string, ended?: readonly string[]): Promise<Answer> {
		return this.post(id, { secret: this.parkOf(id).secret, ended });
	}

	/**
	 * After this, a worker still stores the node's output; n8n without workers does not.
	 * @returns once the node, or its process, has ended
	 */
	stop(id: string, by: 'worker' | 'main' = 'worker'): Promise<void> {
		return this.cancel(id, 'The execution was cancelled manually', by);
	}

	/** Ends the execution as n8n does at the workflow's timeout. */
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

	/** Kills n8n while this node runs, and restarts it. */
	async crash(id: string, node: string): Promise<void> {
		const row = this.rows.get(id)!;
		await this.restart();
		const data = flatted.parse(row.data);
		noteCrash(data, node);
		Object.assign(row, { status: 'error', data: flatted.stringify(data) });
	}

	/** *Executions > Retry*, also with a workflow that was saved since. */
	retry(id: string, saved?: WorkflowJson): Started {
		const row = this.rows.get(id)!;
		const json = saved ?? row.json;
		const data = flatted.parse(row.data);
		makeRetry(data, saved && this.rig.engine.internals.workflow(json));
		return this.begin(json, 'retry', data);
	}

	/** Loses everything in memory. The store is kept, and so is the resume URL if requested. */
	async restart(keepsAddress = false): Promise<void> {
		if (!keepsAddress) this.port = 0;
		this.life += 1;
		this.ends.emit('end');
		restartRuntime();
		// As n8n does at its next start.
		for (const row of this.rows.values()) if (row.status === 'running') row.status = 'waiting';
		await this.close();
		await this.listen();
	}

	async listen(): Promise<void> {
		this.server = createServer((request, response) => {
			if (this.answers === 'nobody') return void request.socket.destroy();
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

	/** n8n's list of ids that a node has seen. Writes by a killed process have no effect. */
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

	/** Resets everything for the next test. */
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

	/** A killed process no longer calls RunComfy: every call asks for the credential first. */
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

/** Call this once in a test file. */
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
 * Long runs, for test files whose executions park. Each test has its own deployment, because such runs occupy its
 * machines.
 */
export function useLongRuns(rig: Rig, n8n: SmallN8n) {
	const runs = {
		deploymentId: '',
		toRun: (options: Json = {}, more: Json = {}): Parameters =>
			rig.toRun({ deploymentId: byId(runs.deploymentId), ...more, options }),
		/** The node under test, and a node that receives its item. */
		stepsOf(options: Json = {}, more: Json = {}, settings: Json = {}): WorkflowJson {
			const next = { operation: 'getStatus', requestId: '={{ $json.request_id }}' };
			return workflowOf(
				{ parameters: runs.toRun(options, more), settings },
				{ parameters: { ...runs.toRun(), ...next } },
			);
		},
		end: () => rig.clock.elapse(LONG_MS),
		/** Lets n8n's timer resume the execution this many times, each time after all runs have ended. */
		async comeBack(id: string, times = 1) {
			for (let done = 0; done < times; done += 1) {
				runs.end();
				await n8n.timer(id);
			}
		},
	};
	beforeEach(async () => {
		runs.deploymentId = rig.copyOf();
		rig.simulator.update({ latencyMs: LONG_MS });
	});
	return runs;
}
