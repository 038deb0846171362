import type { FaultName } from '../fault-table.cjs';
import { FAULT_TABLE, FAULT_TARGETS, plainFault } from '../fault-table.cjs';
import type { FaultBox } from '../faults.cjs';
import { filesOf } from '../files.cjs';
import { isObject } from '../json.cjs';
import { MIME_TYPES, render } from '../media/render.cjs';
import { paramsProblem } from '../params.cjs';
import type { Reply } from '../reply.cjs';
import { ApiError, json, notFound, ranged } from '../reply.cjs';
import type { Context } from '../routes/context.cjs';
import type { Endpoint } from '../routes/endpoints.cjs';
import { pathPattern } from '../routes/endpoints.cjs';
import type { Route } from '../routes/table.cjs';
import type { MediaSpec, RouteName } from '../types.cjs';
import type { World } from '../world.cjs';
import type { Scene } from './state.cjs';
import { describeState } from './state.cjs';

interface Call {
	scene: Scene;
	params: Record<string, string>;
	query: URLSearchParams;
	range: string | undefined;
	/** Parsed JSON. */
	body: unknown;
}

interface Action extends Endpoint {
	handle: (call: Call) => Reply | Promise<Reply>;
}

/** Longer side of a preview, in pixels. */
const PREVIEW = 320;

const PACE = { latencyMs: 'number', coldStartMs: 'number', queueMs: 'number' } as const;

const action = (method: Action['method'], path: string, handle: Action['handle']): Action => ({
	method,
	path: pathPattern(`/simulator/${path}`),
	handle,
});

export const ACTIONS: readonly Action[] = [
	action('GET', 'state', ({ scene }) => json(describeState(scene))),
	action('GET', 'faults', ({ scene: { world } }) => json(describeFaults(world.faults))),
	action('POST', 'faults', ({ scene: { world }, body }) => {
		const { name, ...rest } = objectIn(body);
		return done(world.faults.inject(plainFault(String(name) as FaultName, rest)));
	}),
	action('DELETE', 'faults', ({ scene: { world } }) => done(world.faults.clear())),
	action('DELETE', 'faults/:id', ({ scene: { world }, params }) =>
		done(world.faults.remove(Number(params['id']))),
	),
	action('PATCH', 'settings', ({ scene: { world }, body }) => {
		const options = objectIn(body);
		const problem = paramsProblem('option', options, PACE);
		if (problem !== undefined) throw new RangeError(problem);
		return done(world.update(options));
	}),
	action('POST', 'runs', ({ scene: { world, routes }, body }) => {
		const { deployment_id, model_id } = objectIn(body);
		const model = world.models.get(String(model_id));
		if (model) {
			const params = { modelId: model.id };
			return carryOut(routes, contextOf(world, 'models.submit', params, model.example));
		}
		const deploymentId = String(deployment_id);
		const input = world.deployments.get(deploymentId)?.lora?.example ?? { overrides: {} };
		return carryOut(routes, contextOf(world, 'submit', { deploymentId }, input));
	}),
	action('POST', 'runs/:requestId/cancel', ({ scene: { world, routes }, params }) => {
		const job = world.jobs.get(params['requestId'] ?? '');
		if (job === undefined) throw notFound('Request');
		const { requestId, deploymentId, modelId } = job;
		const context =
			modelId === undefined
				? contextOf(world, 'cancel', { requestId, deploymentId })
				: contextOf(world, 'models.cancel', { requestId });
		return carryOut(routes, context);
	}),
	action('GET', 'files/:requestId/:index', serveFile),
];

const describeFaults = ({ names }: FaultBox): object => ({
	targets: FAULT_TARGETS,
	faults: names.map((name) => {
		const { on, times, ...rest } = FAULT_TABLE[name];
		return { name, on: [on].flat(), times: times === Infinity ? 'always' : times, ...rest };
	}),
});

const done = (_nothing: void): Reply => json({});

function objectIn(body: unknown): Record<string, unknown> {
	if (!isObject(body)) throw new RangeError('The body must be a JSON object.');
	// The page shows "always" for it, since JSON has no infinity.
	return body['times'] === 'always' ? { ...body, times: Infinity } : body;
}

/** Serves a file of a request. Faults do not strike here, because they wait for clients. */
function serveFile({ scene: { world }, params, query, range }: Call): Reply {
	const job = world.jobs.get(params['requestId'] ?? '');
	const outputs =
		job?.state === 'succeeded' && job.outcome.kind === 'succeeded' ? job.outcome.outputs : {};
	const found = [...filesOf(outputs)][Number(params['index'])];
	if (!found?.hosted || !found.spec) throw new ApiError(404001, 'There is no such file');
	const spec = query.has('preview') ? preview(found.spec) : found.spec;
	const reply = ranged(render(spec), MIME_TYPES[spec.media], range);
	// The same request always gives the same bytes.
	const caching = { 'cache-control': 'max-age=31536000, immutable' };
	return { ...reply, headers: { ...reply.headers, ...caching } };
}

function preview(spec: MediaSpec): MediaSpec {
	if (!('width' in spec)) return spec;
	const scale = Math.min(1, PREVIEW / Math.max(spec.width, spec.height));
	const size = (pixels: number): number => Math.max(1, Math.round(pixels * scale));
	return { ...spec, width: size(spec.width), height: size(spec.height) };
}

function carryOut(routes: readonly Route[], context: Context): Reply | Promise<Reply> {
	const route = routes.find(({ name }) => name === context.route);
	if (route === undefined) throw notFound('Route');
	return route.handle(context);
}

/** Acts as a client that calls would. It does not count as a call, but the faults of its route strike. */
function contextOf(
	world: World,
	route: RouteName,
	params: Record<string, string>,
	body?: unknown,
): Context {
	const url = new URL(world.origin);
	const call = { route, method: 'POST', body, raw: Buffer.alloc(0) };
	const entry = {
		...call,
		at: world.now(),
		path: url.pathname,
		status: 0,
		faults: [],
		headers: {},
	};
	return {
		...call,
		world,
		url,
		headers: {},
		params: { version: 'v2', ...params },
		entry: { ...entry, authorized: true },
	};
}
