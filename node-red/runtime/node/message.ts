import type { NodeMessage } from 'node-red';
import { endStatus, type Ids, idsIn } from '../../../core';
import { invalidInput, type NodeError } from '../errors';

/** Facts that our nodes put on every message. */
export interface MessageFacts extends Ids {
	payload?: unknown;
	/** The request's state, or RunComfy's answer to a cancel. */
	status?: string | undefined;
	/** Further facts: raw answer, timings, warnings, files. */
	runcomfy?: Record<string, unknown>;
}

/**
 * Sets the facts on the incoming message, whose other properties (`topic`, `req`) stay. With a request, the ids of an
 * earlier one go: the message names one request.
 */
export function setFacts(msg: NodeMessage, facts: MessageFacts): void {
	if (facts.requestId !== undefined) {
		for (const name of ['deploymentId', 'modelId'] as const) {
			if (facts[name] === undefined) delete msg[name];
		}
	}
	const present = Object.entries(facts).filter(([, value]) => value !== undefined);
	Object.assign(msg, Object.fromEntries(present));
}

/**
 * Checks, before the user pays for anything, whether a message can take an answer.
 * @throws RunComfyError `invalid_input` if the message is frozen
 */
export function checkWritable(msg: NodeMessage): void {
	if (Object.isExtensible(msg)) return;
	throw invalidInput(
		'The message is frozen and cannot take the answer',
		'Send a plain message, such as a copy made by a Change or Function node.',
	);
}

/**
 * Removes an earlier request id if the message's own request was not accepted. Otherwise, a Catch flow would go on
 * with the earlier request.
 */
export function forgetRequest(msg: NodeMessage, earlier: unknown): void {
	if (earlier === undefined || msg['requestId'] !== earlier) return;
	delete msg['requestId'];
	delete msg['status'];
}

/**
 * Puts the request that an error names on the message, with the status from the error's details or else from its
 * code. A Catch flow can go on with the request id.
 */
export function setErrorFacts(msg: NodeMessage, { code, cause }: NodeError): void {
	const { status = endStatus(code) } = (cause['details'] ?? {}) as { status?: string };
	setFacts(msg, { ...idsIn(cause), status });
}

/** The property by which an *http request* node marks the headers of an answer. */
const MARK_OF_AN_ANSWER = 'x-node-red-request-node';

/**
 * Sets the properties that an *http response* node needs to send a file: its type in `msg.headers`, and headers that
 * keep a browser from running it. Headers that the flow has set stay. Headers from an answer that the flow fetched
 * are removed: *http response* would drop them as well, unless the flow has changed them.
 */
export function setContentType(msg: NodeMessage, mimeType: string): void {
	const own = { 'content-type': mimeType, ...(isInert(mimeType) ? {} : GUARD) };
	msg['headers'] = { ...keptHeaders(own, msg['headers']), ...own };
}

/**
 * Whether a browser shows files of this type without running anything in them. Any other file, such as a web page or
 * an SVG, may contain a script that would run with the editor's origin and login.
 */
function isInert(mimeType: string): boolean {
	const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
	return /^(?:image|video|audio|font)\/[\w.+-]+$/.test(type) && !/xml/.test(type);
}

/** Gives the page its own origin, and stops the browser from guessing its type. */
const GUARD = { 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' };

function keptHeaders(own: object, headers: unknown): object {
	if (typeof headers !== 'object' || headers === null || MARK_OF_AN_ANSWER in headers) return {};
	return Object.fromEntries(
		Object.entries(headers).filter(([name]) => !(name.toLowerCase() in own)),
	);
}
