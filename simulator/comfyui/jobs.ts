import type { Deployment } from '../deployments/store';
import { isObject } from '../json';
import { ApiError } from '../reply';
import { runError } from '../run/check';
import type { Submission } from '../run/submission';
import type { Job, JsonObject, NodeErrors } from '../types';
import { isFinished, keptOutcome, type World } from '../world';
import type { Ending, QueueEntry } from './answers';
import {
	createJob,
	failed,
	listQueue,
	MEMO,
	readEnding,
	readNodeErrors,
	readRefusal,
	recallJob,
} from './answers';
import type { Comfy } from './client';
import { Unreachable } from './client';
import { FileProblem, uploadFiles } from './inputs';

/** Longest pause between two polls of running jobs, in milliseconds: webhooks depend on them. */
const POLL_MS = 1000;

/** ComfyUI keeps its queue in memory: if it stays away for this long, its runs are lost. */
const GIVE_UP_MS = 60_000;

/** RunComfy names one of many machines; here there is only one. */
const INSTANCE = 'comfyui';

const LOST =
	'ComfyUI does not know the request any more: it was started again, or its queue was cleared';

/** Keeps the simulator's jobs in step with ComfyUI. */
export class Jobs {
	readonly #world: World;
	readonly #comfy: Comfy;
	readonly #open = new Set<Job>();
	/** Number of submits in progress. */
	#submitting = 0;
	#round: Promise<void> | undefined;
	#lastRoundAt = 0;
	#silentSince: number | undefined;

	constructor(world: World, comfy: Comfy) {
		this.#world = world;
		this.#comfy = comfy;
	}

	/** @throws Unreachable */
	async submit(deployment: Deployment, submission: Submission): Promise<Job> {
		this.#submitting += 1;
		try {
			return await this.#send(deployment, submission);
		} finally {
			this.#submitting -= 1;
		}
	}

