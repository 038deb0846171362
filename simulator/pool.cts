import { randomUUID } from 'node:crypto';
import type { Job } from './types.cjs';

/** A GPU machine of a deployment: busy with one job, or warm and idle since a certain moment. */
export interface Instance {
	id: string;
	idleSince: number;
	job?: Job;
}

/** The queue and the instances of one deployment. */
export interface Pool {
	/** Everything that was due by this moment has been carried out. */
	time: number;
	instances: Instance[];
	pending: Job[];
	running: Map<Job, { instance: Instance; endsAt: number }>;
	/** Accepted cancellations and the moment each takes effect. */
	cancelAt: Map<Job, number>;
}

export interface PoolSettings {
	latencyMs: number;
	coldStartMs: number;
	queueMs: number;
	maxInstances: number;
	minInstances: number;
	keepWarmMs: number;
}

/** A deployment or a hosted model: it has a queue and machines. */
export interface PoolOwner {
	id: string;
	name: string;
	min_instances: number;
	max_instances: number;
	keep_warm_duration_in_seconds: number;
	/** Set if machines need not boot. */
	alwaysWarm?: boolean;
}

type OnChange = (job: Job, at: number) => void;
interface Change {
	at: number;
	apply(): Job;
}

export const createPool = (time: number): Pool => ({
	time,
	instances: [],
	pending: [],
	running: new Map(),
	cancelAt: new Map(),
});

/** Carries out everything that is due by `now`, in order of time. */
export function advance(pool: Pool, now: number, settings: PoolSettings, onChange: OnChange): void {
	while (pool.instances.length < settings.minInstances) {
		pool.instances.push(newInstance(pool.time));
	}
	for (;;) {
		const change = nextChange(pool, settings);
		if (change === undefined || change.at > now) break;
		pool.time = Math.max(pool.time, change.at);
		onChange(change.apply(), change.at);
	}
	pool.time = Math.max(pool.time, now);
}

/** The earliest event: a run ends, a cancellation takes effect, or the first request in the queue starts. */
export function nextChange(pool: Pool, settings: PoolSettings): Change | undefined {
	let next: Change | undefined;
	const offer = (at: number, apply: () => Job): void => {
		if (next === undefined || at < next.at) next = { at, apply };
	};
	for (const [job, { endsAt }] of pool.running) offer(endsAt, () => finish(pool, job, endsAt));
	for (const [job, at] of pool.cancelAt) offer(at, () => cancel(pool, job, at));
	const head = pool.pending[0];
	const start = head && planStart(pool, head, settings);
	if (head && start) offer(start.at, () => begin(pool, head, start, settings));
	return next;
}

/** Warm instances, busy or idle, at the pool's time. */
export function liveInstances(
	pool: Pool,
	settings: PoolSettings,
	at: number = pool.time,
): Instance[] {
	return pool.instances.filter(
		(instance, index) => index < settings.minInstances || isWarm(instance, at, settings.keepWarmMs),
	);
}

const newInstance = (time: number): Instance => ({ id: randomUUID(), idleSince: time });

const isWarm = (instance: Instance, at: number, keepWarmMs: number): boolean =>
	instance.job !== undefined || at <= instance.idleSince + keepWarmMs;

function planStart(
	pool: Pool,
	job: Job,
	settings: PoolSettings,
): { at: number; instance?: Instance } | undefined {
	const ready = Math.max(job.createdAt + settings.queueMs, pool.time);
	let best: { at: number; instance?: Instance } | undefined;
	for (const instance of liveInstances(pool, settings, ready)) {
		if (instance.job !== undefined) continue;
		const at = Math.max(ready, instance.idleSince);
		if (best === undefined || at < best.at) best = { at, instance };
	}
	const roomForMore = liveInstances(pool, settings, ready).length < settings.maxInstances;
	const cold = Math.max(ready, job.createdAt + settings.coldStartMs);
	return roomForMore && (best === undefined || cold < best.at) ? { at: cold } : best;
}

function begin(
	pool: Pool,
	job: Job,
	start: { at: number; instance?: Instance },
	settings: PoolSettings,
): Job {
	pool.instances = liveInstances(pool, settings);
	const instance = start.instance ?? newInstance(start.at);
	if (start.instance === undefined) pool.instances.push(instance);
	instance.job = job;
	pool.pending.shift();
	pool.running.set(job, { instance, endsAt: start.at + (job.runMs ?? settings.latencyMs) });
	job.state = 'in_progress';
	job.startedAt = start.at;
	job.instanceId = instance.id;
	return job;
}

function finish(pool: Pool, job: Job, at: number): Job {
	release(pool, job, at);
	job.state = job.outcome.kind;
	return job;
}

function cancel(pool: Pool, job: Job, at: number): Job {
	release(pool, job, at);
	job.state = 'canceled';
	return job;
}

function release(pool: Pool, job: Job, at: number): void {
	const run = pool.running.get(job);
	if (run !== undefined) {
		delete run.instance.job;
		run.instance.idleSince = at;
	}
	pool.running.delete(job);
	pool.cancelAt.delete(job);
	pool.pending = pool.pending.filter((other) => other !== job);
	job.finishedAt = at;
}
