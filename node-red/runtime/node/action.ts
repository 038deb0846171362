import type { Node, NodeAPI, NodeDef } from 'node-red';
import { endStatus, type RequestRef, type Secrets, toRunComfyError } from '../../../core';
import { type ConfigNode, configOf, findConfig } from '../account/config';
import { toNodeError } from '../errors';
import { createInputs, type Fields, type Reading } from '../inputs/inputs';
import { inTurn } from '../pace';
import {
	checkWritable,
	forgetRequest,
	type MessageFacts,
	setErrorFacts,
	setFacts,
} from './message';
import type { IdleStatus, Shown } from './status';

export interface ActionDef extends NodeDef {
	config?: string;
}

export interface Action extends Reading {
	/** Shows the state of the work. */
	show(state: Shown['state']): void;
	/** Puts facts on the message at once, so that a Catch node gets them, too. */
	addFacts(facts: MessageFacts): void;
	/** The account's secrets, which must never get into a message, a log or a file. */
	readonly secrets: Secrets;
}

export interface Answer extends MessageFacts {
	payload: unknown;
	/** What the node shows afterwards. Defaults to a green "done". */
	nodeStatus?: IdleStatus;
}

export type Perform = (action: Action) => Promise<Answer>;

const DONE: IdleStatus = { fill: 'green', shape: 'dot', state: 'done' };

/** Who performs an action: a node with its fields and its runtime. */
export interface Actor {
	readonly RED: NodeAPI;
	readonly node: Node;
	readonly def: ActionDef;
}

/** The work that an action belongs to. */
interface ActionWork extends Pick<Action, 'msg' | 'signal'> {
	readonly actor: Actor;
	/** Whether an earlier process began the work. The message then says so. */
	readonly resumed: boolean;
	readonly performer: ActionAbout;
}

/** The subject of an action, and the listeners for its progress. */
export interface ActionAbout {
	/** Whether the action makes a new request, even if the message names one. */
	readonly submits?: boolean;
	/** Aborts when nobody wants the action any more. Defaults to the signal of the work. */
	readonly signal?: AbortSignal;
	/** The request that the action works on, if known before it begins. Every error then names the request. */
	readonly ref?: RequestRef | undefined;
	/** Called before the message waits for its turn, and before any part of it is read. */
	onBegin?(account: Pick<ConfigNode, 'limiter' | 'secrets'>): void;
	/** Called with all facts that are put on the message. */
	onFacts?(facts: MessageFacts): void;
	/** Shows the state of the action. */
	onShow(state: Shown['state']): void;
}

/** How the work for one message ended. */
export interface WorkEnd {
	/** What the node shows afterwards. */
	nodeStatus: IdleStatus;
	/** Set if the work ended with an error instead of an answer. */
	error?: unknown;
}

/** Creates its signal only when it is used, because thousands of messages may wait. */
class Abortable {
	readonly #work: ActionWork;

	constructor(work: ActionWork) {
		this.#work = work;
	}

	get signal(): AbortSignal {
		return this.#work.performer.signal ?? this.#work.signal;
	}
}

/**
 * Performs the work for one message with a connection, and puts the answer on the message.
 * @throws NodeError, whose facts are on the message
 */
export async function act(work: ActionWork, perform: Perform): Promise<WorkEnd> {
	const { actor, msg, resumed, performer: about } = work;
	const { submits, ref } = about;
	const { RED, node, def } = actor;
	const marked = (facts: MessageFacts): MessageFacts =>
		resumed ? { ...facts, runcomfy: { ...facts.runcomfy, resumed: true } } : facts;
	const secrets = configOf(RED, def.config)?.secrets;
	const earlier = submits ? msg['requestId'] : undefined;
	try {
		const config = findConfig(RED, def.config);
		about.onBegin?.(config);
		await inTurn();
		checkWritable(msg);
		// If the flows stop in the meantime, the account cannot be found any more, but waiting messages can still be
		// stored.
		const present = RED.nodes.getNode(config.id) as ConfigNode | null;
		const account = present ?? config;
		const connection = account.connect();
		const fields = def as unknown as Fields;
		const inputs = createInputs(RED, node, fields, msg);
		const show = (state: Shown['state']) => about.onShow(state);
		const addFacts = (facts: MessageFacts) => {
			about.onFacts?.(facts);
			setFacts(msg, marked(facts));
		};
		const { secrets: own } = account;
		const parts = { RED, node, msg, fields, inputs, show, addFacts, connection, secrets: own };
		const action = Object.assign(new Abortable(work), parts);
		const { nodeStatus = DONE, ...facts } = await perform(action);
		setFacts(msg, marked(facts));
		return { nodeStatus: { ...nodeStatus, requestId: facts.requestId } };
	} catch (thrown) {
		const error = toNodeError(
			ref ? toRunComfyError(thrown, 'invalid_input').with(ref) : thrown,
			secrets,
		);
		forgetRequest(msg, earlier);
		setErrorFacts(msg, error);
		throw error;
	}
}

export function errorStatus(thrown: unknown): IdleStatus {
	const { code, cause } = toNodeError(thrown);
	const { requestId } = cause;
	return {
		fill: 'red',
		shape: 'ring',
		state: endStatus(code) ?? 'failed',
		code,
		...(typeof requestId === 'string' ? { requestId } : {}),
	};
}
