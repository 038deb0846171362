import type { Node, NodeAPI, NodeDef } from 'node-red';
import { endStatus, type RequestRef, type Secrets, toRunComfyError } from '../../../core';
import { configOf, findConfig } from '../account/config';
import { toNodeError } from '../errors';
import { createInputs, type Fields, type Reading } from '../inputs/inputs';
import {
	checkWritable,
	forgetRequest,
	type MessageFacts,
	setErrorFacts,
	setFacts,
} from './message';
import { type IdleStatus, idleStatusOf } from './status';

export interface ActionDef extends NodeDef {
	config?: string;
}

/** One message at a node with an account. */
export interface Action extends Reading {
	/** Shows that files are being fetched. */
	showFetching(): void;
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

/** Who performs an action: a node with its fields and its runtime. */
interface Actor {
	readonly RED: NodeAPI;
	readonly node: Node;
	readonly def: ActionDef;
}

/** What an action is about, and who hears of its progress. */
export interface Subject extends Pick<Reading, 'msg' | 'signal'> {
	/** Whether an earlier process began the work. The message then says so. */
	readonly resumed?: boolean;
	/** Whether the action makes a new request, even if the message names one. */
	readonly submits?: boolean;
	/** The request that the action works on, if known before it begins. Every error then names the request. */
	readonly ref?: RequestRef | undefined;
	/** Awaited once the account is known, before any field is read. */
	turn?(): Promise<void>;
	/** Called with all facts that are put on the message. */
	onFacts?(facts: MessageFacts): void;
	onFetching(): void;
}

/** How the work for one message ended. */
export interface End {
	/** What the node shows afterwards. */
	nodeStatus: IdleStatus;
	/** Set if the work ended with an error instead of an answer. */
	error?: Error;
}

/** Performs the work for one message with a connection, and puts the answer or the facts of the error on the message. */
export async function act(
	{ RED, node, def }: Actor,
	subject: Subject,
	perform: Perform,
): Promise<End> {
	const { msg, resumed = false, submits, ref } = subject;
	const marked = (facts: MessageFacts): MessageFacts =>
		resumed ? { ...facts, runcomfy: { ...facts.runcomfy, resumed: true } } : facts;
	const secrets = configOf(RED, def.config)?.secrets;
	const earlier = submits ? msg['requestId'] : undefined;
	try {
		checkWritable(msg);
		const account = findConfig(RED, def.config);
		const connection = account.connect();
		await subject.turn?.();
		const fields = def as unknown as Fields;
		const inputs = createInputs(RED, node, fields, msg);
		const addFacts = (facts: MessageFacts) => {
			subject.onFacts?.(facts);
			setFacts(msg, marked(facts));
		};
		const showFetching = () => subject.onFetching();
		const parts = { RED, node, msg, fields, inputs, connection, secrets: account.secrets };
		const { nodeStatus = idleStatusOf('done'), ...facts } = await perform({
			...parts,
			addFacts,
			showFetching,
			// Created only when it is used, because thousands of messages may wait.
			get signal() {
				return subject.signal;
			},
		});
		setFacts(msg, marked(facts));
		return { nodeStatus: { ...nodeStatus, requestId: facts.requestId } };
	} catch (thrown) {
		const named = ref ? toRunComfyError(thrown, 'invalid_input').with(ref) : thrown;
		const error = toNodeError(named, secrets);
		forgetRequest(msg, earlier);
		setErrorFacts(msg, error);
		return { nodeStatus: errorStatus(error), error };
	}
}

function errorStatus(thrown: unknown): IdleStatus {
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
