import type { Deployment } from '../deployments/store.cjs';
import { isObject, shorten } from '../json.cjs';
import { ApiError } from '../reply.cjs';
import { runError } from '../run/refusal.cjs';
import type { Submission } from '../run/submission.cjs';
import type { ApiVersion, Job, JsonObject, NodeErrors } from '../types.cjs';
import { isFinished, type World } from '../world.cjs';
import type { Ending, QueueEntry } from './answers.cjs';
import {
	createJob,
	failed,
	listQueue,
	MEMO,
	readEnding,
	readNodeErrors,
	readRefusal,
	recallJob,
} from './answers.cjs';
import type { Comfy } from './client.cjs';
import { Unreachable } from './client.cjs';
import { FileProblem, uploadFiles } from './inputs.cjs';

/** ComfyUI is asked at least this often for what still runs: webhooks wait for it. */
const POLL_MS = 1000;

/** ComfyUI keeps its queue in memory: if it has not come back by then, the runs are gone. */
const GIVE_UP_MS = 60_000;

/** RunComfy names one machine of many; here there is one. */
export const INSTANCE = 'comfyui';

const LOST =
	'ComfyUI does not know the request any more: it was started again, or its queue was cleared';

/** Keeps the world's jobs as ComfyUI has them. */
export interface Jobs {
	/** @throws Unreachable */
	submit(deployment: Deployment, submission: Submission, version: ApiVersion): Promise<Job>;
	/** @throws Unreachable */
	cancel(job: Job): Promise<void>;
	/** Brings all jobs up to date, and finds one that an earlier simulator submitted. @throws Unreachable */
	update(requestId?: string): Promise<void>;
	/** When the open jobs must be checked again. */
	nextUpdateAt(): number | undefined;
}

