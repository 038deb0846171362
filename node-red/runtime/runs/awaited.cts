import { endStatus, RunComfyError } from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';

/**
 * The requests that nodes of this process wait for, whichever node and tab. A webhook that tells of
 * the end of one wakes its wait instead of sending a message of its own.
 */
export interface Awaiting {
	/** Aborts when the request is known to have ended. */
	readonly wake: AbortSignal;
	/** To be called as soon as the request has an id, unless nobody here sees its end. */
	known(requestId: string): void;
}

/** Ends noticed by waiting nodes that are remembered: their callbacks come later than a poll saw them. */
const REMEMBERED = 10_000;

interface Wait {
	/** Absent for a hosted model, for which no callback comes. */
	readonly deploymentId: string | undefined;
	requestId: string | undefined;
	wake(): void;
	/** Resolves when the request has an id, or never will. */
	submitted: Promise<void>;
}

const waits = perRuntime(() => new Set<Wait>());
const noticed = perRuntime(() => new Set<string>());

/** Waits for one request: begun before the submit if there is one, so that no callback is earlier. */
export async function whileAwaiting<T>(
	{ deploymentId, requestId }: { deploymentId?: string | undefined; requestId?: string },
	work: (awaiting: Awaiting) => Promise<T>,
): Promise<T> {
	const waking = new AbortController();
	let settle = () => undefined as void;
	const submitted = new Promise<void>((resolve) => {
		settle = resolve;
	});
	const wait: Wait = { deploymentId, requestId, submitted, wake: () => waking.abort() };
	if (requestId !== undefined) settle();
	waits().add(wait);
	const over = (seenEnd: boolean) => {
		waits().delete(wait);
		settle();
		if (seenEnd && wait.requestId !== undefined) remember(noticed(), wait.requestId, REMEMBERED);
	};
	try {
		const result = await work({
			wake: waking.signal,
			known(id) {
				wait.requestId = id;
				settle();
			},
		});
		over(true);
		return result;
	} catch (error) {
		// After any other error the request may go on, and its end is still news.
		over(error instanceof RunComfyError && endStatus(error.code) !== undefined);
		throw error;
	}
}

/**
 * Wakes whoever waits for a request that has ended.
 * @returns whether anybody does, or did and has noticed the end
 */
export function wakeAwaiting(requestId: string): boolean {
	const found = [...waits()].filter((wait) => wait.requestId === requestId);
	for (const wait of found) wait.wake();
	return found.length > 0 || noticed().has(requestId);
}

/** Resolves when every submit to a deployment that is under way now knows its request's id. */
export async function submitsSettled(deploymentId: string): Promise<void> {
	const same = [...waits()].filter((wait) => wait.deploymentId === deploymentId);
	await Promise.all(same.map(({ submitted }) => submitted));
}

/** Adds to a set that forgets its oldest entries. */
export function remember(known: Set<string>, entry: string, limit: number): void {
	known.add(entry);
	for (const oldest of known) {
		if (known.size <= limit) return;
		known.delete(oldest);
	}
}
