// The trigger behind an HTTP server that acts like n8n: it parses the body, calls `webhook()`, stores the static data,
// runs the workflow, and answers.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach } from '@jest/globals';
import type * as Core from 'n8n-core';
import type * as N8n from 'n8n-workflow';
import type { Outcome, WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';
import {
	byId,
	type DeploymentName,
	type Json,
	restartRuntime,
	type Rig,
	workflowOf,
} from './rig.mts';

const require = createRequire(import.meta.url);
const core = require('n8n-core') as typeof Core;
const n8n = require('n8n-workflow') as typeof N8n;

const NODE = 'RunComfy Trigger';

/** Where n8n stores the node's static data. */
const STATIC = `node:${NODE}`;

export interface TriggerOptions {
	parameters?: Json;
	mode?: 'webhook' | 'manual';
	/** Fields of the node other than its parameters. */
	settings?: Json;
	/** Requests that had already started the workflow. */
	started?: readonly string[];
}

export interface Request {
	requestId: string;
	deploymentId: string;
}

/** Submits a request with these parameters. */
export async function submitted(rig: Rig, more: Json = {}): Promise<Request> {
	const outcome = await rig.runNode(rig.toSubmit(more));
	const { json } = outcome.items('Step 1')[0]!;
	return { requestId: String(json['request_id']), deploymentId: String(json['deployment_id']) };
}

/** A request that has ended. */
export function ended(rig: Rig, name: DeploymentName = 'textToImage'): Promise<Request> {
	rig.simulator.update({ latencyMs: 0 });
	return submitted(rig, { deploymentId: byId(rig.simulator.deploymentIds[name]) });
}

/** The requests of the executions that were started. */
export const idsOf = ({ executions }: Trigger) =>
	executions.map((one) => one.items(NODE)[0]?.json['request_id']);

const opened: Trigger[] = [];

/** Closes everything that a test has opened. Call this once in a file. */
export function closeTriggers(): void {
	afterEach(async () => {
		restartRuntime();
		for (const trigger of opened.splice(0)) await trigger.close();
	});
}

export async function startTrigger(rig: Rig, options: TriggerOptions = {}): Promise<Trigger> {
	const trigger = new Trigger(rig, options);
	await trigger.listen();
	opened.push(trigger);
	return trigger;
}

export class Trigger {
	/** The URL that RunComfy is to call. */
	url = '';
	/** The executions that were started, in order. */
	readonly executions: Outcome[] = [];
	/** n8n's log. */
	readonly logged: string[] = [];
	/** Descriptions of errors thrown by calls: n8n shows each as a failed execution. */
	readonly hints: string[] = [];
	private readonly json: WorkflowJson;
	private readonly mode: 'webhook' | 'manual';
	private readonly running: Array<Promise<unknown>> = [];
	/** n8n's database when it stores a new execution: a test may let it fail. */
	database: () => Promise<unknown> = async () => undefined;
	/** As JSON. */
	private data = 'null';
	private readonly server = createServer((request, response) => {
		void this.serve(request, response);
	});

	constructor(
		private readonly rig: Rig,
		{ mode = 'webhook', parameters = {}, settings = {}, started }: TriggerOptions,
	) {
		this.mode = mode;
		if (started) this.data = JSON.stringify({ [STATIC]: { started } });
		const json = workflowOf();
		const node = {
			...json.nodes[0],
			name: NODE,
			type: 'n8n-nodes-runcomfy.runComfyTrigger',
			parameters: { statuses: ['canceled', 'failed', 'succeeded'], ...parameters },
			...settings,
		};
		this.json = { ...json, nodes: [node], connections: {} };
	}

	async listen(): Promise<void> {
		this.server.listen(0, '127.0.0.1');
		await once(this.server, 'listening');
		const { port } = this.server.address() as AddressInfo;
		this.url = `http://127.0.0.1:${port}/webhook/5b1f6a0e/runcomfy`;
	}

	/** Posts an object as JSON, and returns the HTTP status. */
	async post(body: object, query = ''): Promise<number> {
		const reply = await fetch(this.url + query, { method: 'POST', body: JSON.stringify(body) });
		await reply.arrayBuffer();
		await Promise.all(this.running);
		return reply.status;
	}

	/** Posts the callback of a request. */
	callBack({ requestId, deploymentId }: Request, query?: string): Promise<number> {
		const ids = { request_id: requestId, deployment_id: deploymentId };
		return this.post({ ...ids, status: 'succeeded' }, query);
	}

	/** The items of the only execution. */
	items(): N8n.INodeExecutionData[] {
		const [outcome, ...more] = this.executions;
		if (!outcome || more.length > 0) {
			throw new Error(`${this.executions.length} executions were started, not one`);
		}
		if (outcome.error) throw outcome.error;
		return outcome.items(NODE);
	}

	/** Resolves when all executions that have started so far have ended. */
	async settled(): Promise<void> {
		await new Promise((resolve) => setImmediate(resolve));
		await Promise.all(this.running);
	}

	/** Data that n8n has stored. */
	stored(): Json {
		return (JSON.parse(this.data) ?? {}) as Json;
	}

	/** The requests in that data that have started the workflow. */
	started(): string[] {
		const { started = [] } = (this.stored()[STATIC] ?? {}) as { started?: string[] };
		return started;
	}

	async close(): Promise<void> {
		await Promise.all(this.running);
		this.server.closeAllConnections();
		this.server.close();
		await once(this.server, 'close');
	}

	private async serve(request: IncomingMessage & { body?: unknown }, response: ServerResponse) {
		const express = toExpress(response);
		request.body = JSON.parse(await text(request));
		const { rig, json, mode } = this;
		const workflow = rig.engine.internals.workflow(json);
		const stored = JSON.parse(this.data) as Json | null;
		workflow.staticData = observe(stored ?? {}) as typeof workflow.staticData;
		const node = workflow.getNode(NODE)!;
		const additional = rig.engine.internals.additionalData(json, mode);
		const context = new core.WebhookContext(
			workflow,
			node,
			Object.assign(additional, { httpRequest: request, httpResponse: express }),
			mode,
			{ webhookDescription: { name: 'default' } } as never,
			[],
			null,
		);
		const log = (line: string) => void this.logged.push(line);
		Object.defineProperty(context, 'logger', { value: { info: log, warn: log, error: log } });
		const type = rig.engine.internals.nodeTypes.getByNameAndVersion(node.type, 1) as N8n.INodeType;
		let answer: N8n.IWebhookResponseData;
		try {
			answer = await type.webhook!.call(context as unknown as N8n.IWebhookFunctions);
			if (answer.workflowData) await this.database();
		} catch (error) {
			log(String(error));
			this.hints.push(String((error as N8n.NodeApiError).description));
			return express.status(500).json({ message: 'Workflow could not be started' });
		}
		if (answer.workflowData) {
			// n8n stores the execution, and answers while it runs.
			const items = JSON.parse(JSON.stringify(answer.workflowData[0])) as N8n.INodeExecutionData[];
			const done = rig.engine.run(json, { items, mode }).outcome;
			this.running.push(done.then((outcome) => this.executions.push(outcome)));
			// Before that, n8n builds another workflow from the database, with the same static data.
			if (stored) observe(stored);
		}
		const { responseData = 'firstEntryJson' } = type.description.webhooks![0]!;
		const body: unknown = (answer.workflowData && responseData) || answer.webhookResponse;
		const { staticData } = workflow as unknown as { staticData: Json };
		if (mode === 'webhook' && staticData['__dataChanged']) this.data = JSON.stringify(staticData);
		if (!answer.noWebhookResponse) express.status(200).json(body);
	}
}

/** Observes the static data as n8n's class `Workflow` does. */
function observe(staticData: Json) {
	const create = n8n.ObservableObject.create as (...args: unknown[]) => Json;
	return create(staticData, undefined, { ignoreEmptyOnFirstChild: true });
}

type Express = ServerResponse & { status(code: number): Express; json(body: unknown): void };

/** The parts of Express's response that nodes use. */
function toExpress(response: ServerResponse): Express {
	const express: Express = Object.assign(response, {
		status(code: number) {
			response.statusCode = code;
			return express;
		},
		json(body: unknown) {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(body));
		},
	});
	return express;
}
