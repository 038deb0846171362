import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployments/store.cjs';
import { hostedLookup } from '../files.cjs';
import type { Reply } from '../reply.cjs';
import { ApiError, errorReply, json } from '../reply.cjs';
import { checkGraph } from '../run/check.cjs';
import { unchanged } from '../run/graph.cjs';
import { readLoraSubmission } from '../run/lora.cjs';
import { produceOutputs } from '../run/outputs.cjs';
import { runError } from '../run/refusal.cjs';
import type { Submission } from '../run/submission.cjs';
import { knownInputs, readSubmission } from '../run/submission.cjs';
import type { Graph, Job, NodeErrors, Outcome } from '../types.cjs';
import type { Context } from './context.cjs';
import { deploymentOf, strike, versionOf } from './context.cjs';
import { urlsOf } from './queue.cjs';

const HUGE_BYTES = 32 * 1024 * 1024;
const LONG_RUN_MS = 60_000;
const RUN_FAULTS = ['run_failed', 'run_canceled', 'empty_outputs'] as const;

/** `POST /prod/{v}/deployments/{id}/inference` */
export function submit(context: Context): Reply {
	const { world, url, body } = context;
	const deployment = deploymentOf(context);
	const closed = closedReply(context, deployment);
	if (closed !== undefined) return closed;
	const newKeys = strike(context, 'new_keys_refused') === undefined;
	const submission = deployment.lora
		? readLoraSubmission(body, url.searchParams, deployment.graph)
		: readSubmission(body, url.searchParams, deployment.graph, knownInputs(newKeys));
	const pace = strike(context, 'run_time');
	const huge = strike(context, 'huge_result');
	const withoutUrls = strike(context, 'missing_url');
	const job: Job = {
		requestId: randomUUID(),
		deploymentId: deployment.id,
		version: versionOf(context),
		createdAt: world.now(),
		state: 'in_queue',
		...submission,
		...decideOutcome(context, deployment, submission),
		...(pace && { runMs: pace.ms ?? LONG_RUN_MS }),
		...(huge && { fillerBytes: huge.bytes ?? HUGE_BYTES }),
		...(withoutUrls && { withoutUrls: true }),
		...(deployment.lora && { flatOutput: true }),
		signature: 0,
		expiredBelow: 0,
	};
	world.catchUp();
	world.jobs.set(job.requestId, job);
	world.pool(deployment).pending.push(job);
	world.onChange(job, job.createdAt);
	world.catchUp();
	return acceptance(context, job);
}

/** The answer to a submit that was accepted. */
export function acceptance(context: Context, job: Job): Reply {
	context.entry.requestId = job.requestId;
	const answer = { request_id: job.requestId, ...urlsOf(context, job, true) };
	const fault = strike(context, 'error_after_accept');
	if (fault === undefined) return json(answer);
	const { status, code = 10011, message = 'Something went wrong' } = fault;
	return json({ ...answer, error_code: code, error_message: message }, status);
}

/** What a deployment answers that takes no requests; undefined if it takes them. */
export function closedReply(context: Context, deployment: Deployment): Reply | undefined {
	const closed = gateError(deployment);
	if (closed === undefined) return undefined;
	const fault = strike(context, 'gating_status');
	return errorReply(closed, fault ? (fault.status ?? 403) : closed.status);
}

function gateError(deployment: Deployment): ApiError | undefined {
	if (deployment.gate === 'no_funds') {
		return new ApiError(10001, 'Insufficient funds: the deployment is disabled');
	}
	if (deployment.gate === 'deleted') return new ApiError(10003, 'The deployment was deleted');
	return deployment.is_enabled ? undefined : new ApiError(10002, 'The deployment is disabled');
}

/** The graph decides how the run will end, unless a fault does. */
function decideOutcome(
	context: Context,
	deployment: Deployment,
	{ graph, extraData }: Submission,
): { outcome: Outcome; nodeErrors?: NodeErrors } {
	const fault = strike(context, ...RUN_FAULTS);
	if (fault?.name === 'run_canceled') return { outcome: { kind: 'canceled' } };
	if (fault?.name === 'empty_outputs') return { outcome: { kind: 'succeeded', outputs: {} } };
	if (fault?.name === 'run_failed') {
		const id = fault.node_id ?? '31';
		const classType = graph[id]?.class_type ?? 'KSampler';
		const name = fault.error ?? 'OutOfMemory';
		const details = fault.details ?? `Node ${id} (${classType}): CUDA out of memory`;
		const outcome: Outcome = {
			kind: 'failed',
			shape: fault.shape ?? 'array',
			error: [runError(name, details, `node_id=${id} class_type=${classType}`, fault.code)],
			...(fault.log_url !== undefined && { logUrl: fault.log_url }),
		};
		return { outcome };
	}
	const hosted = hostedLookup(context.world);
	const { errors, dropped, nodeErrors } = checkGraph(graph, hosted, keyIn(extraData));
	if (errors.length > 0) return { outcome: { kind: 'failed', shape: 'array', error: errors } };
	const caches = strike(context, 'cached_result') ?? deployment.caches;
	const known = caches ? unchanged(graph, lastGraph(context, deployment)) : [];
	const outputs = produceOutputs(graph, hosted, new Set([...dropped, ...known]));
	return { outcome: { kind: 'succeeded', outputs }, nodeErrors };
}

/** What the deployment has run last; nothing before its first run. */
function lastGraph({ world }: Context, { id }: Deployment): Graph {
	const ran = [...world.jobs.values()].filter(
		({ deploymentId, outcome, state }) =>
			deploymentId === id && outcome.kind === 'succeeded' && state !== 'canceled',
	);
	return ran.at(-1)?.graph ?? {};
}

/** Whether partner nodes may run: any key will do, as nothing is bought here. */
const keyIn = (extraData: Submission['extraData']): boolean =>
	['api_key_comfy_org', 'auth_token_comfy_org'].some((name) => {
		const key = extraData?.[name];
		return typeof key === 'string' && key.trim() !== '';
	});
