// Measures the figures of a scene.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export const seconds = (ms) => Math.round(ms / 100) / 10;

export const mean = (values) =>
	values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Resident memory of a process, in MB. */
export function residentMb(pid) {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Measures again and again until it is told to stop, and then returns all figures. */
export function sample(look, everyMs) {
	const seen = [];
	let over = false;
	const looking = (async () => {
		while (!over) {
			const value = await Promise.resolve()
				.then(look)
				.catch(() => undefined);
			if (value !== undefined) seen.push(value);
			await pause(everyMs);
		}
	})();
	return async () => {
		over = true;
		await looking;
		return seen;
	};
}

/** Milliseconds from the end of each run to the next node; none if nothing came out. */
export function lagsOf({ jobsOf, deliveredAt }, marks) {
	return marks.flatMap((mark) => {
		const at = deliveredAt(mark);
		const [job] = jobsOf(mark);
		return at === undefined || job.finishedAt === undefined ? [] : [at - job.finishedAt];
	});
}

/**
 * HTTP requests for the requests with these marks, or for their deployments: of RunComfy's API, and of files
 * (object_info, outputs), which other hosts serve.
 */
export function callsOf({ simulator, jobsOf }, marks, since) {
	const jobs = marks.flatMap(jobsOf);
	const names = new Set(jobs.flatMap(({ requestId, deploymentId }) => [requestId, deploymentId]));
	const own = simulator.requests.filter(
		({ at, path }) => at >= since && [...names].some((name) => path.includes(name)),
	);
	const calls = own.filter(({ path }) => path.startsWith('/prod/')).length;
	return { calls, files: own.length - calls };
}