	/** @throws Unreachable */
	async cancel(job: Job): Promise<void> {
		job.cancelRequestedAt ??= this.#world.now();
		await this.#comfy.ask('/queue', { body: { delete: [job.requestId] } });
		const running = (await this.#askQueue()).some(({ id }) => id === job.requestId);
		if (running) await this.#comfy.ask('/interrupt', { body: { prompt_id: job.requestId } });
	}

	/** Updates all jobs, and looks for the given request if an earlier simulator submitted it. @throws Unreachable */
	async update(requestId = ''): Promise<void> {
		const { jobs } = this.#world;
		const known = jobs.get(requestId);
		if (known && isFinished(known)) return;
		this.#round ??= this.#updateOpen().finally(() => (this.#round = undefined));
		await this.#round.catch((error: unknown) => {
			if (!known || !isFinished(known)) throw error;
		});
		if (requestId === '' || jobs.has(requestId)) return;
		const entry = await this.#askHistory(requestId);
		const item = entry?.['prompt'];
		if (!entry || !Array.isArray(item) || jobs.has(requestId)) return;
		const job = this.#adopt(item);
		if (job) this.#finish(job, readEnding(entry));
	}

	/** When to check the open jobs again. */
	nextUpdateAt(): number | undefined {
		return this.#open.size > 0 ? this.#lastRoundAt + POLL_MS : undefined;
	}

	async #send(deployment: Deployment, submission: Submission): Promise<Job> {
		const { graph, extraData, webhook } = submission;
		const [deploymentId, createdAt] = [deployment.id, this.#world.now()];
		const accept = (requestId?: string, nodeErrors: NodeErrors = {}): Job => {
			const fields = { ...submission, deploymentId, createdAt, nodeErrors };
			const job = this.#add(createJob(fields, requestId));
			this.#world.onChange(job, createdAt);
			return job;
		};
		try {
			await uploadFiles(this.#comfy, graph);
		} catch (error) {
			if (error instanceof Unreachable) throw this.#refusal(error);
			if (!(error instanceof FileProblem)) throw error;
			const job = accept();
			this.#fail(job, 'FileUploadException', error.message);
			return job;
		}
		const memo = { deployment_id: deploymentId, created_at: createdAt, webhook };
		const prompt = { prompt: graph, extra_data: { ...extraData, [MEMO]: memo } };
		const { status, body } = await this.#comfy
			.ask('/prompt', { body: prompt })
			.catch((error: unknown) => {
				throw error instanceof Unreachable && error.undelivered ? this.#refusal(error) : error;
			});
		const { prompt_id, node_errors } = isObject(body) ? body : ({} as JsonObject);
		if (status === 200 && typeof prompt_id === 'string') {
			return accept(prompt_id, readNodeErrors(node_errors));
		}
		const job = accept();
		this.#finish(job, { outcome: failed(readRefusal(status, body)) });
		return job;
	}

	/**
	 * The answer to a submit that did not reach ComfyUI. It asks for no retry, because somebody has to start ComfyUI
	 * first.
	 */
	#refusal({ message }: Unreachable): ApiError {
		this.#world.log(`submit refused: ${message}`);
		return new ApiError(422001, message);
	}

	async #updateOpen(): Promise<void> {
		const { jobs, now } = this.#world;
		this.#lastRoundAt = now();
		// Copied before ComfyUI is asked, because a prompt submitted in the meantime may be in neither of its lists.
		const before = [...this.#open];
		const queue = await this.#askQueue();
		for (const { id, position, item } of queue) {
			// A prompt enters ComfyUI's queue before its submit is answered.
			const job = jobs.get(id) ?? (this.#submitting === 0 ? this.#adopt(item) : undefined);
			if (job === undefined || isFinished(job)) continue;
			if (position === undefined) this.#begin(job);
			else job.position = position;
		}
		const queued = new Set(queue.map(({ id }) => id));
		for (const job of before) if (!queued.has(job.requestId)) await this.#conclude(job);
	}

	/** The queue was read first, so a prompt that is no longer in the queue is in the history. */
	async #conclude(job: Job): Promise<void> {
		const entry = await this.#askHistory(job.requestId);
		if (entry !== undefined) this.#finish(job, readEnding(entry));
		else if (job.cancelRequestedAt === undefined) this.#fail(job, 'InternalServerError', LOST);
		else this.#finish(job, { outcome: { kind: 'canceled' } });
	}

	async #askQueue(): Promise<QueueEntry[]> {
		const { now, log } = this.#world;
		const askedAt = now();
		try {
			const body = await this.#comfy.look('/queue');
			if (this.#silentSince !== undefined) log('ComfyUI answers again');
			this.#silentSince = undefined;
			return listQueue(body);
		} catch (error) {
			const why = error instanceof Error ? error.message : String(error);
			if (this.#silentSince === undefined) log(why);
			this.#silentSince ??= askedAt;
			if (now() - this.#silentSince >= GIVE_UP_MS) {
				for (const job of this.#open) this.#fail(job, 'InternalServerError', why);
			}
			throw error;
		}
	}

	async #askHistory(requestId: string): Promise<JsonObject | undefined> {
		const body = await this.#comfy.look(`/history/${encodeURIComponent(requestId)}`);
		const entry = isObject(body) ? body[requestId] : undefined;
		return isObject(entry) ? entry : undefined;
	}

	#add(created: Job): Job {
		const job = this.#world.addJob(created);
		this.#open.add(job);
		return job;
	}

	#adopt(item: unknown[]): Job | undefined {
		const job = recallJob(item, this.#world);
		return job && this.#add(job);
	}

	#begin(job: Job): void {
		delete job.position;
		if (job.state !== 'in_queue') return;
		const startedAt = this.#world.now();
		Object.assign(job, { state: 'in_progress', startedAt, instanceId: INSTANCE });
		this.#world.onChange(job, startedAt);
	}

	#fail(job: Job, error: string, details: string): void {
		this.#finish(job, { outcome: failed(runError(error, details, '')) });
	}

	#finish(job: Job, { outcome, ...times }: Ending): void {
		if (!this.#open.delete(job)) return;
		delete job.position;
		const now = this.#world.now();
		Object.assign(job, { finishedAt: now, instanceId: INSTANCE, ...times });
		job.outcome = keptOutcome(outcome);
		job.state = outcome.kind;
		this.#world.onChange(job, now);
	}
}
