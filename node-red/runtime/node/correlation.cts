import type { NodeAPI, NodeMessage } from 'node-red';
import { openJournal } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action } from './action.cjs';

/**
 * Keeps of the message that has submitted a request what is to come back with its result: what the
 * field `keep` names, or all that can be kept.
 */
export function keepForResult(
	{ RED, msg, secrets, fields }: Pick<Action, 'RED' | 'msg' | 'secrets' | 'fields'>,
	requestId: string,
): void {
	const kept = keptMessage(chosen(msg, fields['keep']), secrets);
	// The message that comes back is another one.
	delete kept['_msgid'];
	openJournal(RED).keepMessage(requestId, kept);
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
	const before = openJournal(RED).messageOf(requestId);
	Object.assign(msg, { ...before, ...msg });
}
