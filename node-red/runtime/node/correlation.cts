import type { NodeAPI, NodeMessage } from 'node-red';
import { keptMessage } from '../journal/keptMessage.cjs';
import { openRequestStore } from '../journal/requestStore.cjs';

/** Keeps of the message that has submitted a request what is to come back with its result. */
export function keepForResult(
	{ RED, msg, token }: { RED: NodeAPI; msg: NodeMessage; token: string },
	requestId: string,
): void {
	const kept = keptMessage(msg, token);
	// The message that comes back is another one.
	delete kept['_msgid'];
	openRequestStore(RED).submitted(requestId, kept);
}

/** Puts onto a message what the one had that submitted the request; what it has itself stays. */
export function giveBack(
	{ RED, msg }: { RED: NodeAPI; msg: NodeMessage },
	requestId: string,
): void {
	const before = openRequestStore(RED).messageOf(requestId);
	Object.assign(msg, { ...before, ...msg });
}
