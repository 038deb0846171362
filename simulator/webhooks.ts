import type { FaultSite } from './faults';
import { toJson } from './json';
import { describeResult } from './routes/queue';
import type { Job } from './types';
import { DAY_MS, isFinished, type World } from './world';

/** Time limit for a receiver's answer, in real milliseconds. */
const TIMEOUT_MS = 10_000;
/** How long an event is retried after its first attempt. */
const RETRY_FOR_MS = DAY_MS;

interface Delivery {
	job: Job;
	status: string;
	body: string;
	/** When the event was first due. */
	since: number;
	dueAt: number;
	attempt: number;
}

/** Delivers results as RunComfy does: final events unless others were requested, with retries after doubling pauses. */
export class Webhooks {
	readonly #world: World;
	readonly #retryMs: number;
	readonly #due: Delivery[] = [];
	/** Intermediate events that the fault `webhook_reorder` delivers after the final one. */
	readonly #held = new Map<Job, Delivery[]>();
	/**
	 * Jobs with a delivery in progress: only one event at a time, so that a receiver sees them in order unless one
	 * fails.
	 */
	readonly #inFlight = new Set<Job>();
	readonly #stop = new AbortController();

	constructor(world: World, retryMs = 1000) {
		this.#world = world;
		this.#retryMs = retryMs;
	}

	/** Queues the events of a state change. */
	onChange(job: Job, at: number): void {
		if (job.webhook === undefined) return;
		const final = isFinished(job);
		if (!final && !job.webhook.intermediate) return;
		const delivery = describeDelivery(this.#world, job, at);
		const strikes = (name: 'webhook_lost' | 'webhook_duplicate' | 'webhook_reorder') =>
			this.#world.faults.strike(siteOf(job), name) !== undefined;
		if (strikes('webhook_lost')) {
			this.#world.log(`webhook ${job.requestId} ${delivery.status} lost`);
			return;
		}
		if (!final && !this.#held.has(job) && strikes('webhook_reorder')) this.#held.set(job, []);
		const copies = strikes('webhook_duplicate') ? [delivery, { ...delivery }] : [delivery];
		const late = this.#held.get(job);
		if (late !== undefined && !final) {
			late.unshift(...copies);
			return;
		}
		this.#held.delete(job);
		this.#due.push(...copies, ...(late ?? []).map((event) => ({ ...event, dueAt: at })));
	}

	/** Infinity if nothing is due. */
	nextDueAt(): number {
		return this.#earliest()?.dueAt ?? Infinity;
	}

	/** Sends everything that is due, one event after another. */
	async deliverDue(): Promise<void> {
		for (;;) {
			const next = this.#earliest();
			if (!next || next.dueAt > this.#world.now() || this.#stop.signal.aborted) return;
			this.#due.splice(this.#due.indexOf(next), 1);
			this.#inFlight.add(next.job);
			await this.#attempt(next);
			this.#inFlight.delete(next.job);
		}
	}

	close(): void {
		this.#stop.abort();
	}

	#earliest(): Delivery | undefined {
		let first: Delivery | undefined;
		for (const delivery of this.#due) {
			if (this.#inFlight.has(delivery.job)) continue;
			if (first === undefined || delivery.dueAt < first.dueAt) first = delivery;
		}
		return first;
	}

	async #attempt(delivery: Delivery): Promise<void> {
		const { job, status, since } = delivery;
		const answer = await post(delivery, this.#stop.signal);
		if (this.#stop.signal.aborted) return;
		const attempt = delivery.attempt + 1;
		const say = (what: string) => this.#world.log(`webhook ${job.requestId} ${status} ${what}`);
		if (typeof answer === 'number' && answer >= 200 && answer < 300) return say('delivered');
		const now = this.#world.now();
		const dueAt = Math.max(now, delivery.dueAt) + this.#retryMs * 2 ** delivery.attempt;
		if (dueAt - since > RETRY_FOR_MS) {
			return say(`given up after ${attempt} attempts (${answer})`);
		}
		say(`failed (${answer}), again in ${dueAt - now} ms`);
		this.#due.push({ ...delivery, attempt, dueAt });
	}
}

const siteOf = (job: Job): FaultSite => ({
	target: 'webhook',
	deploymentId: job.deploymentId,
	requestId: job.requestId,
});

function describeDelivery(world: World, job: Job, at: number): Delivery {
	const status = job.state === 'canceled' ? 'cancelled' : job.state;
	const result = describeResult(world, job, status);
	const body = toJson({ ...result, deployment_id: job.deploymentId });
	return { job, status, body, since: at, dueAt: at, attempt: 0 };
}

/** The HTTP status, or why there was none. */
async function post({ job, body }: Delivery, stop: AbortSignal): Promise<number | string> {
	try {
		const response = await fetch(job.webhook?.url ?? '', {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'user-agent': 'RunComfy-Webhook/1.0' },
			body,
			redirect: 'manual',
			signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
		});
		await response.body?.cancel();
		return response.status;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}
