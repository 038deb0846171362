import type { Node, NodeAPI, NodeDef } from 'node-red';
import { endStatus, type RequestRef, type Secrets, toRunComfyError } from '../../../core/index.js';
import { type ConfigNode, configOf, findConfig } from '../account/config.cjs';
import { toNodeError } from '../errors.cjs';
import { createInputs, type Fields, type Reading } from '../inputs/inputs.cjs';
import { inTurn } from '../pace.cjs';
import {
	checkWritable,
	type EntryFacts,
	forgetRequest,
	type MessageFacts,
	setErrorFacts,
	setFacts,
} from './message.cjs';
import type { Outcome, Shown } from './status.cjs';

export interface ActionDef extends NodeDef {
	config?: string;
}

export interface Action extends Reading {
	/** Shows where the work stands. */
	show(state: Shown['state']): void;
	/** Puts facts on the message at once, so that a Catch node, too, gets what is known. */
	know(facts: MessageFacts): void;
	/** The account's secrets, which must never get into a message, a log or a file. */
	readonly secrets: Secrets;
}

export interface Answer extends MessageFacts {
	payload: unknown;
	/** What the status shows afterwards; a green "done" if absent. */
	outcome?: Outcome;
	/** If each entry of the payload is to be a message of its own: the facts about each entry. */
	split?: readonly EntryFacts[];
}

export type Perform = (action: Action) => Promise<Answer>;

const DONE: Outcome = { fill: 'green', shape: 'dot', state: 'done' };

/** What acts: a node, its fields, and the runtime it lives in. */
export interface Actor {
	readonly RED: NodeAPI;
	readonly node: Node;
	readonly def: ActionDef;
}

/** The work that an action is part of. */
interface Given extends Pick<Action, 'msg' | 'signal'> {
	readonly actor: Actor;
	/** Whether an earlier process began it, which the message then says. */
	readonly resumed: boolean;
	readonly performer: ActionAbout;
}

/** What an action is about, and who hears of what it does. */
export interface ActionAbout {
	/** Whether it makes a new request, even if the message names one. */
	readonly submits?: boolean;
	/** Aborts when nobody wants the action any more; the signal of its work if absent. */
	readonly signal?: AbortSignal;
	/** The request this action works on, if known before it begins: every error then names it. */
	readonly ref?: RequestRef | undefined;
	/** Called before the message waits for its turn, and before anything of it is read. */
	onBegin?(account: Pick<ConfigNode, 'limiter' | 'secrets'>): void;
	/** Called with everything that is put on the message. */
	onFacts?(facts: MessageFacts): void;
	/** Shows the state of the action. */
	onShow(state: Shown['state']): void;
}

/** How the work of one message has ended. */
export interface End {
	/** What the status shows afterwards. */
	outcome: Outcome;
	/** See `Answer`. */
	split?: readonly EntryFacts[] | undefined;
	/** Present if there is no answer on the message. */
	error?: unknown;
}

/** Has a signal made only once that is looked at, because thousands of messages may wait. */
class Abortable {
	readonly #work: Given;

	constructor(work: Given) {
		this.#work = work;
	}

	get signal(): AbortSignal {
		return this.#work.performer.signal ?? this.#work.signal;
	}
}

/**
 * One message's work, with a connection, and the answer set on the message.
 * @throws NodeError, whose facts are on the message
 */
export async function act(work: Given, perform: Perform): Promise<End> {
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
		// If the flows stop meanwhile, the account cannot be found any more, but what waits can still be kept.
		const present = RED.nodes.getNode(config.id) as ConfigNode | null;
		const account = present ?? config;
		const connection = account.connect();
		const fields = def as unknown as Fields;
		const inputs = createInputs(RED, node, fields, msg);
		const show = (state: Shown['state']) => about.onShow(state);
		const know = (facts: MessageFacts) => {
			about.onFacts?.(facts);
			setFacts(msg, marked(facts));
		};
		const { secrets: own } = account;
		const given = { RED, node, msg, fields, inputs, show, know, connection, secrets: own };
		const action = Object.assign(new Abortable(work), given);
		const { outcome = DONE, split, ...facts } = await perform(action);
		setFacts(msg, marked(facts));
		return { outcome: { ...outcome, requestId: facts.requestId }, split };
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

export function errorOutcome(thrown: unknown): Outcome {
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
