import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	attachedReceipt,
	type Callback,
	getResult,
	type RequestRef,
	type ResultAnswer,
	type RunComfyError,
} from '../../../core';
import { findConfig, variableIn } from '../account/config';
import { toNodeError } from '../errors';
import type { JournalEntry } from '../journal/journal';
import { keptMessage } from '../journal/keptMessage';
import { watchLifecycle } from '../lifecycle';
import { type Action, type ActionDef, errorStatus } from '../node/action';
import { Instance, type LastingActor, toLasting, Work, worksOf } from '../node/lasting';
import { answerWithResult, readOutputOptions } from '../outputs/outputs';
import {
	checkSecret,
	createCallbackCheck,
	forgetCallbacks,
	readCallback,
	Refusal,
} from './callback';

interface WebhookDef extends ActionDef {
	path?: string;
}

interface Credentials {
	secret?: string;
}

const DEFAULT_PATH = '/runcomfy';

/** Registers `runcomfy-webhook`, which RunComfy calls when a request has ended. */
export function registerWebhook(RED: NodeAPI): void {
	watchLifecycle(RED.events);

	function RunComfyWebhook(this: Node<Credentials>, def: WebhookDef) {
		RED.nodes.createNode(this, def);
		const given = String(this.credentials?.secret ?? '').trim();
		// If a variable in the secret is not set, the rest of the text is known to anyone who has the flow.
		const variable = variableIn(given);
		if (variable !== undefined || given === '') this.warn(noSecret(variable));
		new Receiver(toLasting({ RED, node: this, def }), variable === undefined ? given : '');
	}

	RED.nodes.registerType<Node<Credentials>, WebhookDef, object, Credentials>(
		'runcomfy-webhook',
		RunComfyWebhook,
		// Stored as text, not as a password, because the dialog shows the whole URL for copying into other nodes.
		{ credentials: { secret: { type: 'text' } } },
	);
}

/** One instance of the node, which answers calls to its path. */
class Receiver {
	readonly #actor: LastingActor;
	readonly #secret: string;
	readonly #path: string;
	readonly #handler = answerWith((request) => this.#decide(request));
	/** A problem with the route, shown in the status; `unknown` until the flows have started. */
	#problem: RouteProblem | 'unknown' | undefined = 'unknown';
	readonly #instance: Instance;
	readonly #check: (callback: Callback) => Promise<number>;

