import type { Node, NodeMessage, NodeMessageInFlow } from 'node-red';
import { tried } from '../../../core/index.js';
import { messageOf, toNodeError } from '../errors.cjs';

export type Outgoing = NodeMessageInFlow | NodeMessageInFlow[];

/** How a message that came in leaves its node again. */
export interface Exit {
	readonly node: Node;
	readonly msg: NodeMessageInFlow;
	readonly send: (msg: NodeMessage | Array<NodeMessage | NodeMessage[] | null>) => void;
	readonly done: (error?: Error) => void;
}

/** Calls `enter` for every message, so that no fault of a message or of our own can end the process. */
export function onInput(node: Node, enter: (exit: Exit) => Promise<void>): void {
	// Three parameters by name: the runtime counts them.
	node.on('input', (msg, send, done) => {
		inBackground(node, enter({ node, msg, send, done }));
	});
}

/**
 * Ends a message at its node: sends what `work` returns and calls `done`, or calls `done` with the error
 * that it throws. To be called once, and not after the node has closed: the runtime would still deliver it.
 * @returns what was sent; undefined if nothing was
 */
export function endMessage(exit: Exit, work: () => Outgoing | undefined): Outgoing | undefined {
	const { node, msg, send, done } = exit;
	try {
		const out = work();
		const empty = Array.isArray(out) && out.length === 0;
		if (empty) node.warn(NOTHING_TO_SEND);
		const sends = out !== undefined && !empty;
		if (sends) send(Array.isArray(out) ? [out] : out);
		attempt(() => done());
		return sends ? out : undefined;
	} catch (thrown) {
		const error = toNodeError(thrown);
		// Node-RED copies the message for a Catch node, which fails if a getter throws. The error then goes to the Catch
		// node on a message of its own.
		if (!attempt(() => done(error))) attempt(() => node.error(error, { _msgid: msg._msgid }));
		return undefined;
	}
}

const NOTHING_TO_SEND =
	'Nothing was sent: the run wrote no files or texts of the chosen kind, and one message for each was asked for.';

/** Whether `report` went through. What it throws is a fault of the message, seen before. */
export function attempt(report: () => void): boolean {
	return tried(() => (report(), true)) === true;
}

/**
 * Lets work go on that no caller waits for. What goes wrong in it is logged: a rejection without a handler
 * would end Node-RED.
 */
export function inBackground(node: Pick<Node, 'error'>, work: Promise<unknown>): void {
	work.catch((thrown: unknown) => {
		try {
			node.error(`Something went wrong in the background: ${messageOf(thrown)}`);
		} catch {
			// The log itself has failed.
		}
	});
}

/** Resolves once the runtime has delivered what nodes have sent before. */
export function nextTurn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Milliseconds that a closing node waits for its requests to be canceled, so that a close takes less
 * than 5 s in all. Node-RED gives it 15 s, a container often 10 s.
 */
const CLOSE_BOUND_MS = 4_500;

/** Resolves when everything has ended, or the time for a close is up: the rest goes on in the background. */
export async function endedInTime(results: ReadonlyArray<Promise<unknown>>): Promise<void> {
	if (results.length === 0) return;
	let timer: NodeJS.Timeout | undefined;
	const bound = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, CLOSE_BOUND_MS);
	});
	await Promise.race([Promise.allSettled(results), bound]).finally(() => clearTimeout(timer));
}
