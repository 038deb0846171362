import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import type { Outgoing } from './handler.cjs';

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
