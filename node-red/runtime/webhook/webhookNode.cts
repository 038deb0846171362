import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	attachedReceipt,
	type DeploymentRef,
	getResult,
	type RequestRef,
	type ResultAnswer,
} from '../../../core/index.js';
import { findConfig } from '../account/config.cjs';
import { toNodeError } from '../errors.cjs';
import { type Action, type ActionDef, errorOutcome } from '../node/action.cjs';
import {
	beginAction,
	createWork,
	type LastingActor,
	liveAs,
	releaseWork,
	toLasting,
	type Work,
} from '../node/lasting.cjs';
import { watchLifecycle } from '../node/lifecycle.cjs';
import { answerWithResult, readOutputOptions } from '../outputs/outputs.cjs';
import {
	checkSecret,
	createCallbackCheck,
	forgetCallbacks,
	readCallback,
	Refusal,
} from './callback.cjs';
import { type Handler, isShared, type NoRoute, serve } from './httpRoute.cjs';

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
		// What stays of an environment variable that is not set is known to anyone who has the flow.
		const secret = /^\$\{[^}]+\}$/.test(given) ? '' : given;
		receiveAs(toLasting({ RED, node: this, def }), secret);
	}

	RED.nodes.registerType<Node<Credentials>, WebhookDef, object, Credentials>(
		'runcomfy-webhook',
		RunComfyWebhook,
		// Text, not a password: the dialog shows the whole address, which is pasted into other nodes.
		{ credentials: { secret: { type: 'text' } } },
	);
}

function receiveAs(actor: LastingActor & { def: WebhookDef }, secret: string): void {
	const { RED, node, def, journal, lifecycle } = actor;
	const path = readPath(def.path);
	const instance = liveAs(actor, {
		// Nothing is wired to it.
		begin: () => undefined,
		resume({ job: id, receipt, msg }) {
			const { deploymentId = '', requestId = '' } = receipt.ids;
			// RunComfy may not have heard that it was received: its next call is not news.
			if (requestId !== '') journal.delivered(node.id, requestId);
			return startDelivery(actor, { id, ref: { deploymentId, requestId }, msg });
		},
		fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
		onStarted() {
			if (isShared(RED, path)) node.warn(`Another node serves the same path, too: POST ${path}`);
		},
		onClose() {
			stopServing();
		},
		onStopped(_stopped, closing) {
			if (closing === 'delete') forgetCallbacks(node.id);
		},
	});

	const check = createCallbackCheck({
		nodeId: node.id,
		journal,
		connect: () => findConfig(RED, def.config).connect(),
		async accept({ ref, query }, result) {
			if (!instance.isOpen()) return undefined;
			const msg = { ...journal.messageOf(ref.requestId), query };
			const delivery = startDelivery(actor, { ref, result, msg, held: true });
			const { id: job, nodeId } = delivery;
			// RunComfy is about to be told that it is received.
			const receipt = attachedReceipt(ref, Date.now());
			await journal.submitting({ job, nodeId, receipt, msg, plan: {} });
			if (journal.isKept()) return () => releaseWork(delivery);
			releaseWork(delivery);
			return () => undefined;
		},
		onTrouble({ requestId }, error) {
			if (!instance.isOpen()) return;
			instance.board.end(CALLBACKS, errorOutcome(error));
			const { message } = toNodeError(error);
			node.warn(`A callback for the request ${requestId} could not be checked: ${message}`);
		},
	});

	const decide = async (request: IncomingMessage): Promise<number> => {
		try {
			checkSecret(request, secret);
			const callback = await readCallback(request);
			// Before that, runs of an earlier process have not yet said what they wait for.
			await lifecycle.settled();
			return instance.isOpen() ? await check(callback) : 503;
		} catch (thrown) {
			return thrown instanceof Refusal ? thrown.httpStatus : 503;
		}
	};

	const show = (fill: 'green' | 'red', state: string) =>
		instance.board.end(CALLBACKS, { fill, shape: 'ring', state });
	const stopServing = serve(RED, path, answerWith(decide), (problem) => {
		if (problem === undefined) return show('green', 'listening');
		show('red', problem);
		node.warn(`${PROBLEMS[problem]}: POST ${path}`);
	});
	if (secret === '') {
		show('red', 'noSecret');
		node.warn(NO_SECRET);
	}
}

/** What the status shows that is about no message. */
const CALLBACKS = {};

const PROBLEMS: Readonly<Record<NoRoute, string>> = {
	badPath: 'The path must begin with a slash and have only letters, digits and -._~/ in it',
	noHttp: 'Nothing can be received, because httpNodeRoot is false in the settings of Node-RED',
	taken: 'Another runcomfy-webhook node has the same path, and this one receives nothing',
};

const NO_SECRET =
	'The webhook has no secret, or its environment variable is not set: every callback is refused';

function readPath(value: unknown): string {
	const path = String(value ?? '').trim() || DEFAULT_PATH;
	return path.startsWith('/') ? path : `/${path}`;
}

/** Answers a request with nothing but an HTTP status. */
function answerWith(decide: (request: IncomingMessage) => Promise<number>): Handler {
	return (request, response) => {
		void decide(request).then((status) => {
			// A middleware, such as one that bounds the time, may have answered meanwhile.
			if (response.headersSent) return;
			response.writeHead(status, status === 503 ? { 'retry-after': '30' } : {});
			response.end();
		});
	};
}

interface Beginning {
	ref: DeploymentRef;
	/** Absent after a restart, when it is read again. */
	result?: ResultAnswer;
	msg: Record<string, unknown>;
	id?: string;
	/** Whether its message must not leave yet. */
	held?: boolean;
}

/**
 * Takes the end of a request, that a callback has told and RunComfy has confirmed, to a message. RunComfy
 * was told that it is received and does not call again: so it outlives a deploy, and with a journal a
 * restart.
 */
function startDelivery(actor: LastingActor, given: Beginning): Work {
	const { ref, result, msg, id = randomUUID(), held = false } = given;
	const _msgid = actor.RED.util.generateId();
	const message = { _msgid, ...msg, ...ref } as NodeMessageInFlow;
	const work = createWork(actor, { id, msg: message, held });
	const resumed = result === undefined;
	return beginAction(work, { resumed }, (action) => answer(action, ref, result));
}

async function answer(action: Action, ref: RequestRef, given: ResultAnswer | undefined) {
	const { connection, signal } = action;
	const options = await readOutputOptions(action);
	const result = given ?? (await getResult(connection.client, ref, { signal }));
	return answerWithResult(action, ref, result, options);
}