	constructor(actor: LastingActor & { def: WebhookDef }, secret: string) {
		const { RED, node, def, journal } = actor;
		this.#actor = actor;
		this.#secret = secret;
		this.#path = readPath(def.path);
		const stopServing = serve(RED, this.#path, this.#handler);
		this.#instance = new Instance(actor, {
			// The node has no input.
			begin: () => undefined,
			resume: (entry) => resumeDelivery(actor, entry),
			fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
			onStarted: () => this.#checkRoute(),
			onClose: stopServing,
			onStopped: () => forgetCallbacks(node.id),
		});
		this.#check = createCallbackCheck({
			nodeId: node.id,
			journal,
			connect: () => findConfig(RED, def.config).connect(),
			accept: (callback, result) => this.#accept(callback, result),
			onTrouble: (ref, error) => this.#showTrouble(ref, error),
		});
	}

	async #decide(request: IncomingMessage): Promise<number> {
		try {
			checkSecret(request, this.#secret);
			const callback = await readCallback(request);
			// Until then, runs resumed from an earlier process have not reported which requests they wait for.
			await this.#actor.lifecycle.deployDone();
			return this.#instance.isOpen() ? await this.#check(callback) : 503;
		} catch (thrown) {
			return thrown instanceof Refusal ? thrown.httpStatus : 503;
		}
	}

	async #accept({ ref, query }: Callback, result: ResultAnswer) {
		if (!this.#instance.isOpen()) return undefined;
		const { journal, node } = this.#actor;
		const { id: nodeId } = node;
		const msg = { ...journal.messageOf(ref.requestId), query };
		const job = randomUUID();
		// Stored before RunComfy is told that the callback was received.
		const receipt = attachedReceipt(ref, Date.now());
		const kept = keptMessage(msg, [this.#secret]);
		await journal.submitting({ job, nodeId, receipt, msg: kept, plan: {} });
		return () => {
			// After a deploy in the meantime, the next instance has resumed this delivery or already sent its message.
			const isLeft = journal.live(nodeId).some((entry) => entry.job === job);
			const isResumed = worksOf(nodeId).some(({ id }) => id === job);
			if (isLeft && !isResumed) startDelivery(this.#actor, { id: job, ref, result, msg });
		};
	}

	#showTrouble({ requestId }: RequestRef, error: RunComfyError): void {
		if (!this.#instance.isOpen()) return;
		this.#instance.board.finish(CALLBACKS, errorStatus(error));
		const { message } = toNodeError(error);
		this.#actor.node.warn(
			`A callback for the request ${requestId} could not be checked: ${message}`,
		);
	}

	/** Call this after each deploy: other nodes may have taken the path, or given it up. */
	#checkRoute(): void {
		const { RED, node } = this.#actor;
		const problem = routeProblem(RED, this.#path, this.#handler);
		if (problem === this.#problem) return;
		this.#problem = problem;
		if (problem) node.warn(`${PROBLEMS[problem]}: POST ${this.#path}`);
		if (problem && problem !== 'shared') this.#show('red', problem);
		else if (this.#secret === '') this.#show('red', 'noSecret');
		else this.#show('green', 'listening');
	}

	#show(fill: 'green' | 'red', state: string): void {
		this.#instance.board.finish(CALLBACKS, { fill, shape: 'ring', state });
	}
}

function resumeDelivery(actor: LastingActor, { job: id, receipt, msg }: JournalEntry): Work {
	const { deploymentId = '', requestId = '' } = receipt.ids;
	// If RunComfy missed the answer, it calls again; that call must not count as news.
	if (requestId !== '') actor.journal.delivered(actor.node.id, requestId);
	return startDelivery(actor, { id, ref: { deploymentId, requestId }, msg });
}

/** The status while no message is being processed. */
const CALLBACKS = {};

const PROBLEMS: Readonly<Record<RouteProblem, string>> = {
	badPath: 'The path must begin with a slash and contain only letters, digits and -._~/',
	noHttp: 'Nothing can be received, because httpNodeRoot is false in Node-RED’s settings',
	shared: 'Another node also serves this path',
	taken: 'Another node has the same path, so this node receives nothing',
};

function noSecret(variable: string | undefined): string {
	const why = variable === undefined ? 'The webhook has no secret' : `${variable} is not set`;
	return `${why}: every callback is refused. Set it and restart Node-RED, or enter a secret in the node.`;
}

function readPath(value: unknown): string {
	const path = String(value ?? '').trim() || DEFAULT_PATH;
	return path.startsWith('/') ? path : `/${path}`;
}

/** Answers a request with an HTTP status and no body. */
function answerWith(decide: (request: IncomingMessage) => Promise<number>): Handler {
	return (request, response) => {
		void decide(request).then((status) => {
			// Middleware, such as a timeout, may already have answered.
			if (response.headersSent) return;
			response.writeHead(status, status === 503 ? { 'retry-after': '30' } : {});
			response.end();
		});
	};
}

interface Delivery {
	ref: Callback['ref'];
	/** Absent after a restart; the result is then read again. */
	result?: ResultAnswer;
	msg: Record<string, unknown>;
	/** The id of its journal entry. */
	id: string;
}

/**
 * Sends the message for an ended request, once a callback has reported the end and RunComfy has confirmed it. RunComfy
 * has received a 200 and will not call again, so this work outlives a deploy and, with a journal, a restart.
 */
function startDelivery(actor: LastingActor, delivery: Delivery): Work {
	const { ref, result, msg, id } = delivery;
	const _msgid = actor.RED.util.generateId();
	const message = { _msgid, ...msg, ...ref } as NodeMessageInFlow;
	const work = new Work(actor, message, { id, resumed: result === undefined });
	return work.act((action) => answerCallback(action, ref, result));
}

async function answerCallback(action: Action, ref: RequestRef, confirmed?: ResultAnswer) {
	const { connection, signal } = action;
	const options = await readOutputOptions(action);
	const result = confirmed ?? (await getResult(connection.client, ref, { signal }));
	return answerWithResult(action, ref, result, options);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Why a handler receives no requests (another route has the path, or HTTP nodes are disabled), or shares its path. */
type RouteProblem = 'badPath' | 'noHttp' | 'taken' | 'shared';

/** Excludes Express patterns, which would make one node answer many paths. */
const PATH = /^\/[\w\-.~/]*$/;

/**
 * Serves POST requests to a path below `httpNodeRoot`, with Node-RED's `httpNodeMiddleware`. If several routes share a
 * path, Express uses the first; once that is removed, the next one takes over.
 * @returns a function that removes the route
 */
function serve(RED: NodeAPI, path: string, handler: Handler): () => void {
	if (!PATH.test(path) || !hasRoutes(RED)) return () => undefined;
	RED.httpNode.post(path, ...middleware(RED), handler);
	return () => {
		const stack = stackOf(RED);
		const at = stack.findIndex((layer) => isOf(handler, layer));
		if (at >= 0) stack.splice(at, 1);
	};
}

/** Call this once all nodes have their routes, including other node types such as *http in*. */
function routeProblem(RED: NodeAPI, path: string, handler: Handler): RouteProblem | undefined {
	if (!PATH.test(path)) return 'badPath';
	if (!hasRoutes(RED)) return 'noHttp';
	const [first, ...others] = stackOf(RED).filter(
		({ route }) => route?.methods?.['post'] && routeKey(String(route.path)) === routeKey(path),
	);
	if (!isOf(handler, first)) return 'taken';
	return others.length > 0 ? 'shared' : undefined;
}

function isOf(handler: Handler, layer: Layer | undefined): boolean {
	return layer?.route?.stack.some(({ handle }) => handle === handler) === true;
}

/** Express treats these paths as the same. */
function routeKey(path: string): string {
	return path.toLowerCase().replace(/\/$/, '');
}

function hasRoutes({ settings, httpNode }: NodeAPI): boolean {
	const { httpNodeRoot } = settings as { httpNodeRoot?: unknown };
	return httpNodeRoot !== false && typeof httpNode === 'function';
}

function middleware(RED: NodeAPI): Handler[] {
	const { httpNodeMiddleware } = RED.settings as { httpNodeMiddleware?: unknown };
	return [httpNodeMiddleware].flat().filter((one) => typeof one === 'function') as Handler[];
}

interface Layer {
	route?: {
		path?: unknown;
		methods?: Record<string, boolean>;
		stack: Array<{ handle: unknown }>;
	};
}

/** The app's routes. Modified in place, because Express has no function that removes a route. */
function stackOf({ httpNode }: NodeAPI): Layer[] {
	const { _router } = httpNode as unknown as { _router?: { stack: Layer[] } };
	return _router?.stack ?? [];
}
