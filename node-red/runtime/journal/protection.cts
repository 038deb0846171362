import { perRuntime } from '../runtime.cjs';

/**
 * Whether runs would outlive the end of this process. Where the journal cannot be kept they would not,
 * and whoever watches them should see it.
 */
const problems = perRuntime(() => new Map<string, string>());
const listeners = perRuntime(() => new Set<() => void>());

/** Why runs would not outlive a restart of Node-RED just now, as a sentence; undefined if they would. */
export function unprotectedBecause(): string | undefined {
	return [...problems().values()][0];
}

/** Calls back whenever the answer to that changes. @returns a function that takes it back */
export function onProtectionChanged(listener: () => void): () => void {
	listeners().add(listener);
	return () => void listeners().delete(listener);
}

/** Notes what keeps a journal from being written; undefined if nothing does. */
export function noteProtection(journal: string, problem: string | undefined): void {
	if (problems().get(journal) === problem) return;
	if (problem === undefined) problems().delete(journal);
	else problems().set(journal, problem);
	for (const listener of [...listeners()]) {
		try {
			listener();
		} catch {
			// Whoever looks on must not change what becomes of a run.
		}
	}
}
