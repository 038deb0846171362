import { createListeners, perRuntime } from '../runtime.cjs';

/**
 * Whether runs would outlive the end of this process. If the journal cannot be kept they would not, and
 * whoever watches them should see it.
 */
const problems = perRuntime(() => new Map<string, string>());

/** Called when `unprotectedBecause` has another answer. */
export const protectionChanged = perRuntime(createListeners);

/** Why runs would not outlive a restart of Node-RED now, as a sentence; undefined if they would. */
export function unprotectedBecause(): string | undefined {
	return [...problems().values()][0];
}

/** Notes what keeps a journal from being written; undefined if nothing does. */
export function noteProtection(journal: string, problem: string | undefined): void {
	if (problems().get(journal) === problem) return;
	if (problem === undefined) problems().delete(journal);
	else problems().set(journal, problem);
	protectionChanged().call();
}
