/**
 * Work in progress, by node id. Kept by the module, not by a node's instance: a deploy replaces
 * instances while modules stay loaded.
 */
export interface Job<T = unknown> {
	readonly nodeId: string;
	readonly result: Promise<T>;
	/** Ends the work. Whether its request is canceled, too, or goes on at RunComfy, is up to `how`. */
	abort(how: StopMode): void;
	readonly aborted: boolean;
	/** Whether `result` has settled. */
	readonly settled: boolean;
}

export type StopMode = 'cancel' | 'leave';

const jobs = new Map<string, Set<Job>>();

/**
 * Milliseconds that a closing node waits for its requests to be canceled, so that a close takes less
 * than 5 s in all. Node-RED gives it 15 s, a container often 10 s.
 */
export const CLOSE_BOUND_MS = 4_500;

/** Starts work, which stays registered until `dropJob`. `onAbort` is told of the first abort. */
export function createJob<T>(
	nodeId: string,
	work: (signal: AbortSignal) => Promise<T>,
	onAbort?: (how: StopMode) => void,
): Job<T> {
	const controller = new AbortController();
	// No accessors: V8 makes a hidden class of its own for every object that has some.
	const job = {
		nodeId,
		result: work(controller.signal),
		aborted: false,
		settled: false,
		abort(how: StopMode) {
			if (job.aborted) return;
			onAbort?.(how);
			job.aborted = true;
			controller.abort();
		},
	};
	// Whoever waits for it has gone when a node closes: its failure is then nobody's.
	const settle = () => void (job.settled = true);
	job.result.then(settle, settle);
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

/** What belongs to jobs, and is forgotten with them. */
export interface Register<T extends { readonly job: Job }> {
	add(entry: T): void;
	/** Those of one node. */
	of(nodeId: string): T[];
	all(): T[];
	drop(entry: T): void;
}

export function createRegister<T extends { readonly job: Job }>(): Register<T> {
	const entries = new WeakMap<Job, T>();
	const pick = (chosen: Iterable<Job>) => [...chosen].flatMap((job) => entries.get(job) ?? []);
	return {
		add: (entry) => void entries.set(entry.job, entry),
		of: (nodeId) => pick(jobsOf(nodeId)),
		all: () => pick([...jobs.values()].flatMap((ofNode) => [...ofNode])),
		drop: ({ job }) => dropJob(job),
	};
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
