/** How one attempt went. `F` carries what its caller must know to decide on another one. */
export type Attempt<T, F> = { ok: true; value: T } | (F & { ok: false });

/**
 * Tries again for as long as `delayAfter` gives milliseconds to wait before another attempt: the one
 * loop behind every retry of the core.
 * @param delayAfter gets the failed attempt and its number, from 1; undefined gives up.
 * @returns the last attempt.
 * @throws whatever `attempt` and `wait` throw, such as `aborted`.
 */
export async function repeat<T, F>(
	attempt: () => Promise<Attempt<T, F>>,
	delayAfter: (failed: F, number: number) => number | undefined,
	wait: (ms: number, failed: F, number: number) => Promise<void>,
): Promise<Attempt<T, F>> {
	for (let number = 1; ; number += 1) {
		const last = await attempt();
		if (last.ok) return last;
		const delayMs = delayAfter(last, number);
		if (delayMs === undefined) return last;
		await wait(delayMs, last, number);
	}
}

/** The value of an attempt. @throws the error of a failed one */
export function valueOf<T, F extends { error: unknown }>(last: Attempt<T, F>): T {
	if (last.ok) return last.value;
	throw last.error;
}

/** A promise's outcome as an attempt. */
export function attemptOf<T>(work: () => Promise<T>): Promise<Attempt<T, { error: unknown }>> {
	return work().then(
		(value) => ({ ok: true, value }) as const,
		(error: unknown) => ({ ok: false, error }) as const,
	);
}