export function createJobs(world: World, comfy: Comfy): Jobs {
	const open = new Set<Job>();
	let submitting = 0;
	let round: Promise<void> | undefined;
	let lastRoundAt = 0;
	let silentSince: number | undefined;

	const add = (job: Job): void => {
		world.addJob(job);
		open.add(job);
	};
	const begin = (job: Job): void => {
		delete job.position;
		if (job.state !== 'in_queue') return;
		Object.assign(job, { state: 'in_progress', startedAt: world.now(), instanceId: INSTANCE });
		world.onChange(job, world.now());
	};
	const finish = (job: Job, { outcome, ...times }: Ending): void => {
		if (!open.delete(job)) return;
		delete job.position;
		Object.assign(job, { finishedAt: world.now(), instanceId: INSTANCE, ...times, outcome });
		job.state = outcome.kind;
		world.onChange(job, world.now());
	};
	const fail = (job: Job, error: string, details: string): void =>
		finish(job, { outcome: failed(runError(error, details, '')) });
	const adopt = (item: unknown[]): Job | undefined => {
		const job = recallJob(item, world);
		if (job !== undefined) add(job);
		return job;
	};

	const askQueue = async (): Promise<QueueEntry[]> => {
		const askedAt = world.now();
		try {
			const { body } = await comfy.ask('/queue');
			if (silentSince !== undefined) world.log('ComfyUI answers again');
			silentSince = undefined;
			return listQueue(body);
		} catch (error) {
			const why = error instanceof Error ? error.message : String(error);
			if (silentSince === undefined) world.log(why);
			silentSince ??= askedAt;
			if (world.now() - silentSince >= GIVE_UP_MS) {
				for (const job of open) fail(job, 'InternalServerError', why);
			}
			throw error;
		}
	};
	const askHistory = async (requestId: string): Promise<JsonObject | undefined> => {
		const { body } = await comfy.ask(`/history/${encodeURIComponent(requestId)}`);
		const entry = isObject(body) ? body[requestId] : undefined;
		return isObject(entry) ? entry : undefined;
	};

	const look = async (): Promise<void> => {
		lastRoundAt = world.now();
		// Taken before ComfyUI is asked, because a prompt that is submitted meanwhile may be in neither of its lists.
		const before = [...open];
		const queue = await askQueue();
		for (const { id, position, item } of queue) {
			// A prompt is in ComfyUI's queue before the answer to its submit arrives.
			const job = world.jobs.get(id) ?? (submitting === 0 ? adopt(item) : undefined);
			if (job === undefined || isFinished(job)) continue;
			if (position === undefined) begin(job);
			else job.position = position;
		}
		const queued = new Set(queue.map(({ id }) => id));
		for (const job of before) if (!queued.has(job.requestId)) await conclude(job);
	};
	/** The queue was asked first, so what has left it is in the history. */
	const conclude = async (job: Job): Promise<void> => {
		const entry = await askHistory(job.requestId);
		if (entry !== undefined) finish(job, readEnding(entry));
		else if (job.cancelRequestedAt !== undefined) finish(job, { outcome: { kind: 'canceled' } });
		else fail(job, 'InternalServerError', LOST);
	};

	/** The answer to a submit that ComfyUI did not get. Sending it again does not help: a person has to start ComfyUI. */
	const refusal = ({ message }: Unreachable): ApiError => {
		world.log(`submit refused: ${message}`);
		return new ApiError(422001, message);
	};
	const send = async (
		deployment: Deployment,
		submission: Submission,
		version: ApiVersion,
	): Promise<Job> => {
		const { graph, extraData, webhook } = submission;
		const [deploymentId, createdAt] = [deployment.id, world.now()];
		const memo = { deployment_id: deploymentId, created_at: createdAt, version, webhook };
		const accept = (requestId?: string, nodeErrors: NodeErrors = {}): Job => {
			const overrides = shorten(submission.overrides) as JsonObject;
			const fields = { ...submission, overrides, deploymentId, version, createdAt, nodeErrors };
			const job = createJob(fields, requestId);
			add(job);
			world.onChange(job, createdAt);
			return job;
		};
		try {
			await uploadFiles(comfy, graph);
		} catch (error) {
			if (error instanceof Unreachable) throw refusal(error);
			if (!(error instanceof FileProblem)) throw error;
			const job = accept();
			fail(job, 'FileUploadException', error.message);
			return job;
		}
		const prompt = { prompt: graph, extra_data: { ...extraData, [MEMO]: memo } };
		const { status, body } = await comfy
			.ask('/prompt', { body: prompt })
			.catch((error: unknown) => {
				throw error instanceof Unreachable && error.undelivered ? refusal(error) : error;
			});
		const { prompt_id, node_errors } = isObject(body) ? body : ({} as JsonObject);
		if (status === 200 && typeof prompt_id === 'string') {
			return accept(prompt_id, readNodeErrors(node_errors));
		}
		const job = accept();
		finish(job, { outcome: failed(readRefusal(status, body)) });
		return job;
	};

	return {
		submit(...given) {
			submitting += 1;
			return send(...given).finally(() => (submitting -= 1));
		},
		async cancel(job) {
			job.cancelRequestedAt ??= world.now();
			await comfy.ask('/queue', { body: { delete: [job.requestId] } });
			const running = (await askQueue()).some(({ id }) => id === job.requestId);
			if (running) await comfy.ask('/interrupt', { body: { prompt_id: job.requestId } });
		},
		async update(requestId = '') {
			const known = world.jobs.get(requestId);
			if (known && isFinished(known)) return;
			round ??= look().finally(() => (round = undefined));
			await round.catch((error: unknown) => {
				if (!known || !isFinished(known)) throw error;
			});
			if (requestId === '' || world.jobs.has(requestId)) return;
			const entry = await askHistory(requestId);
			const item = entry?.['prompt'];
			if (!entry || !Array.isArray(item) || world.jobs.has(requestId)) return;
			const job = adopt(item);
			if (job) finish(job, readEnding(entry));
		},
		nextUpdateAt: () => (open.size > 0 ? lastRoundAt + POLL_MS : undefined),
	};
}
