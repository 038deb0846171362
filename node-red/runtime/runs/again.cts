import { Recent } from '../../../core/index.js';
import type { KeptInput } from '../journal/journalLines.cjs';
import type { Plan } from './runWait.cjs';

/** What a run has submitted, to be submitted once more: what the journal would keep of it. */
export interface KeptRun {
	readonly nodeId: string;
	readonly deploymentId: string;
	readonly input: KeptInput;
	readonly msg: Record<string, unknown>;
	readonly plan: Plan;
}

/** Runs that are kept: the newest, by their job. Each takes up to 80 KB, most take less than one. */
const MOST = 50;
const kept = new Recent<string, KeptRun>(MOST);

/** By node: what starts a run of it. */
const starters = new Map<string, (run: KeptRun) => void>();

/** Keeps what a run is about to submit. */
export function keepForAgain(job: string, run: KeptRun): void {
	kept.set(job, run);
}

/** Drops a run of which nobody knows whether it was accepted: it may be paid for as it is. */
export function neverAgain(job: string): void {
	kept.delete(job);
}

/** Lets a node's runs be started again. @returns a function that takes it back */
export function setStarter(nodeId: string, start: (run: KeptRun) => void): () => void {
	starters.set(nodeId, start);
	return () => {
		if (starters.get(nodeId) === start) starters.delete(nodeId);
	};
}

/** Whether a run can be started again: its input is kept, and its node is there. */
export function canRunAgain(job: string): boolean {
	return starters.has(kept.get(job)?.nodeId ?? '');
}

/** Starts a run once more, with the very same input. @returns whether it could be */
export function runOnceMore(job: string): boolean {
	const run = kept.get(job);
	const start = run && starters.get(run.nodeId);
	if (!start) return false;
	start(run);
	return true;
}
