/**
 * Work in progress, by node id. Kept by the module, not by a node's instance: a deploy replaces
 * instances while modules stay loaded.
 */
interface Job {
	controller: AbortController;
	ended: Promise<unknown>;
}

const jobs = new Map<string, Set<Job>>();

/** Milliseconds that a closing node waits for its requests to be canceled. Node-RED gives it 15 s. */
export const CLOSE_BOUND_MS = 5_000;

/** Starts work that `stopJobs` of the same node can end. */
export function startJob<T>(nodeId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const controller = new AbortController();
	const result = work(controller.signal);
	const job: Job = { controller, ended: result.catch(() => undefined) };
	const ofNode = jobs.get(nodeId) ?? new Set();
	jobs.set(nodeId, ofNode.add(job));
	void job.ended.then(() => {
		ofNode.delete(job);
		if (ofNode.size === 0 && jobs.get(nodeId) === ofNode) jobs.delete(nodeId);
	});
	return result;
}

export function countJobs(nodeId: string): number {
	return jobs.get(nodeId)?.size ?? 0;
}

/**
 * Aborts all work of a node and resolves when it has ended, at the latest after `boundMs`. What has
 * not ended by then goes on in the background.
 */
export async function stopJobs(nodeId: string, boundMs = CLOSE_BOUND_MS): Promise<void> {
	const running = [...(jobs.get(nodeId) ?? [])];
	if (running.length === 0) return;
	for (const { controller } of running) controller.abort();
	await within(Promise.all(running.map(({ ended }) => ended)), boundMs);
}

function within(work: Promise<unknown>, ms: number): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const bound = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	return Promise.race([work, bound]).finally(() => clearTimeout(timer));
}
