import { isObject } from '../json.cjs';
import { objectInfoJson } from '../object-info/index.cjs';
import { liveInstances } from '../pool.cjs';
import type { Reply } from '../reply.cjs';
import { json, notFound, text } from '../reply.cjs';
import type { Context } from './context.cjs';
import { deploymentOf } from './context.cjs';
import { history, uploadImage, view } from './proxy-files.cjs';

const GIB = 2 ** 30;

type Answer = (context: Context) => Reply | Promise<Reply>;

const only =
	(method: string, answer: Answer): Answer =>
	(context) =>
		context.method === method ? answer(context) : text('405: Method Not Allowed', 405);

/** What the ComfyUI behind an instance answers; `api/` in front of a path changes nothing. */
const BACKEND: Record<string, Answer> = {
	free: only('POST', ({ body }) =>
		isObject(body) ? text('', 200) : json({ error: 'request body must be JSON' }, 400),
	),
	interrupt: only('POST', () => text('', 200)),
	object_info: (context) =>
		text(objectInfoJson(deploymentOf(context).objectInfoBytes), 200, 'application/json'),
	system_stats: () =>
		json({
			system: { os: 'posix', comfyui_version: '0.3.60', python_version: '3.12.11' },
			devices: [
				{ name: 'cuda:0 simulated', type: 'cuda', vram_total: 48 * GIB, vram_free: 40 * GIB },
			],
		}),
	queue: (context) => {
		const { running, pending } = context.world.pool(deploymentOf(context));
		return json({ queue_running: running.size, queue_pending: pending.length });
	},
	history: only('GET', history),
	view: only('GET', view),
	'upload/image': only('POST', uploadImage),
};

/** `GET` and `POST /prod/v2/deployments/{id}/instances/{instance_id}/proxy/{path}` */
export function proxy(context: Context): Reply | Promise<Reply> {
	const { world, params } = context;
	const deployment = deploymentOf(context);
	world.catchUp();
	const live = liveInstances(world.pool(deployment), world.poolSettings(deployment));
	if (!live.some(({ id }) => id === params['instanceId'])) throw notFound('Instance');
	const path = (params['path'] ?? '').replace(/^\/*(api\/)?/, '');
	// Of one request: its id stands behind it.
	const name = path.startsWith('history/') ? 'history' : path;
	const answer = Object.hasOwn(BACKEND, name) ? BACKEND[name] : undefined;
	return answer ? answer(context) : text('404: Not Found', 404);
}
