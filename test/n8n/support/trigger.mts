// The trigger behind an HTTP server that treats it as n8n treats a webhook: it parses the body, calls `webhook()`,
// keeps the static data, runs the workflow, and answers.
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

/** Where n8n stores what the node remembers. */
const STATIC = `node:${NODE}`;

export interface TriggerOptions {
	parameters?: Json;
	mode?: 'webhook' | 'manual';
	/** Fields of the node other than its parameters. */
	settings?: Json;
	/** The events that n8n has stored for the trigger before. */
	delivered?: readonly string[];
}

export interface Request {
	requestId: string;
	deploymentId: string;
}

/** A request that was submitted with these parameters. */
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

/** Closes what a test has opened. To be called once in a file. */
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
	/** The address that RunComfy is to call. */
	url = '';
	/** The executions that were started, in order. */
	readonly executions: Outcome[] = [];
	/** What n8n logs. */
	readonly logged: string[] = [];
	/** The descriptions of the errors that calls have ended in: n8n shows each as a failed execution. */
	readonly hints: string[] = [];
	private readonly json: WorkflowJson;
	private readonly mode: 'webhook' | 'manual';
	private readonly running: Array<Promise<unknown>> = [];
	/** What n8n's database does with a new execution: a test may have it fail or wait. */
	database: () => Promise<unknown> = async () => undefined;
	/** As JSON. */
	private data = 'null';
	/** Is told of the response of a call whose execution is about to be stored. */
	private storing = (_response: ServerResponse) => undefined as void;
	private readonly server = createServer((request, response) => {
		void this.serve(request, response);
	});

	constructor(
		private readonly rig: Rig,
		{ mode = 'webhook', parameters = {}, settings = {}, delivered }: TriggerOptions,
	) {
		this.mode = mode;
		if (delivered) this.data = JSON.stringify({ [STATIC]: { delivered } });
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

	/** Posts an object as JSON, and gives the HTTP status of the answer. */
	async post(body: object, query = ''): Promise<number> {
		const reply = await this.send(body, query);
		await Promise.all(this.running);
		return reply.status;
	}

	/** Posts the callback of a request. */
	callBack(ref: Request, query?: string, status = 'succeeded'): Promise<number> {
		return this.post({ ...fieldsOf(ref), status }, query);
	}

	/** The items of the execution, if there is only one. */
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

	/** What n8n has stored. */
	stored(): Json {
		return (JSON.parse(this.data) ?? {}) as Json;
	}

	/** The events among it. */
	delivered(): string[] {
		const { delivered = [] } = (this.stored()[STATIC] ?? {}) as { delivered?: string[] };
		return delivered;
	}

	/** Posts the callback of a request, and hangs up as soon as n8n is about to store its execution. */
	async hangUp(ref: Request): Promise<void> {
		const leave = new AbortController();
		const storing = new Promise<ServerResponse>((resolve) => (this.storing = resolve));
		const body = { ...fieldsOf(ref), status: 'succeeded' };
		const call = this.send(body, '', leave.signal).catch(() => undefined);
		const noticed = once(await storing, 'close');
		leave.abort();
		await Promise.all([call, noticed]);
	}

	async close(): Promise<void> {
		await Promise.all(this.running);
		this.server.closeAllConnections();
		this.server.close();
		await once(this.server, 'close');
	}

	private async send(body: object, query: string, signal: AbortSignal | null = null) {
		const init = { method: 'POST', body: JSON.stringify(body), signal };
		const reply = await fetch(this.url + query, init);
		await reply.arrayBuffer();
		return reply;
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
			if (answer.workflowData) {
				this.storing(response);
				await this.database();
			}
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
			// Before that, n8n builds another workflow from what it has read, with the same static data.
			if (stored) observe(stored);
		}
		const { responseData = 'firstEntryJson' } = type.description.webhooks![0]!;
		const body: unknown = (answer.workflowData && responseData) || answer.webhookResponse;
		const { staticData } = workflow as unknown as { staticData: Json };
		if (mode === 'webhook' && staticData['__dataChanged']) this.data = JSON.stringify(staticData);
		if (!answer.noWebhookResponse) express.status(200).json(body);
	}
}

const fieldsOf = ({ requestId, deploymentId }: Request) => ({
	request_id: requestId,
	deployment_id: deploymentId,
});

/** What n8n's class `Workflow` does with the static data. */
function observe(staticData: Json) {
	const create = n8n.ObservableObject.create as (...args: unknown[]) => Json;
	return create(staticData, undefined, { ignoreEmptyOnFirstChild: true });
}

type Express = ServerResponse & { status(code: number): Express; json(body: unknown): void };

/** As much of Express's response as nodes use. */
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
