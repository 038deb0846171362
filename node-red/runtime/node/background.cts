import type { Node } from 'node-red';
import { messageOf } from '../errors.cjs';

/**
 * Lets work go on that nobody waits for. What goes wrong in it is logged: a rejection without a handler
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
