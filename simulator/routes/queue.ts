import { describeFlat, describeOutputs } from '../files';
import type { Reply } from '../reply';
import { json, timestamp } from '../reply';
import type { Job, JsonObject, Outcome } from '../types';
import { isFinished, type World } from '../world';
import type { Context } from './context';
import { jobOf, strike, versionOf } from './context';

/** The `*_url` fields, with the same path prefix as the call. */
export function urlsOf(context: Context, job: Job, cancel = false): JsonObject {
	const deployment = `/prod/${versionOf(context)}/deployments/${job.deploymentId}`;
	const owner = job.modelId === undefined ? deployment : '/v1';
	const base = `${context.world.origin}${owner}/requests/${job.requestId}`;
	return {
		status_url: `${base}/status`,
		result_url: `${base}/result`,
		...(cancel && { cancel_url: `${base}/cancel` }),
	};
}

const canceledWord = (context: Context): string =>
	versionOf(context) === 'v1' ? 'canceled' : 'cancelled';

/** `GET …/requests/{id}/status` */
export function status(context: Context): Reply {
	const job = jobOf(context);
	const urls = job.modelId === undefined ? urlsOf(context, job) : {};
	const answer = (state: string, fields: JsonObject = {}): Reply =>
		json({ request_id: job.requestId, status: state, ...fields, ...urls });
	const instance = instanceOf(job);
	if (job.state === 'in_queue') {
		return answer('in_queue', queuePosition(context, job));
	}
	if (isFinished(job) && strike(context, 'frozen_status')) return answer('in_progress', instance);
	if (job.state === 'in_progress') return answer('in_progress', instance);
	if (job.state === 'canceled') return answer(canceledWord(context));
	return answer('completed', instance);
}

/** RunComfy does not reveal the machines of hosted models. */
const instanceOf = ({ instanceId, modelId }: Job): JsonObject =>
	instanceId === undefined || modelId !== undefined ? {} : { instance_id: instanceId };

function queuePosition({ world }: Context, job: Job): JsonObject {
	const owner = world.ownerOf(job);
	const pending = owner ? world.pool(owner).pending : [];
	return { queue_position: job.position ?? pending.indexOf(job) + 1 };
}

/** `GET …/requests/{id}/result` */
export function result(context: Context): Reply {
	const job = jobOf(context);
	const word = job.state === 'canceled' ? canceledWord(context) : job.state;
	const answer = describeResult(context.world, job, word);
	return json({ ...answer, request_id: job.requestId, ...costIn(context, job) });
}

/** The cost of the run, if the call asks for it. */
function costIn(context: Context, { cost, state }: Job): JsonObject {
	const asked = context.url.searchParams.get('include_cost') === 'true';
	if (!asked || cost === undefined || state !== 'succeeded') return {};
	return { cost };
}

/** The body of a result; webhooks carry the same fields. */
export function describeResult(world: World, job: Job, word: string): JsonObject {
	const times = {
		created_at: timestamp(job.createdAt),
		...(job.finishedAt !== undefined && { finished_at: timestamp(job.finishedAt) }),
	};
	return {
		request_id: job.requestId,
		...(job.modelId !== undefined && { model_id: job.modelId }),
		status: word,
		...(isFinished(job) && describeOutcome(world, job)),
		...times,
		...(job.state === 'succeeded' && instanceOf(job)),
	};
}

function describeOutcome(world: World, job: Job): JsonObject {
	const { outcome } = job;
	if (job.state === 'failed' && outcome.kind === 'failed') return describeFailure(outcome);
	if (job.state !== 'succeeded' || outcome.kind !== 'succeeded') return {};
	const { nodeErrors = {}, flatOutput } = job;
	if (flatOutput) return { output: describeFlat(world, job, outcome.outputs) };
	const outputs = describeOutputs(world, job, outcome.outputs);
	// Status 200, as ComfyUI answers such a prompt. RunComfy does not document its own answer.
	return { outputs, ...(Object.keys(nodeErrors).length > 0 && { node_errors: nodeErrors }) };
}

function describeFailure(outcome: Extract<Outcome, { kind: 'failed' }>): JsonObject {
	const [first] = outcome.error;
	const error = { array: outcome.error, object: first, string: first?.details }[outcome.shape];
	return { error, ...(outcome.logUrl !== undefined && { log_url: outcome.logUrl }) };
}

const SLOW_CANCEL_MS = 5000;

/** `POST …/requests/{id}/cancel` */
export function cancel(context: Context): Reply {
	const job = jobOf(context);
	const { world } = context;
	// Requests of LoRA deployments and hosted models can be canceled only while they are queued.
	const open = job.flatOutput ? job.state === 'in_queue' : !isFinished(job);
	const accepted = open && !strike(context, 'cancel_refused');
	if (accepted) {
		job.cancelRequestedAt ??= world.now();
		const slow = strike(context, 'cancel_slow');
		const at = world.now() + (slow === undefined ? 0 : (slow.ms ?? SLOW_CANCEL_MS));
		const owner = world.ownerOf(job);
		const cancelAt = owner && world.pool(owner).cancelAt;
		cancelAt?.set(job, Math.min(cancelAt.get(job) ?? Infinity, at));
		world.catchUp();
	}
	return cancelReply(context, job, accepted);
}

export function cancelReply(context: Context, job: Job, accepted: boolean): Reply {
	const switched = strike(context, 'cancel_family');
	const usual = job.modelId === undefined ? 'status' : 'outcome';
	const family = switched ? (switched.family ?? 'outcome') : usual;
	const verdict = accepted ? 'cancellation_requested' : 'not_cancellable';
	const fields =
		family === 'status'
			? { status: verdict }
			: { status: 'completed', outcome: accepted ? 'cancelled' : 'not_cancellable' };
	return json({ request_id: job.requestId, ...fields }, 202);
}
