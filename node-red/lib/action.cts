import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { findConfig, type Connection } from './config.cjs';
import { toNodeError } from './errors.cjs';
import { onInput } from './handler.cjs';
import { createInputs, type Fields, type Inputs } from './inputs.cjs';
import { startJob, stopJobs } from './jobs.cjs';
import {
	checkWritable,
	setErrorFacts,
	setFacts,
	trySetFacts,
	type MessageFacts,
} from './message.cjs';
import { createStatusBoard, statusKey, type JobStatus, type Outcome } from './status.cjs';

export interface ActionDef extends NodeDef {
	/** Id of the config node. */
	config?: string;
}

/** One message's work. */
export interface Action {
	readonly RED: NodeAPI;
	readonly node: Node;
	readonly msg: NodeMessageInFlow;
	readonly fields: Fields;
	readonly inputs: Inputs;
	readonly connection: Connection;
	/** Aborts when the node closes. */
	readonly signal: AbortSignal;
	readonly show: JobStatus['show'];
	/** Puts facts on the message at once, so that a Catch node, too, gets what is known. */
	know(facts: MessageFacts): void;
}

export interface Answer extends MessageFacts {
	payload: unknown;
	/** What the status shows afterwards; a green "done" where absent. */
	outcome?: Outcome;
}

const DONE: Outcome = { fill: 'green', shape: 'dot', text: statusKey('done') };

/**
 * Registers a node type whose work is one asynchronous action per message: it leases a connection,
 * shows a status, sends the incoming message with the answer on it, and ends it exactly once.
 */
export function registerAction(
	RED: NodeAPI,
	type: string,
	perform: (action: Action) => Promise<Answer>,
): void {
	function RunComfyAction(this: Node, def: ActionDef) {
		RED.nodes.createNode(this, def);
		const fields: Fields = { ...def };
		const board = createStatusBoard({
			publish: (status) => this.status(status),
			translate: (key, values) => RED._(key, values),
		});
		let closed = false;

		const act = async (msg: NodeMessageInFlow, status: JobStatus, signal: AbortSignal) => {
			checkWritable(msg);
			const connection = findConfig(RED, def.config).connect();
			try {
				return await perform({
					RED,
					node: this,
					msg,
					fields,
					inputs: createInputs(RED, this, fields, msg),
					connection,
					signal,
					show: status.show,
					know: (facts) => trySetFacts(msg, facts),
				});
			} finally {
				connection.release();
			}
		};

		const work = async (msg: NodeMessageInFlow) => {
			const status = board.begin();
			status.show('requesting');
			const token = tokenOf(RED, def.config);
			try {
				const answer = await startJob(this.id, (signal) => act(msg, status, signal));
				const { outcome = DONE, ...facts } = answer;
				setFacts(msg, facts);
				status.end(outcome);
				return msg;
			} catch (thrown) {
				const error = toNodeError(thrown, token);
				setErrorFacts(msg, error);
				status.end({ fill: 'red', shape: 'ring', text: error.code });
				throw error;
			}
		};

		onInput(this, { work, toError: toNodeError, isClosed: () => closed });
		this.on('close', (_removed: boolean, done: () => void) => {
			closed = true;
			board.close();
			void stopJobs(this.id).finally(done);
		});
	}

	RED.nodes.registerType(type, RunComfyAction);
}

function tokenOf(RED: NodeAPI, configId: unknown): string | undefined {
	try {
		return findConfig(RED, configId).token;
	} catch {
		return undefined;
	}
}
