import type { FaultSite } from './faults.cjs';
import { toJson } from './json.cjs';
import { describeResult } from './routes/queue.cjs';
import type { Job } from './types.cjs';
import { isFinished, type World } from './world.cjs';

interface WebhookOptions {
	retryMs: number;
	/** For how long after its first attempt an event is tried again, in milliseconds. */
	retryForMs: number;
	attempts: number;
	timeoutMs: number;
}

interface Delivery {
	job: Job;
	status: string;
	body: string;
	/** When it was first due. */
	since: number;
	dueAt: number;
	attempt: number;
}

/** One attempt to deliver an event. Times are milliseconds of the simulator's clock. */
interface WebhookAttempt {
	requestId: string;
	/** The state that the event reports. */
	event: string;
	url: string;
	at: number;
	/** 1 for the first one. */
	attempt: number;
	/** The HTTP status answered, or why there was none. */
	answer: number | string;
	/** When the next attempt is due. */
	nextAt?: number;
}

/** The page lists this many of the latest attempts. */
const LISTED_ATTEMPTS = 50;

export interface Webhooks {
	/** The latest attempts, oldest first. */
	readonly attempts: readonly WebhookAttempt[];
	/** Queues the events that a change of state causes. */
	onChange(job: Job, at: number): void;
	nextDueAt(): number | undefined;
	/** Sends everything that is due by now, one event after another. */
	deliverDue(): Promise<void>;
	close(): void;
}

/** Delivers results as RunComfy does: final events only unless asked, retries with doubling pauses. */
export function createWebhooks(world: World, options: WebhookOptions): Webhooks {
	const due: Delivery[] = [];
	/** Intermediate events held back until the final one is out. */
	const held = new Map<Job, Delivery[]>();
	/** One event of a job at a time, so that a receiver sees them in order unless it fails one. */
	const inFlight = new Set<Job>();
	const stop = new AbortController();
	const attempts: WebhookAttempt[] = [];

	const recordAttempt = (
		{ job, status, attempt }: Delivery,
		at: number,
		answer: number | string,
	) => {
		const entry: WebhookAttempt = {
			requestId: job.requestId,
			event: status,
			url: job.webhook?.url ?? '',
			at,
			attempt: attempt + 1,
			answer,
		};
		attempts.push(entry);
		if (attempts.length > LISTED_ATTEMPTS) attempts.shift();
		return entry;
	};

	const strikes = (name: 'webhook_lost' | 'webhook_duplicate' | 'webhook_reorder', job: Job) =>
		world.faults.strike(siteOf(job), name) !== undefined;

	const onChange = (job: Job, at: number): void => {
		if (job.webhook === undefined) return;
		const final = isFinished(job);
		if (!final && !job.webhook.intermediate) return;
		const delivery = describeDelivery(world, job, at);
		if (strikes('webhook_lost', job)) {
			world.log(`webhook ${job.requestId} ${delivery.status} lost`);
			return;
		}
		if (!final && !held.has(job) && strikes('webhook_reorder', job)) held.set(job, []);
		const copies = strikes('webhook_duplicate', job) ? [delivery, { ...delivery }] : [delivery];
		const late = held.get(job);
		if (late !== undefined && !final) {
			late.unshift(...copies);
			return;
		}
		held.delete(job);
		const after = (late ?? []).map((event) => ({ ...event, dueAt: at }));
		due.push(...copies, ...after);
	};

	const attempt = async (delivery: Delivery): Promise<void> => {
		const at = world.now();
		const answer = await post(delivery, stop.signal, options.timeoutMs);
		const name = `webhook ${delivery.job.requestId} ${delivery.status}`;
		if (stop.signal.aborted) return;
		const entry = recordAttempt(delivery, at, answer);
		if (typeof answer === 'number' && answer >= 200 && answer < 300) {
			world.log(`${name} delivered`);
			return;
		}
		const next = delivery.attempt + 1;
		const dueAt = Math.max(world.now(), delivery.dueAt) + options.retryMs * 2 ** delivery.attempt;
		if (next >= options.attempts || dueAt - delivery.since > options.retryForMs) {
			world.log(`${name} given up after ${next} attempts (${answer})`);
			return;
		}
		world.log(`${name} failed (${answer}), again in ${dueAt - world.now()} ms`);
		entry.nextAt = dueAt;
		due.push({ ...delivery, attempt: next, dueAt });
	};

	return {
		attempts,
		onChange,
		nextDueAt: () => earliest(due, inFlight)?.dueAt,
		async deliverDue() {
			for (;;) {
				const next = earliest(due, inFlight);
				if (next === undefined || next.dueAt > world.now() || stop.signal.aborted) return;
				due.splice(due.indexOf(next), 1);
				inFlight.add(next.job);
				await attempt(next);
				inFlight.delete(next.job);
			}
		},
		close: () => stop.abort(),
	};
}

function earliest(due: readonly Delivery[], inFlight: ReadonlySet<Job>): Delivery | undefined {
	let first: Delivery | undefined;
	for (const delivery of due) {
		if (inFlight.has(delivery.job)) continue;
		if (first === undefined || delivery.dueAt < first.dueAt) first = delivery;
	}
	return first;
}

const siteOf = (job: Job): FaultSite => ({
	target: 'webhook',
	deploymentId: job.deploymentId,
	requestId: job.requestId,
});

function describeDelivery(world: World, job: Job, at: number): Delivery {
	const spelling = world.faults.strike(siteOf(job), 'spelling')?.value ?? 'cancelled';
	const status = job.state === 'canceled' ? spelling : job.state;
	const { outputs, ...result } = describeResult(world, job, status);
	const renamed = world.faults.strike(siteOf(job), 'webhook_output_key');
	const key = renamed ? (renamed.key ?? 'output') : 'outputs';
	const body = toJson({
		...result,
		deployment_id: job.deploymentId,
		...(outputs !== undefined && { [key]: outputs }),
	});
	return { job, status, body, since: at, dueAt: at, attempt: 0 };
}

/** The HTTP status, or why there was none. */
async function post(
	{ job, body }: Delivery,
	stop: AbortSignal,
	timeoutMs: number,
): Promise<number | string> {
	try {
		const response = await fetch(job.webhook?.url ?? '', {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'user-agent': 'RunComfy-Webhook/1.0' },
			body,
			redirect: 'manual',
			signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
		});
		await response.body?.cancel();
		return response.status;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
}
