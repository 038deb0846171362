import { randomUUID } from 'node:crypto';
import type { Job } from './types';

/** A GPU machine of a deployment: busy with one job, or warm and idle since a certain moment. */
interface Instance {
	id: string;
	idleSince: number;
	job?: Job;
}

/** The speed of runs, in milliseconds. */
export interface Pace {
	latencyMs: number;
	coldStartMs: number;
	queueMs: number;
}

/** A deployment or a hosted model, which has a queue and machines. */
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

interface Start {
	at: number;
	/** Absent if a new machine boots for the job. */
	instance?: Instance;
}

/** The queue and the machines of one owner. */
export class Pool {
	pending: Job[] = [];
	readonly running = new Map<Job, { instance: Instance; endsAt: number }>();
	/** Accepted cancellations, and when each takes effect. */
	readonly cancelAt = new Map<Job, number>();
	readonly #owner: PoolOwner;
	readonly #pace: Readonly<Pace>;
	/** All events up to this moment have been processed. */
	#time: number;
	#instances: Instance[] = [];

	constructor(owner: PoolOwner, pace: Readonly<Pace>, time: number) {
		this.#owner = owner;
		this.#pace = pace;
		this.#time = time;
	}

	/** Processes all events up to `now`, in order of time. */
	advance(now: number, onChange: OnChange): void {
		while (this.#instances.length < this.#owner.min_instances) this.#boot(this.#time);
		for (;;) {
			const change = this.nextChange();
			if (change === undefined || change.at > now) break;
			this.#time = Math.max(this.#time, change.at);
			onChange(change.apply(), change.at);
		}
		this.#time = Math.max(this.#time, now);
	}

	/** The earliest event: a run ends, a cancellation takes effect, or the first request in the queue starts. */
	nextChange(): Change | undefined {
		let next: Change | undefined;
		const offer = (at: number, apply: () => Job): void => {
			if (next === undefined || at < next.at) next = { at, apply };
		};
		for (const [job, { endsAt }] of this.running) {
			offer(endsAt, () => this.#end(job, endsAt, job.outcome.kind));
		}
		for (const [job, at] of this.cancelAt) offer(at, () => this.#end(job, at, 'canceled'));
		const [head] = this.pending;
		const start = head && this.#planStart(head);
		if (head && start) offer(start.at, () => this.#begin(head, start));
		return next;
	}

	/** Warm machines, busy or idle, at the pool's time. */
	warm(at = this.#time): Instance[] {
		const { min_instances, keep_warm_duration_in_seconds } = this.#owner;
		return this.#instances.filter(
			({ job, idleSince }, index) =>
				index < min_instances ||
				job !== undefined ||
				at <= idleSince + keep_warm_duration_in_seconds * 1000,
		);
	}

	#boot(time: number): Instance {
		const instance = { id: randomUUID(), idleSince: time };
		this.#instances.push(instance);
		return instance;
	}

	#planStart(job: Job): Start | undefined {
		const ready = Math.max(job.createdAt + this.#pace.queueMs, this.#time);
		const warm = this.warm(ready);
		let best: Start | undefined;
		for (const instance of warm) {
			if (instance.job !== undefined) continue;
			const at = Math.max(ready, instance.idleSince);
			if (best === undefined || at < best.at) best = { at, instance };
		}
		const coldStartMs = this.#owner.alwaysWarm ? 0 : this.#pace.coldStartMs;
		const cold = Math.max(ready, job.createdAt + coldStartMs);
		const roomForMore = warm.length < this.#owner.max_instances;
		return roomForMore && (best === undefined || cold < best.at) ? { at: cold } : best;
	}

	#begin(job: Job, start: Start): Job {
		this.#instances = this.warm();
		const instance = start.instance ?? this.#boot(start.at);
		instance.job = job;
		this.pending.shift();
		this.running.set(job, {
			instance,
			endsAt: start.at + (job.runMs ?? this.#pace.latencyMs),
		});
		job.state = 'in_progress';
		job.startedAt = start.at;
		job.instanceId = instance.id;
		return job;
	}

	#end(job: Job, at: number, state: Job['state']): Job {
		const run = this.running.get(job);
		if (run !== undefined) {
			delete run.instance.job;
			run.instance.idleSince = at;
		}
		this.running.delete(job);
		this.cancelAt.delete(job);
		this.pending = this.pending.filter((other) => other !== job);
		job.finishedAt = at;
		job.state = state;
		return job;
	}
}
