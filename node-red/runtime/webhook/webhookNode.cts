import type { IncomingMessage } from 'node:http';
import type { Node, NodeAPI } from 'node-red';
import { isFinalResult } from '../../../core/index.js';
import { findConfig } from '../account/config.cjs';
import { toNodeError } from '../errors.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import { type Journal, openJournal } from '../journal/journal.cjs';
import { openRequestStore } from '../journal/requestStore.cjs';
import { type ActionDef, type Actor, errorOutcome } from '../node/action.cjs';
import { type Lifecycle, watchLifecycle } from '../node/lifecycle.cjs';
import { outlive } from '../node/outliving.cjs';
import { checkSecret, readCallback, Refusal } from './callback.cjs';
import { createCallbackCheck, forgetCallbacks } from './callbackChecks.cjs';
import { type Handler, isShared, type NoRoute, serve } from './httpRoute.cjs';
import { type Receipt, receipts, resumeReceipt, startReceipt, writeDown } from './receipts.cjs';

interface WebhookDef extends ActionDef {
	path?: string;
	intermediate?: unknown;
	alsoAwaited?: unknown;
}

interface Credentials {
	secret?: string;
}

const DEFAULT_PATH = '/runcomfy';

/** Registers `runcomfy-webhook`, which RunComfy calls when a request has ended. */
export function registerWebhook(RED: NodeAPI): void {
	const lifecycle = watchLifecycle(RED.events);

	function RunComfyWebhook(this: Node<Credentials>, def: WebhookDef) {
		RED.nodes.createNode(this, def);
		const { userDir } = RED.settings as { userDir?: unknown };
		const journal = openJournal(userDir, (text) => RED.log.warn(text));
		const given = String(this.credentials?.secret ?? '').trim();
		// What stays of an environment variable that is not set is known to anyone who has the flow.
		const secret = /^\$\{[^}]+\}$/.test(given) ? '' : given;
		liveAs({ RED, node: this, def }, { secret, journal, lifecycle });
	}

	RED.nodes.registerType<Node<Credentials>, WebhookDef, object, Credentials>(
		'runcomfy-webhook',
		RunComfyWebhook,
		// Text, not a password: the dialog shows the whole address, which is pasted into other nodes.
		{ credentials: { secret: { type: 'text' } } },
	);
}

function liveAs(
	actor: Actor & { def: WebhookDef },
	{
		secret,
		journal,
		lifecycle,
	}: { secret: string; journal: Journal | undefined; lifecycle: Lifecycle },
): void {
	const { RED, node, def } = actor;
	const path = readPath(def.path);
	const store = openRequestStore(RED);
	const { board, isClosed, take } = outlive<Receipt>(
		actor,
		{ journal, lifecycle },
		{
			register: receipts,
			// Nothing is wired to it.
			begin: () => undefined,
			resume(entry) {
				// RunComfy may not have heard that it was received: its next call is no news.
				if (entry.requestId !== undefined) store.delivered(node.id, entry.requestId);
				return resumeReceipt(actor, entry);
			},
			fateOf: (closing) => (closing === 'redeploy' ? 'keep' : 'leave'),
			onStarted() {
				if (isShared(RED, path)) node.warn(`Another node serves the same path, too: POST ${path}`);
			},
			onClose: () => stopServing(),
			onStopped(_stopped, closing) {
				if (closing === 'delete') forgetCallbacks(node.id);
			},
		},
	);

	const check = createCallbackCheck({
		...{ nodeId: node.id, store },
		underWay: journal?.live(node.id).flatMap(({ requestId = [] }) => requestId) ?? [],
		connect: () => findConfig(RED, def.config).connect(),
		intermediate: isTrue(def.intermediate),
		alsoAwaited: isTrue(def.alsoAwaited),
		async accept({ ref, query }, result) {
			if (isClosed()) return undefined;
			const msg = { ...store.messageOf(ref.requestId), query };
			const receipt = startReceipt(actor, { ref, result, msg });
			const final = isFinalResult(result.status);
			const written = journal && final ? writeDown(journal, receipt, { ref, msg }) : undefined;
			// Meanwhile another instance, or this one at the start of the flows, may have taken it.
			const handOn = () => void (isClosed() || receipt.holder || take(receipt));
			if (!written || !journal?.isKept()) {
				handOn();
				return () => undefined;
			}
			await written;
			return handOn;
		},
		onTrouble({ requestId }, error) {
			if (isClosed()) return;
			board.begin().end(errorOutcome(error));
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
			return isClosed() ? 503 : await check(callback);
		} catch (thrown) {
			return thrown instanceof Refusal ? thrown.httpStatus : 503;
		}
	};

	const show = (fill: 'green' | 'red', state: string) =>
		board.begin().end({ fill, shape: 'ring', state });
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
