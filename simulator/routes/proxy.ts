import { describeOutputs } from '../files';
import { isObject } from '../json';
import { objectInfoJson } from '../object-info';
import type { Reply } from '../reply';
import { json, notFound, text } from '../reply';
import { sniff } from '../run/input-file';
import type { Job, JsonObject } from '../types';
import { isFinished } from '../world';
import type { Context } from './context';
import { deploymentOf } from './context';

/** The jobs that have ended on this machine. */
const endedOn = ({ world, params }: Context): Job[] =>
	[...world.jobs.values()].filter(
		(job) => job.instanceId === params['instanceId'] && isFinished(job),
	);

/** `GET …/history` and `…/history/{prompt_id}`, as in ComfyUI; the prompt id is the request id. */
function history(context: Context): Reply {
	const wanted = /history\/(?<id>[^/]+)$/.exec(context.params['path'] ?? '')?.groups?.['id'];
	const jobs = endedOn(context).filter(({ requestId }) => [requestId, undefined].includes(wanted));
	return json(Object.fromEntries(jobs.map((job) => [job.requestId, describe(context, job)])));
}

function describe({ world }: Context, job: Job): JsonObject {
	const { outcome, state, requestId, graph } = job;
	const good = state === 'succeeded' && outcome.kind === 'succeeded';
	// ComfyUI itself gives only names of files, no URLs.
	const local: Job = { ...job, withoutUrls: true };
	return {
		prompt: [0, requestId, graph, {}, []],
		outputs: good ? describeOutputs(world, local, outcome.outputs) : {},
		status: { status_str: good ? 'success' : 'error', completed: good, messages: [] },
	};
}

/**
 * `POST …/upload/image`, a form with `image` and an optional `subfolder`, as in ComfyUI. Replaces a file of the same
 * name.
 */
async function uploadImage(context: Context): Promise<Reply> {
	const { headers, raw } = context;
	const contentType = { 'content-type': headers['content-type'] ?? '' };
	const form = await new Response(new Uint8Array(raw), { headers: contentType })
		.formData()
		.catch(() => undefined);
	const image = form?.get('image');
	if (!form || !(image instanceof Blob)) return text('', 400);
	const { name } = image;
	const subfolder = String(form.get('subfolder') ?? '');
	const bytes = Buffer.from(await image.arrayBuffer());
	const type = sniff(bytes) ?? 'application/octet-stream';
	const uploads = (deploymentOf(context).uploads ??= new Map());
	uploads.set([subfolder, name].filter(Boolean).join('/'), { bytes: bytes.length, type });
	return json({ name, subfolder, type: 'input' });
}

const GIB = 2 ** 30;

type Answer = (context: Context) => Reply | Promise<Reply>;

const only =
	(method: string, answer: Answer): Answer =>
	(context) =>
		context.method === method ? answer(context) : text('405: Method Not Allowed', 405);

/** Answers of the ComfyUI behind an instance; an `api/` prefix makes no difference. */
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
	'upload/image': only('POST', uploadImage),
};

/** `GET` and `POST /prod/v2/deployments/{id}/instances/{instance_id}/proxy/{path}` */
export function proxy(context: Context): Reply | Promise<Reply> {
	const { world, params } = context;
	const deployment = deploymentOf(context);
	world.catchUp();
	if (
		!world
			.pool(deployment)
			.warm()
			.some(({ id }) => id === params['instanceId'])
	)
		throw notFound('Instance');
	const path = (params['path'] ?? '').replace(/^\/*(api\/)?/, '');
	// A single request's id follows in the path.
	const name = path.startsWith('history/') ? 'history' : path;
	const answer = Object.hasOwn(BACKEND, name) ? BACKEND[name] : undefined;
	return answer ? answer(context) : text('404: Not Found', 404);
}
