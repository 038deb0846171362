import { randomUUID } from 'node:crypto';
import type { Deployment } from '../deployments/store';
import { isGoneFrom } from '../files';
import { digest } from '../json';
import type { PoolOwner } from '../pool';
import type { Reply } from '../reply';
import { ApiError, json } from '../reply';
import { checkGraph, runError } from '../run/check';
import { unchanged } from '../run/graph';
import { gatherFiles, produceOutputs } from '../run/outputs';
import type { Submission } from '../run/submission';
import { knownInput, readLoraSubmission, readSubmission } from '../run/submission';
import type { Graph, Job, NodeErrors, Outcome } from '../types';
import type { Context } from './context';
import { deploymentOf, strike } from './context';
import { urlsOf } from './queue';

const LONG_RUN_MS = 60_000;
const RUN_FAULTS = ['run_failed', 'run_canceled', 'empty_outputs'] as const;

/** `POST /prod/{v}/deployments/{id}/inference` */
export function submit(context: Context): Reply {
	const { url, body } = context;
	const deployment = deploymentOf(context);
	const { lora, graph } = deployment;
	refuseIfClosed(deployment);
	const submission = lora
		? readLoraSubmission(body, url.searchParams, graph, lora)
		: readSubmission(body, url.searchParams, graph, knownInput);
	return accept(context, deployment, {
		deploymentId: deployment.id,
		...submission,
		...decideOutcome(context, deployment, submission),
		...(lora && { flatOutput: true }),
	});
}

/** @throws ApiError if the deployment accepts no requests */
export function refuseIfClosed({ is_enabled }: Deployment): void {
	if (!is_enabled) throw new ApiError(10002, 'The deployment is disabled');
}

/** Decides how the run will end: by a fault, or else by its graph. */
function decideOutcome(
	context: Context,
	deployment: Deployment,
	{ graph, extraData }: Submission,
): { outcome: Outcome; nodeErrors?: NodeErrors } {
	const byFault = outcomeOfFault(context, (id) => {
		const classType = graph[id]?.class_type ?? 'KSampler';
		const trace = `node_id=${id} class_type=${classType}`;
		return { where: `Node ${id} (${classType}): `, trace, shape: 'array' };
	});
	if (byFault !== undefined) return { outcome: byFault };
	const { errors, dropped, nodeErrors } = checkGraph(
		graph,
		isGoneFrom(context.world),
		keyIn(extraData),
	);
	if (errors.length > 0) return { outcome: { kind: 'failed', shape: 'array', error: errors } };
	const known = deployment.caches ? unchanged(digest(graph), lastGraph(context, deployment)) : [];
	const made = produceOutputs(graph, new Set([...dropped, ...known]));
	const outputs = deployment.lora ? gatherFiles(made, deployment.lora) : made;
	return { outcome: { kind: 'succeeded', outputs }, nodeErrors };
}

/** The graph of the deployment's previous run; empty before its first run. */
function lastGraph({ world }: Context, { id }: Deployment): Graph {
	const ran = [...world.jobs.values()].filter(
		({ deploymentId, outcome, state }) =>
			deploymentId === id && outcome.kind === 'succeeded' && state !== 'canceled',
	);
	return ran.at(-1)?.graph ?? {};
}

/** Whether partner nodes may run. Any key will do, because nothing is bought. */
const keyIn = (extraData: Submission['extraData']): boolean =>
	['api_key_comfy_org', 'auth_token_comfy_org'].some((name) => {
		const key = extraData?.[name];
		return typeof key === 'string' && key.trim() !== '';
	});

type Fields = Pick<Job, 'deploymentId' | 'overrides' | 'graph' | 'outcome'> & Partial<Job>;

/** Queues a request, applies the faults that shape its run, and answers. */
export function accept(context: Context, owner: PoolOwner, fields: Fields): Reply {
	const { world } = context;
	const pace = strike(context, 'run_time');
	const withoutUrls = strike(context, 'missing_url');
	world.catchUp();
	const job = world.addJob({
		requestId: randomUUID(),
		createdAt: world.now(),
		state: 'in_queue',
		...fields,
		...(pace && { runMs: pace.ms ?? LONG_RUN_MS }),
		...(withoutUrls && { withoutUrls: true }),
	});
	world.pool(owner).pending.push(job);
	world.onChange(job, job.createdAt);
	world.catchUp();
	return acceptance(context, job);
}

/** The answer to an accepted submit. */
export function acceptance(context: Context, job: Job): Reply {
	context.entry.requestId = job.requestId;
	const answer = { request_id: job.requestId, ...urlsOf(context, job, true) };
	const fault = strike(context, 'error_after_accept');
	if (fault === undefined) return json(answer);
	const { status, code = 10011, message = 'Something went wrong' } = fault;
	return json({ ...answer, error_code: code, error_message: message }, status);
}

/** How a run ends because of a fault; undefined if none strikes. */
export function outcomeOfFault(
	context: Context,
	describe: (nodeId: string) => { where: string; trace: string; shape: 'array' | 'object' },
): Outcome | undefined {
	const fault = strike(context, ...RUN_FAULTS);
	if (fault === undefined) return undefined;
	if (fault.name === 'run_canceled') return { kind: 'canceled' };
	if (fault.name === 'empty_outputs') return { kind: 'succeeded', outputs: {} };
	const { where, trace, shape } = describe(fault.node_id ?? '31');
	const details = fault.details ?? `${where}CUDA out of memory`;
	return {
		kind: 'failed',
		shape: fault.shape ?? shape,
		error: [runError(fault.error ?? 'OutOfMemory', details, trace, fault.code)],
		...(fault.log_url !== undefined && { logUrl: fault.log_url }),
	};
}
