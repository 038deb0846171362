// As much of n8n around its engine as parked executions need: a store, the address where they are resumed, the timer,
// and the loss of everything in memory. The engine, its contexts and the package are real; the stand-ins follow n8n's
// wait-tracker.ts (2.41), and the other files in this folder.
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
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
import { restartRuntime, type Rig } from './rig.mts';

const require = createRequire(import.meta.url);

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

export interface SmallN8n {
	start(
		json: WorkflowJson,
		options?: { inputs?: IDataObject[]; mode?: WorkflowExecuteMode },
	): Started;
	read(id: string): Stored;
	/** Starts an execution that parks, and ends its watcher. */
	park(...args: Parameters<SmallN8n['start']>): Promise<Started>;
	/** Does what n8n's timer does when the time of a parked execution has come. */
	timer(id: string): Promise<void>;
	/** Calls the resume address, as anybody may. */
	post(id: string, body?: unknown): Promise<Answer>;
	/** What the watcher of a parked execution sends with its call. */
	wake(id: string, ended?: readonly string[]): Promise<Answer>;
	/** The executions whose resume address was called so far. */
	calls: string[];
	/**
	 * A worker still stores what the node leaves after this; n8n without workers does not.
	 * @returns once the node, or its process, has ended
	 */
	stop(id: string, by?: 'worker' | 'main'): Promise<void>;
	remove(id: string): void;
	/** Kills n8n while this node runs, and starts it again. */
	crash(id: string, node: string): Promise<void>;
	/** Does what *Executions > Retry* does, also with a workflow that was saved since. */
	retry(id: string, saved?: WorkflowJson): Started;
	/** Loses everything in memory. The store stays, and so does the resume address if asked for. */
	restart(keepsAddress?: boolean): Promise<void>;
	/** Who answers under the resume address; `silent` is an n8n that takes too long for that. */
	answers: 'n8n' | 'nobody' | 'another server' | 'silent';
	/** What an expression reads as `$vars`. */
	variables: Record<string, string>;
	/** What is stored of a parked execution. */
	parkOf(id: string): Park;
	/** Changes the data that the engine is about to run with. */
	tamper: ((data: IRunExecutionData) => void) | undefined;
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

const ENDED = ['success', 'error', 'canceled'] as const;

export function useSmallN8n(rig: Rig): SmallN8n {
	const { WorkflowExecute } = require('n8n-core') as typeof Core;
	const { createRunExecutionData } = require('n8n-workflow') as typeof N8nWorkflow;
	const rows = new Map<string, Row>();
	let server: Server;
	let life = 0;
	const ends = new EventEmitter().setMaxListeners(0);
	let lastId = 1_000;
	let port = 0;

	const baseUrl = () => `http://127.0.0.1:${port}`;

	/** A process that was killed no longer calls RunComfy, since every call first asks for the credential. */
	const whileAlive = (helper: ICredentialsHelper): ICredentialsHelper => {
		const own = life;
		return Object.assign(Object.create(helper) as ICredentialsHelper, {
			authenticate: (...args: Parameters<ICredentialsHelper['authenticate']>) =>
				own === life ? helper.authenticate(...args) : new Promise<never>(() => undefined),
		});
	};

	const additionalData = (row: Row) => {
		const data = rig.engine.internals.additionalData(row.json);
		return {
			...data,
			credentialsHelper: whileAlive(data.credentialsHelper),
			executionId: row.id,
			webhookWaitingBaseUrl: `${baseUrl()}/webhook-waiting`,
			instanceBaseUrl: `${baseUrl()}/`,
			variables: n8n.variables,
			getRunExecutionData: async (id: string) => {
				const stored = rows.get(id)?.data;
				return stored === undefined ? undefined : flatted.parse(stored);
			},
		};
	};

	const execute = (row: Row, data: IRunExecutionData) => {
		const own = life;
		row.status = 'running';
		row.entries += 1;
		n8n.tamper?.(data);
		row.data = flatted.stringify(data);
		const engine = new WorkflowExecute(additionalData(row) as never, row.mode, data);
		const running = engine.processRunExecutionData(rig.engine.internals.workflow(row.json));
		row.cancel = () => running.cancel();
		const done = running.then((result) => {
			if (own !== life || !rows.has(row.id) || row.isClosed) return;
			row.data = flatted.stringify(result.data);
			row.status = result.status as Status;
			row.waitTill = result.waitTill ?? undefined;
		});
		row.left = Promise.race([done, once(ends, 'end')]);
		return done;
	};

	const post = async (
		id: string,
		suffix: string,
		query: URLSearchParams,
		body: unknown = {},
	): Promise<Answer> => {
		n8n.calls.push(id);
		const row = rows.get(id);
		return callWaiting(
			rig.engine.internals,
			row,
			{ id, suffix, query, body },
			{
				additionalData: row ? additionalData(row) : {},
				resume: (data) => void (row && execute(row, data)),
			},
		);
	};

	const listen = async () => {
		const handle = async (call: IncomingMessage) => {
			const { url = '' } = call;
			const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
			const [, , id = '', suffix = ''] = pathname.split('/');
			const body = await text(call);
			return post(id, suffix, searchParams, body === '' ? {} : JSON.parse(body));
		};
		server = createServer((request, response) => {
			if (n8n.answers === 'nobody') return void request.socket.destroy();
			if (n8n.answers === 'silent') return;
			if (n8n.answers === 'another server') return void response.writeHead(204).end();
			if (request.method === 'OPTIONS') {
				const { origin = '' } = request.headers;
				return void response.writeHead(204, { 'access-control-allow-origin': origin }).end();
			}
			void handle(request).then(({ status, body }) => {
				response.writeHead(status, { 'content-type': 'application/json' }).end(body);
			});
		});
		await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
		({ port } = server.address() as AddressInfo);
	};
	const close = () =>
		new Promise((resolve) => {
			server.close(resolve);
			server.closeAllConnections();
		});

	const read = (id: string): Stored => {
		const { status, data, waitTill, entries } = rows.get(id)!;
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
	};

	const parkOf = (data: IRunExecutionData) =>
		Object.values(data.executionData?.contextData ?? {}).flatMap(
			(kept) => parkedRun(kept)?.parked ?? [],
		)[0]!;

	const startedAs = (row: Row): Started => ({
		id: row.id,
		async until(...states: Status[]) {
			const wanted: readonly Status[] = states.length > 0 ? states : ENDED;
			await waitUntil(() => wanted.includes(row.status));
			return read(row.id);
		},
	});

	const begin = (json: WorkflowJson, mode: WorkflowExecuteMode, data: IRunExecutionData) => {
		lastId += 1;
		const id = String(lastId);
		const row: Row = { id, json, mode, status: 'running', data: '', entries: 0 };
		rows.set(id, row);
		void execute(row, data);
		return startedAs(row);
	};

	const n8n: SmallN8n = {
		calls: [],
		answers: 'n8n',
		variables: {},
		tamper: undefined,
		start(json, { inputs = [{}], mode = 'trigger' } = {}) {
			const start = rig.engine.internals.workflow(json).getNode(json.nodes[0]!.name)!;
			const main = [inputs.map((input) => ({ json: input }))];
			const data = createRunExecutionData({
				executionData: { nodeExecutionStack: [{ node: start, data: { main }, source: null }] },
			});
			return begin(json, mode, data);
		},
		read,
		async park(...args) {
			const goOn = rig.clock.hold();
			const started = n8n.start(...args);
			await started.until('waiting');
			await n8n.restart(true);
			goOn();
			return started;
		},
		parkOf: (id) => parkOf(n8n.read(id).stored),
		async timer(id) {
			const row = rows.get(id)!;
			if (row.status === 'waiting') await execute(row, flatted.parse(row.data));
		},
		post: (id, body = {}) => post(id, OWN_PATH, new URLSearchParams(), body),
		wake: (id, ended) => n8n.post(id, { secret: parkOf(read(id).stored).secret, ended }),
		async stop(id, by = 'worker') {
			const row = rows.get(id)!;
			row.isClosed = by === 'main';
			if (row.status === 'running') row.cancel?.();
			const data = flatted.parse(row.data);
			data.resultData.error = { message: 'The execution was cancelled manually' } as never;
			Object.assign(row, { status: 'canceled', data: flatted.stringify(data) });
			await row.left;
		},
		remove: (id) => void rows.delete(id),
		async crash(id, node) {
			const row = rows.get(id)!;
			await n8n.restart();
			const data = flatted.parse(row.data);
			noteCrash(data, node);
			Object.assign(row, { status: 'error', data: flatted.stringify(data) });
		},
		retry(id, saved) {
			const row = rows.get(id)!;
			const json = saved ?? row.json;
			const data = flatted.parse(row.data);
			makeRetry(data, saved && rig.engine.internals.workflow(json));
			return begin(json, 'retry', data);
		},
		async restart(keepsAddress = false) {
			if (!keepsAddress) port = 0;
			life += 1;
			ends.emit('end');
			restartRuntime();
			// What n8n makes of it at the next start.
			for (const row of rows.values()) if (row.status === 'running') row.status = 'waiting';
			await close();
			await listen();
		},
	};
	beforeAll(listen);
	afterEach(() => {
		restartRuntime();
		n8n.answers = 'n8n';
		n8n.variables = {};
		n8n.tamper = undefined;
		n8n.calls.length = 0;
		rows.clear();
	});
	afterAll(close);
	return n8n;
}
