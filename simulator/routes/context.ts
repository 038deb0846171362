import type { IncomingHttpHeaders } from 'node:http';
import type { Deployment } from '../deployments/store';
import type { FaultName, FaultOf, FaultTarget } from '../fault-table';
import type { FaultSite } from '../faults';
import { notFound } from '../reply';
import type { Job, LoggedRequest, RouteName } from '../types';
import type { World } from '../world';

/** One HTTP request on its way through a route. */
export interface Context {
	world: World;
	route: RouteName;
	method: string;
	url: URL;
	headers: IncomingHttpHeaders;
	/** Path parameters, decoded. */
	params: Record<string, string>;
	/** Parsed JSON or text; undefined for an empty body. */
	body: unknown;
	entry: LoggedRequest;
}

type Call = Pick<Context, 'route' | 'method' | 'url' | 'headers' | 'params'> & { path: string };

/** A context for a call without a body. */
export function contextOf(world: World, { path, ...call }: Call): Context {
	const { requestId, deploymentId, modelId } = call.params;
	const { authorization, ...headers } = call.headers;
	const entry: LoggedRequest = {
		at: world.now(),
		method: call.method,
		path,
		route: call.route,
		...(requestId !== undefined && { requestId }),
		...(deploymentId !== undefined && { deploymentId }),
		...(modelId !== undefined && { modelId }),
		status: 0,
		faults: [],
		authorized: authorization !== undefined,
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
		),
		body: undefined,
	};
	return { world, ...call, body: undefined, entry };
}

const jobAt = ({ world, params }: Context): Job | undefined =>
	world.jobs.get(params['requestId'] ?? '');

const siteOf = (context: Context, target: FaultTarget = context.route): FaultSite => ({
	target,
	deploymentId: context.params['deploymentId'],
	requestId: context.params['requestId'],
	modelId: context.params['modelId'] ?? jobAt(context)?.modelId,
});

/** Uses up a fault that strikes this request, if there is one, and logs its name. */
export function strike<N extends FaultName>(
	context: Context,
	...names: N[]
): FaultOf<N> | undefined {
	const fault = context.world.faults.strike(siteOf(context), ...names);
	if (fault !== undefined) context.entry.faults.push(fault.name);
	return fault;
}

/** @throws ApiError 404001 */
export function deploymentOf(context: Context): Deployment {
	const deployment = context.world.deployments.get(context.params['deploymentId'] ?? '');
	if (deployment === undefined) throw notFound('Deployment');
	return deployment;
}

/**
 * The request in the path, in its current state. Deployments and hosted models do not know each other's requests.
 * @throws ApiError 404001
 */
export function jobOf(context: Context): Job {
	const ofModel = context.params['deploymentId'] === undefined;
	const owner = ofModel ? '' : deploymentOf(context).id;
	context.world.catchUp();
	const job = jobAt(context);
	if (job?.deploymentId !== owner) throw notFound('Request');
	return job;
}

export const versionOf = (context: Context): 'v1' | 'v2' =>
	context.params['version'] === 'v1' ? 'v1' : 'v2';
