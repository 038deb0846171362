import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { endStatus, type RequestRef, RunComfyError, tried } from '../../../core/index.js';
import { invalidInput, messageOf, type NodeError } from '../errors.cjs';
import type { Outgoing } from './handler.cjs';

/** What every message of ours carries. */
export interface MessageFacts {
	payload?: unknown;
	requestId?: string | undefined;
	deploymentId?: string | undefined;
	/** Set for a hosted model's request; it goes into `runcomfy`. */
	service?: 'deployment' | 'model' | undefined;
	modelId?: string | undefined;
	/** The request's state, or the outcome of a cancel. */
	status?: string | undefined;
	/** The rest: raw answer, timings, warnings, files. */
	runcomfy?: Record<string, unknown>;
}

/**
 * Sets the facts on the incoming message, so that what came with it (`topic`, `req`) stays.
 * @throws RunComfyError `invalid_input` if a setter refuses one; the others are set anyway
 */
export function setFacts(msg: NodeMessage, facts: MessageFacts): void {
	const failures = trySetFacts(msg, facts);
	if (failures.length === 0) return;
	throw new RunComfyError(
		'invalid_input',
		`The message did not take the answer: ${messageOf(failures[0])}`,
		{ ...(facts as Partial<RequestRef>), hint: PLAIN_MESSAGE_HINT },
	);
}

/** The facts as a message has them: `msg.runcomfy.service` names the API of this request, not of an earlier one. */
function onMessage(msg: NodeMessage, { service, ...facts }: MessageFacts): object {
	if (facts.requestId === undefined && service === undefined) return facts;
	const { service: earlier, ...rest } = facts.runcomfy ?? runcomfyOf(msg);
	if (service === 'model') return { ...facts, runcomfy: { service, ...rest } };
	return earlier === undefined ? facts : { ...facts, runcomfy: rest };
}

function runcomfyOf(msg: NodeMessage): Record<string, unknown> {
	const there = tried(() => msg['runcomfy']);
	return typeof there === 'object' ? { ...there } : {};
}

const PLAIN_MESSAGE_HINT =
	'Send a plain message, such as a copy made by a Change or Function node.';

/** Sets what can be set: for facts that come while the work goes on. @returns what was thrown */
export function trySetFacts(msg: NodeMessage, facts: MessageFacts): unknown[] {
	const given = Object.entries(onMessage(msg, facts)).filter(([, value]) => value !== undefined);
	return given.flatMap(([name, value]) => trySet(msg, name, () => value));
}

/**
 * Sets a property. A message that does not take it, such as a frozen one, or one with a setter of a flow's
 * own, must not cost a request that is paid for. @returns what was thrown
 */
function trySet(msg: NodeMessage, name: string, valueOf: () => unknown): unknown[] {
	try {
		msg[name] = valueOf();
		return [];
	} catch (error) {
		return [error];
	}
}

const WRITTEN = ['payload', 'requestId', 'deploymentId', 'status', 'runcomfy'];

/**
 * Looks, before anything is paid for, whether a message can take an answer.
 * @throws RunComfyError `invalid_input` if it is frozen or a property is read-only
 */
export function checkWritable(msg: NodeMessage): void {
	const refused = WRITTEN.find((name) => {
		const own = Object.getOwnPropertyDescriptor(msg, name);
		return own ? !own.writable && !own.set : !Object.isExtensible(msg);
	});
	if (refused === undefined) return;
	throw invalidInput(`The message does not let msg.${refused} be set`, PLAIN_MESSAGE_HINT);
}

/** The request that a message names when it comes in, such as one of an earlier node. */
export function requestOf(msg: NodeMessage): unknown {
	return tried(() => msg['requestId']);
}

/** Removes an earlier request from a message whose own was not accepted: a Catch flow would go on with that one. */
export function forgetRequest(msg: NodeMessage, earlier: unknown): void {
	if (earlier === undefined || requestOf(msg) !== earlier) return;
	// If the message does not allow that, it gets an error of its own.
	tried(() => {
		delete msg['requestId'];
		delete msg['status'];
	});
}

/**
 * Puts the request that an error names on the message, with the status in its details or else of its code: a Catch
 * flow can go on with its id.
 */
export function setErrorFacts(msg: NodeMessage, { code, cause }: NodeError): void {
	const { requestId, deploymentId, service, modelId } = cause as Partial<RequestRef>;
	const { status = endStatus(code) } = (cause['details'] ?? {}) as { status?: string };
	trySetFacts(msg, { requestId, deploymentId, service, modelId, status });
}

/** What each message of a split result gets in `msg.runcomfy`, beside what all of them get. */
export type EntryFacts = Readonly<Record<string, unknown>>;

const toSplit = new WeakMap<NodeMessageInFlow, readonly EntryFacts[]>();

/** Has a message, whose payload is a list, leave its node as one message per entry. */
export function splitWhenSent(msg: NodeMessageInFlow, entries: readonly EntryFacts[]): void {
	toSplit.set(msg, entries);
}

/**
 * What a node sends for a message that went well: the message itself, or one per entry of its
 * payload, with `msg.parts` as the Split node sets it, so that a Join node puts them together again
 * and then restores the parts that came in.
 */
export function outgoing({ util }: NodeAPI, msg: NodeMessageInFlow): Outgoing {
	const entries = toSplit.get(msg);
	const list = msg.payload;
	if (!entries || !Array.isArray(list)) return msg;
	const common = { id: util.generateId(), type: 'array', count: list.length, len: 1 };
	const nested = Object.hasOwn(msg, 'parts');
	try {
		// Each entry goes into one message only: no need to copy all of them into every one.
		msg.payload = undefined;
		return list.map((entry: unknown, index) => {
			const one = util.cloneMessage(msg) as SplitMessage;
			one.payload = isRecord(entry) ? { ...entry } : entry;
			one.parts = { ...common, index, ...(nested ? { parts: one.parts } : {}) };
			one.runcomfy = { ...one.runcomfy, ...entries[index] };
			return one;
		});
	} finally {
		msg.payload = list;
	}
}

type SplitMessage = NodeMessageInFlow & { parts?: object; runcomfy?: object };

function isRecord(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}

/** With it an *http request* node marks headers that came to it with an answer. */
const MARK_OF_AN_ANSWER = 'x-node-red-request-node';

/**
 * Sets what an *http response* node needs to send a file: its type, in `msg.headers`, and what keeps a
 * browser from running it. Headers that the flow has set stay. Headers of an answer that the flow has fetched go: *http response*
 * would drop them, too, unless the flow has changed them.
 */
export function setContentType(msg: NodeMessage, mimeType: string): void {
	const own = { 'content-type': mimeType, ...(isInert(mimeType) ? {} : GUARD) };
	trySet(msg, 'headers', () => ({ ...without(own, msg['headers']), ...own }));
}

/**
 * What a browser shows without running anything in it. Any other file, such as a web page or an SVG, may
 * hold a stranger's script, which would run at the editor's address, with its login.
 */
function isInert(mimeType: string): boolean {
	const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
	return /^(?:image|video|audio|font)\/[\w.+-]+$/.test(type) && !/xml/.test(type);
}

/** The page gets an origin of its own, and the browser does not guess its type. */
const GUARD = { 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' };

function without(own: object, headers: unknown): object {
	if (typeof headers !== 'object' || headers === null || MARK_OF_AN_ANSWER in headers) return {};
	return Object.fromEntries(
		Object.entries(headers).filter(([name]) => !(name.toLowerCase() in own)),
	);
}
