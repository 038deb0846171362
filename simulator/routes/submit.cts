import type { Deployment } from '../deployments/store.cjs';
import { hostedLookup } from '../files.cjs';
import type { Reply } from '../reply.cjs';
import { ApiError } from '../reply.cjs';
import { checkGraph } from '../run/check.cjs';
import { unchanged } from '../run/graph.cjs';
import { gatherFiles, readLoraSubmission } from '../run/lora.cjs';
import { produceOutputs } from '../run/outputs.cjs';
import type { Submission } from '../run/submission.cjs';
import { knownInputs, readSubmission } from '../run/submission.cjs';
import type { Graph, NodeErrors, Outcome } from '../types.cjs';
import { accept, closedReply, outcomeOfFault } from './accept.cjs';
import type { Context } from './context.cjs';
import { deploymentOf, strike } from './context.cjs';

/** `POST /prod/{v}/deployments/{id}/inference` */
export function submit(context: Context): Reply {
	const { url, body } = context;
	const deployment = deploymentOf(context);
	const { lora } = deployment;
	const closed = gateError(deployment);
	if (closed !== undefined) return closedReply(context, closed);
	const newKeys = strike(context, 'new_keys_refused') === undefined;
	const submission = lora
		? readLoraSubmission(body, url.searchParams, deployment.graph, lora)
		: readSubmission(body, url.searchParams, deployment.graph, knownInputs(newKeys));
	return accept(context, deployment, {
		deploymentId: deployment.id,
		...submission,
		...decideOutcome(context, deployment, submission),
		...(lora && { flatOutput: true }),
	});
}

/** Why a deployment takes no requests; undefined if it takes them. */
export function gateError(deployment: Deployment): ApiError | undefined {
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
	const byFault = outcomeOfFault(context, (id) => {
		const classType = graph[id]?.class_type ?? 'KSampler';
		const trace = `node_id=${id} class_type=${classType}`;
		return { where: `Node ${id} (${classType}): `, trace, shape: 'array' };
	});
	if (byFault !== undefined) return { outcome: byFault };
	const hosted = hostedLookup(context.world, deployment.uploads);
	const { errors, dropped, nodeErrors } = checkGraph(graph, hosted, keyIn(extraData));
	if (errors.length > 0) return { outcome: { kind: 'failed', shape: 'array', error: errors } };
	const caches = strike(context, 'cached_result') ?? deployment.caches;
	const known = caches ? unchanged(graph, lastGraph(context, deployment)) : [];
	const made = produceOutputs(graph, hosted, new Set([...dropped, ...known]));
	const outputs = deployment.lora ? gatherFiles(made, deployment.lora) : made;
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
