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

/**
 * Milliseconds that a closing node waits for its requests to be canceled, so that a close takes less
 * than 5 s in all. Node-RED gives it 15 s, a container often 10 s.
 */
const CLOSE_BOUND_MS = 4_500;

/** Resolves when all of that has ended, or the time of a close is over: the rest goes on in the background. */
export async function endedInTime(
	results: ReadonlyArray<Promise<unknown>>,
	boundMs = CLOSE_BOUND_MS,
): Promise<void> {
	if (results.length === 0) return;
	let timer: NodeJS.Timeout | undefined;
	const bound = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, boundMs);
	});
	await Promise.race([Promise.allSettled(results), bound]).finally(() => clearTimeout(timer));
}
