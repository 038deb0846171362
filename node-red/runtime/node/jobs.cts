/**
 * Work in progress, by node id. Kept by the module, not by a node's instance: a deploy replaces
 * instances while modules stay loaded.
 */
export interface Job<T = unknown> {
	readonly nodeId: string;
	readonly result: Promise<T>;
	/** Ends the work. Whether its request is canceled, too, or goes on at RunComfy, is up to `how`. */
	abort(how: StopMode): void;
	/** How it was aborted; undefined while it was not. */
	readonly stopped: StopMode | undefined;
}

export type StopMode = 'cancel' | 'leave';

const jobs = new Map<string, Set<Job>>();

/**
 * Milliseconds that a closing node waits for its requests to be canceled, so that a close takes less
 * than 5 s in all. Node-RED gives it 15 s, a container often 10 s.
 */
export const CLOSE_BOUND_MS = 4_500;

/** Starts work, which stays registered until `dropJob`. */
export function createJob<T>(
	nodeId: string,
	work: (signal: AbortSignal, stopped: () => StopMode | undefined) => Promise<T>,
): Job<T> {
	const controller = new AbortController();
	let stopped: StopMode | undefined;
	const job: Job<T> = {
		nodeId,
		result: work(controller.signal, () => stopped),
		abort(how) {
			stopped ??= how;
			controller.abort();
		},
		get stopped() {
			return stopped;
		},
	};
	// Whoever waits for it has gone when a node closes: its failure is then nobody's.
	job.result.catch(() => undefined);
	jobs.set(nodeId, jobsOf(nodeId).add(job));
	return job;
}

export function dropJob(job: Job): void {
	const ofNode = jobsOf(job.nodeId);
	ofNode.delete(job);
	if (ofNode.size === 0) jobs.delete(job.nodeId);
}

/** Starts work that `stopJobs` of the same node can end, registered until it has ended. */
export function startJob<T>(nodeId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const job = createJob(nodeId, work);
	return job.result.finally(() => dropJob(job));
}

export function jobsOf(nodeId: string): Set<Job> {
	return jobs.get(nodeId) ?? new Set();
}

/** The jobs of all nodes. */
export function allJobs(): Job[] {
	return [...jobs.values()].flatMap((ofNode) => [...ofNode]);
}

export function countJobs(nodeId: string): number {
	return jobsOf(nodeId).size;
}

/**
 * Aborts jobs, all of a node by default, and resolves when they have ended, at the latest after
 * `boundMs`. What has not ended by then goes on in the background.
 */
export async function stopJobs(
	stopped: string | Iterable<Job>,
	how: StopMode = 'cancel',
	boundMs = CLOSE_BOUND_MS,
): Promise<void> {
	const running = [...(typeof stopped === 'string' ? jobsOf(stopped) : stopped)];
	if (running.length === 0) return;
	for (const job of running) job.abort(how);
	await within(Promise.allSettled(running.map(({ result }) => result)), boundMs);
}

function within(work: Promise<unknown>, ms: number): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const bound = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	return Promise.race([work, bound]).finally(() => clearTimeout(timer));
}
