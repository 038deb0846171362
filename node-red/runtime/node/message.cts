import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { endStatus, idsIn, isObject, type RequestRef } from '../../../core/index.js';
import { invalidInput, type NodeError } from '../errors.cjs';
import type { Outgoing } from './handler.cjs';

/** What every message of ours carries. */
export interface MessageFacts extends Partial<RequestRef> {
	payload?: unknown;
	/** The request's state, or the outcome of a cancel. */
	status?: string | undefined;
	/** The rest: raw answer, timings, warnings, files. */
	runcomfy?: Record<string, unknown>;
}

/** Sets the facts on the incoming message, so that what came with it (`topic`, `req`) stays. */
export function setFacts(msg: NodeMessage, facts: MessageFacts): void {
	const given = Object.entries(onMessage(msg, facts)).filter(([, value]) => value !== undefined);
	Object.assign(msg, Object.fromEntries(given));
}

/** The facts as a message has them: `msg.runcomfy.service` names the API of this request, not of an earlier one. */
function onMessage(msg: NodeMessage, { service, ...facts }: MessageFacts): object {
	const { service: own } = idsIn({ service });
	if (facts.requestId === undefined && own === undefined) return facts;
	const there = isObject(msg['runcomfy']) ? msg['runcomfy'] : {};
	const { service: earlier, ...rest } = facts.runcomfy ?? there;
	if (own !== undefined) return { ...facts, runcomfy: { service: own, ...rest } };
	return earlier === undefined ? facts : { ...facts, runcomfy: rest };
}

/**
 * Looks, before anything is paid for, whether a message can take an answer.
 * @throws RunComfyError `invalid_input` if it is frozen
 */
export function checkWritable(msg: NodeMessage): void {
	if (Object.isExtensible(msg)) return;
	throw invalidInput(
		'The message is frozen and cannot take the answer',
		'Send a plain message, such as a copy made by a Change or Function node.',
	);
}

/** Removes an earlier request from a message whose own was not accepted: a Catch flow would go on with that one. */
export function forgetRequest(msg: NodeMessage, earlier: unknown): void {
	if (earlier === undefined || msg['requestId'] !== earlier) return;
	delete msg['requestId'];
	delete msg['status'];
}

/**
 * Puts the request that an error names on the message, with the status in its details or else of its code: a Catch
 * flow can go on with its id.
 */
export function setErrorFacts(msg: NodeMessage, { code, cause }: NodeError): void {
	const { status = endStatus(code) } = (cause['details'] ?? {}) as { status?: string };
	setFacts(msg, { ...idsIn(cause), status });
}

/** What each message of a split result gets in `msg.runcomfy`, beside what names its request. */
export type EntryFacts = Readonly<Record<string, unknown>>;

/** What tells of all outputs of a request. A copy of it in each message would hold Node-RED up for seconds. */
const OF_ALL: ReadonlySet<string> = new Set(['result', 'files', 'texts', 'values']);

/**
 * What a node sends for a message that went well: the message itself, or one per entry of its
 * payload, with `msg.parts` as the Split node sets it, so that a Join node puts them together again
 * and then restores the parts that came in.
 */
export function outgoing(
	{ util }: NodeAPI,
	msg: SplitMessage,
	entries: readonly EntryFacts[] | undefined,
): Outgoing {
	const { payload: list, runcomfy } = msg;
	if (!entries || !Array.isArray(list)) return msg;
	const common = { id: util.generateId(), type: 'array', count: list.length, len: 1 };
	const nested = Object.hasOwn(msg, 'parts');
	const facts = Object.entries(runcomfy ?? {}).filter(([name]) => !OF_ALL.has(name));
	try {
		Object.assign(msg, { payload: undefined, runcomfy: Object.fromEntries(facts) });
		return list.map((entry: unknown, index) => {
			const one = util.cloneMessage(msg);
			one.payload = isRecord(entry) ? { ...entry } : entry;
			one.parts = { ...common, index, ...(nested ? { parts: one.parts } : {}) };
			one.runcomfy = { ...one.runcomfy, ...entries[index] };
			return one;
		});
	} finally {
		Object.assign(msg, { payload: list, runcomfy });
	}
}

type SplitMessage = NodeMessageInFlow & { parts?: object | undefined; runcomfy?: object };

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
	msg['headers'] = { ...without(own, msg['headers']), ...own };
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
