import { Recent } from '../recent';
import type { SavedWorkflow } from './graph';
import type { NodeClass } from './objectInfo';

/** Milliseconds: long enough for the items of a flow, short enough for who changes a deployment. */
const KEPT_MS = 60_000;

/** Workflows with hundreds of nodes add up. */
const MOST = 50;

/**
 * What was read of one account's deployments. A cache must never be shared by accounts: it answers
 * without asking whether the token may see a deployment.
 */
export interface WorkflowCache {
	/** By deployment id. */
	workflows: Kept<SavedWorkflow>;
	/** By address and version. Only the classes that were asked for; undefined if the machine lacks one. */
	infos: Kept<KnownClasses | Unreadable>;
	/** By address and version: those being read. */
	reading: Map<string, Promise<unknown>>;
}

/** An object_info that gives no types, and why. */
export class Unreadable {
	constructor(readonly why: string) {}
}

export type KnownClasses = Map<string, NodeClass | undefined>;

type Kept<T> = Recent<string, { value: T; until: number }>;

export function createWorkflowCache(): WorkflowCache {
	return { workflows: new Recent(MOST), infos: new Recent(MOST), reading: new Map() };
}

/** What a deployment was called when its workflow was last read; undefined if it was not. */
export function knownName({ workflows }: WorkflowCache, deploymentId: string): string | undefined {
	return workflows.get(deploymentId)?.value.name;
}

export function recall<T>(kept: Kept<T> | undefined, key: string, now: number): T | undefined {
	const entry = kept?.get(key);
	return entry && now < entry.until ? entry.value : undefined;
}

export function remember<T>(
	kept: Kept<T> | undefined,
	key: string,
	value: T,
	now: number,
	keptMs = KEPT_MS,
): void {
	kept?.set(key, { value, until: now + keptMs });
}
