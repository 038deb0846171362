import type { Fault } from '../fault-table';
import { FAULT_TABLE } from '../fault-table';
import type { FaultBox } from '../faults';
import { filesOf } from '../files';
import { isObject } from '../json';
import { MIME_TYPES, render } from '../media/render';
import type { Reply } from '../reply';
import { ApiError, json, notFound, ranged } from '../reply';
import { contextOf } from '../routes/context';
import type { Endpoint } from '../routes/endpoints';
import { pathPattern } from '../routes/endpoints';
import type { RouteName } from '../types';
import type { Scene } from './state';
import { describeState } from './state';

interface Call {
	scene: Scene;
	params: Record<string, string>;
	range: string | undefined;
	/** Parsed JSON. */
	body: unknown;
}

interface Action extends Endpoint {
	handle: (call: Call) => Reply | Promise<Reply>;
}

const action = (method: Action['method'], path: string, handle: Action['handle']): Action => ({
	method,
	path: pathPattern(`/simulator/${path}`),
	handle,
});

export const ACTIONS: readonly Action[] = [
	action('GET', 'state', ({ scene }) => json(describeState(scene))),
	action('GET', 'faults', ({ scene: { world } }) => json(describeFaults(world.faults))),
	action('POST', 'faults', ({ scene: { world }, body }) => {
		return done(world.faults.inject(objectIn(body) as unknown as Fault));
	}),
	action('DELETE', 'faults', ({ scene: { world } }) => done(world.faults.clear())),
	action('DELETE', 'faults/:id', ({ scene: { world }, params }) =>
		done(world.faults.remove(Number(params['id']))),
	),
	action('POST', 'runs', ({ scene, body }) => {
		const { deployment_id, model_id } = objectIn(body);
		const model = scene.world.models.get(String(model_id));
		if (model) return act(scene, 'models.submit', { modelId: model.id }, model.example);
		const deploymentId = String(deployment_id);
		const { lora } = scene.world.deployments.get(deploymentId) ?? {};
		return act(scene, 'submit', { deploymentId }, lora?.example ?? { overrides: {} });
	}),
	action('POST', 'runs/:requestId/cancel', ({ scene, params }) => {
		const job = scene.world.jobs.get(params['requestId'] ?? '');
		if (job === undefined) throw notFound('Request');
		const { requestId, deploymentId, modelId } = job;
		return modelId === undefined
			? act(scene, 'cancel', { requestId, deploymentId })
			: act(scene, 'models.cancel', { requestId });
	}),
	action('GET', 'files/:requestId/:index', serveFile),
];

const describeFaults = ({ names }: FaultBox): object => ({
	faults: names.map((name) => {
		const { on, times, what } = FAULT_TABLE[name];
		return { name, what, on: [on].flat(), times: times === Infinity ? 'always' : times };
	}),
});

const done = (_nothing: void): Reply => json({});

function objectIn(body: unknown): Record<string, unknown> {
	if (!isObject(body)) throw new RangeError('The body must be a JSON object.');
	// The page sends "always", because JSON has no infinity.
	return body['times'] === 'always' ? { ...body, times: Infinity } : body;
}

/** Serves an output file to the page. Faults do not apply: they are meant for clients. */
function serveFile({ scene: { world }, params, range }: Call): Reply {
	const job = world.jobs.get(params['requestId'] ?? '');
	const outputs =
		job?.state === 'succeeded' && job.outcome.kind === 'succeeded' ? job.outcome.outputs : {};
	const { hosted, spec } = [...filesOf(outputs)][Number(params['index'])] ?? {};
	if (!hosted || !spec) throw new ApiError(404001, 'There is no such file');
	const reply = ranged(render(spec), MIME_TYPES[spec.media], range);
	// The same URL always returns the same bytes.
	const caching = { 'cache-control': 'max-age=31536000, immutable' };
	return { ...reply, headers: { ...reply.headers, ...caching } };
}

/** Makes a client's call on behalf of the page. The call is not counted, but faults of its route apply. */
function act(
	{ world, routes }: Scene,
	name: RouteName,
	params: Record<string, string>,
	body?: unknown,
): Reply | Promise<Reply> {
	const route = routes.find((one) => one.name === name);
	if (route === undefined) throw notFound('Route');
	const call = { route: name, method: 'POST', path: '/', url: new URL(world.origin), headers: {} };
	const context = contextOf(world, { ...call, params: { version: 'v2', ...params } });
	return route.handle({ ...context, body });
}
