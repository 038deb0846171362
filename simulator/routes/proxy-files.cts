import { basename } from 'node:path';
import { describeOutputs, filesOf } from '../files.cjs';
import { MIME_TYPES, render } from '../media/render.cjs';
import type { Reply } from '../reply.cjs';
import { json, ranged, text } from '../reply.cjs';
import { sniff } from '../run/input-file.cjs';
import type { Job, JsonObject } from '../types.cjs';
import type { Context } from './context.cjs';
import { deploymentOf } from './context.cjs';
import { isFinished } from './queue.cjs';

/** What has ended on the machine that is asked. */
const endedOn = ({ world, params }: Context): Job[] =>
	[...world.jobs.values()].filter(
		(job) => job.instanceId === params['instanceId'] && isFinished(job),
	);

/** `GET …/history` and `…/history/{prompt_id}`, as in ComfyUI; a prompt has the id of its request here. */
export function history(context: Context): Reply {
	const wanted = /history\/(?<id>[^/]+)$/.exec(context.params['path'] ?? '')?.groups?.['id'];
	const jobs = endedOn(context).filter(({ requestId }) => [requestId, undefined].includes(wanted));
	return json(Object.fromEntries(jobs.map((job) => [job.requestId, describe(context, job)])));
}

function describe({ world }: Context, job: Job): JsonObject {
	const { outcome, state, requestId, graph } = job;
	const good = state === 'succeeded' && outcome.kind === 'succeeded';
	// ComfyUI knows nothing of addresses.
	const local: Job = { ...job, withoutUrls: true };
	return {
		prompt: [0, requestId, graph, {}, []],
		outputs: good ? describeOutputs(world, local, outcome.outputs) : {},
		status: { status_str: good ? 'success' : 'error', completed: good, messages: [] },
	};
}

/** `GET …/view?filename=…&type=output&subfolder=…`, as in ComfyUI */
export function view(context: Context): Reply {
	const query = context.url.searchParams;
	const name = query.get('filename');
	if (!name) return text('400: Bad Request', 400);
	const [type, subfolder] = [query.get('type') ?? 'output', query.get('subfolder') ?? ''];
	const { uploads } = deploymentOf(context);
	const upload =
		type === 'input' ? uploads?.get([subfolder, name].filter(Boolean).join('/')) : undefined;
	if (upload !== undefined) return fileReply(context, Buffer.from(upload.bytes), upload.type);
	const file = endedOn(context)
		.flatMap(({ outcome }) => (outcome.kind === 'succeeded' ? [...filesOf(outcome.outputs)] : []))
		.findLast((one) => one.filename === name && one.type === type && one.subfolder === subfolder);
	if (file?.spec === undefined) return text('404: Not Found', 404);
	return fileReply(context, render(file.spec), MIME_TYPES[file.spec.media]);
}

const fileReply = ({ headers }: Context, body: Buffer, type: string): Reply =>
	ranged(
		{
			status: 200,
			headers: { 'content-type': type, 'content-length': String(body.length) },
			body,
		},
		headers.range,
	);

/** `POST …/upload/image`, a form with `image`, and perhaps `overwrite` and `subfolder`, as in ComfyUI */
export async function uploadImage(context: Context): Promise<Reply> {
	const { headers, raw } = context;
	const type = headers['content-type'] ?? '';
	const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } })
		.formData()
		.catch(() => undefined);
	const image = form?.get('image');
	if (!form || !(image instanceof Blob)) return text('', 400);
	const deployment = deploymentOf(context);
	const uploads = (deployment.uploads ??= new Map());
	const bytes = Buffer.from(await image.arrayBuffer());
	const subfolder = String(form.get('subfolder') ?? '');
	const pathOf = (one: string): string => [subfolder, one].filter(Boolean).join('/');
	const given = basename(image.name);
	const overwrite = ['true', '1'].includes(String(form.get('overwrite')));
	const isFree = (one: string): boolean => {
		const there = uploads.get(pathOf(one));
		return overwrite || there === undefined || bytes.equals(there.bytes);
	};
	let name = given;
	for (let number = 1; !isFree(name); number += 1) {
		name = given.replace(/(\.\w+)?$/, ` (${number})$1`);
	}
	uploads.set(pathOf(name), { bytes, type: sniff(bytes) ?? 'application/octet-stream' });
	return json({ name, subfolder, type: 'input' });
}
