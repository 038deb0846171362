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

/** Delivers the ends of requests, with retries after doubling pauses. */
export class Webhooks {
	readonly #world: World;
	readonly #retryMs: number;
	readonly #due: Delivery[] = [];
	readonly #stop = new AbortController();

	constructor(world: World, retryMs = 1000) {
		this.#world = world;
		this.#retryMs = retryMs;
	}

	/** Queues the event if a request has ended. */
	onChange(job: Job, at: number): void {
		if (job.webhook === undefined || !isFinished(job)) return;
		this.#due.push(describeDelivery(this.#world, job, at));
	}

	/** Infinity if nothing is due. */
	nextDueAt(): number {
		return Math.min(...this.#due.map(({ dueAt }) => dueAt));
	}

	/** Sends everything that is due, one event after another. */
	async deliverDue(): Promise<void> {
		for (;;) {
			const at = this.nextDueAt();
			if (at > this.#world.now() || this.#stop.signal.aborted) return;
			const [next] = this.#due.splice(
				this.#due.findIndex(({ dueAt }) => dueAt === at),
				1,
			);
			if (next) await this.#attempt(next);
		}
	}

	close(): void {
		this.#stop.abort();
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

function describeDelivery(world: World, job: Job, at: number): Delivery {
	const status = job.state === 'canceled' ? 'cancelled' : job.state;
	const result = describeResult(world, job, status);
	const body = toJson({ ...result, deployment_id: job.deploymentId });
	return { job, status, body, since: at, dueAt: at, attempt: 0 };
}

/** The HTTP status, or why there was none. */
async function post({ job, body }: Delivery, stop: AbortSignal): Promise<number | string> {
	try {
		const response = await fetch(job.webhook ?? '', {
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
