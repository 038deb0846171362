import { createHmac } from 'node:crypto';
import type { NodeAPI, NodeMessage } from 'node-red';
import { callbackAddress } from '../../../core/index.js';
import { keptMessage } from '../journal/keptMessage.cjs';
import { type AwaitedCallback, openRequestStore } from '../journal/requestStore.cjs';
import type { Action } from './action.cjs';

/**
 * Keeps of the message that has submitted a request what is to come back with its result: what the
 * field `keep` names, or all that can be kept; and where RunComfy is to tell its end.
 */
export function keepForResult(
	{ RED, msg, secrets, fields }: Pick<Action, 'RED' | 'msg' | 'secrets' | 'fields'>,
	requestId: string,
	awaited?: AwaitedCallback,
): void {
	const kept = keptMessage(chosen(msg, fields['keep']), secrets);
	// The message that comes back is another one.
	delete kept['_msgid'];
	openRequestStore(RED).submitted(requestId, kept, awaited);
}

/** Which flow a message belongs to, and how it is joined with others. */
const ALWAYS = ['topic', 'parts'];

function chosen(msg: NodeMessage, keep: unknown): object {
	const names = typeof keep === 'string' ? keep.split(/[\s,;]+/).filter(Boolean) : [];
	if (names.length === 0) return msg;
	const wanted = new Set([...ALWAYS, ...names.map((name) => name.replace(/^msg\./, ''))]);
	return Object.fromEntries(Object.entries(msg).filter(([name]) => wanted.has(name)));
}

/** Puts onto a message what the one had that submitted the request; what it has itself stays. */
export function giveBack(
	{ RED, msg }: { RED: NodeAPI; msg: NodeMessage },
	requestId: string,
): void {
	const before = openRequestStore(RED).messageOf(requestId);
	Object.assign(msg, { ...before, ...msg });
}

/** What a webhook node knows its callback by; undefined if the address has no secret. */
export function awaitedCallback(
	deploymentId: string | undefined,
	webhook: string | undefined,
): AwaitedCallback | undefined {
	const address = callbackAddress(webhook);
	if (deploymentId === undefined || address?.secret === undefined) return undefined;
	const { path, query } = address;
	return { deploymentId, path, query, proof: proofOf(deploymentId, address.secret) };
}

/** Whether that address has this secret: another Node-RED may serve the same path. */
export function hasSecret({ deploymentId, proof }: AwaitedCallback, secret: string): boolean {
	return secret !== '' && proof === proofOf(deploymentId, secret);
}

function proofOf(deploymentId: string, secret: string): string {
	return createHmac('sha256', secret).update(deploymentId).digest('base64');
}
