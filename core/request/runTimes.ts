import { Recent } from '../recent';

const RUNS_KEPT = 5;
const TARGETS_KEPT = 500;

/** How long the last runs of each target took, in milliseconds on the machine. */
export class RunTimes {
	readonly #byId = new Recent<string, number[]>(TARGETS_KEPT);

	/** The median, to say how long this run will take. */
	typical(id: string | undefined): number | undefined {
		const sorted = [...(this.#byId.get(id ?? '') ?? [])].sort((a, b) => a - b);
		return sorted[Math.floor(sorted.length / 2)];
	}

	learn(id: string | undefined, ms: number): void {
		if (!(ms > 0) || id === undefined) return;
		this.#byId.set(id, [...(this.#byId.get(id) ?? []), ms].slice(-RUNS_KEPT));
	}
}

/**
 * Milliseconds that a run took on the machine, if that is known well enough. The service's own times span
 * queue and run exactly; the queue's share is what was seen from here.
 */
export function measureRun(
	{
		created_at = '',
		finished_at = '',
	}: { [Time in 'created_at' | 'finished_at']?: string | undefined },
	queuedMs: number,
	uncertainMs: number,
): number | undefined {
	const ms = Date.parse(finished_at) - Date.parse(created_at) - queuedMs;
	// It was picked up late, or it was a short run after a long queue: a wrong time is worse than none.
	const tolerance = Math.max(TOLERANCE_MS, 0.2 * ms);
	return ms > 0 && uncertainMs <= tolerance ? ms : undefined;
}

const TOLERANCE_MS = 3_000;
