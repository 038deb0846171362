import { extname } from 'node:path';
import { storage } from '../files';
import { MIME_TYPES } from '../media/render';
import type { Reply } from '../reply';
import { ApiError, notFound } from '../reply';
import type { Context } from '../routes/context';
import { deploymentOf, jobOf, strike } from '../routes/context';
import { cancelReply, result, status } from '../routes/queue';
import { acceptance, refuseIfClosed } from '../routes/submit';
import type { Route } from '../routes/table';
import { ROUTES } from '../routes/table';
import { readSubmission } from '../run/submission';
import type { OutputFile, RouteName } from '../types';
import { isFinished } from '../world';
import type { Comfy } from './client';
import { passOn } from './client';
import type { Jobs } from './jobs';
import { INSTANCE } from './jobs';

type Handler = (context: Context) => Promise<Reply>;

/** The simulator's routes, with ComfyUI's answers where it has them. */
export function comfyuiRoutes(comfy: Comfy, jobs: Jobs): Route[] {
	/** Updates the jobs before the handler answers. */
	const current =
		(handle: (context: Context) => Reply | Promise<Reply>): Handler =>
		async (context) => {
			await jobs.update(context.params['requestId']);
			return handle(context);
		};

	const handlers: Partial<Record<RouteName, Handler>> = {
		async submit(context) {
			const deployment = deploymentOf(context);
			refuseIfClosed(deployment);
			const { body, url } = context;
			// ComfyUI itself decides whether an input exists and accepts its value.
			const noProblem = (): undefined => undefined;
			const submission = readSubmission(body, url.searchParams, deployment.graph, noProblem);
			const job = await jobs.submit(deployment, submission);
			return acceptance(context, job);
		},
		status: current(status),
		result: current(result),
		cancel: current(async (context) => {
			const job = jobOf(context);
			const accepted = !isFinished(job) && !strike(context, 'cancel_refused');
			if (accepted) await jobs.cancel(job);
			return cancelReply(context, job, accepted);
		}),
		async object_info(context) {
			deploymentOf(context);
			return passOn(await comfy.call('/object_info'));
		},
		async proxy(context) {
			deploymentOf(context);
			if (context.params['instanceId'] !== INSTANCE) throw notFound('Instance');
			const address = addressIn(context.entry.path);
			if (context.method === 'GET') return passOn(await comfy.call(address));
			const type = context.headers['content-type'];
			const body = new Uint8Array(context.raw);
			return passOn(
				await comfy.call(address, { body, ...(type && { headers: { 'content-type': type } }) }),
			);
		},
		async storage(context) {
			const [, , , requestId = ''] = context.url.pathname.split('/');
			await jobs.update(requestId);
			return storage(context, (file, range) => fetchFile(comfy, file, range));
		},
	};
	return ROUTES.map((route) => ({ ...route, handle: handlers[route.name] ?? route.handle }));
}

/**
 * The part of a call after `/proxy`, undecoded, with its query: a decoded `%2F` or `%3F` would lead elsewhere.
 * @throws ApiError 422001 if a segment of the path is `.` or `..`
 */
function addressIn(call: string): string {
	const address = call.slice(call.indexOf('/proxy/') + '/proxy/'.length).replace(/^\/+/, '');
	const [path = ''] = address.split(/[?#]/);
	const parts = path.split(/\/|\\|%2f|%5c/i);
	if (parts.some((part) => /^(?:\.|%2e){1,2}$/i.test(part))) {
		throw new ApiError(
			422001,
			'The path of a call to an instance must not contain . or .. as a part',
		);
	}
	return `/${address}`;
}

/** Fetches a file from ComfyUI, or the part that a `Range` header asks for. @throws Unreachable */
async function fetchFile(
	comfy: Comfy,
	{ filename, subfolder, type }: OutputFile,
	range: string | undefined,
): Promise<Reply> {
	const query = new URLSearchParams({ filename, subfolder, type });
	const headers = range === undefined ? {} : { range };
	const response = await comfy.call(`/view?${query}`, { headers });
	const reply = passOn(response, 'content-range', 'accept-ranges');
	// Everything else is served as plain bytes: a page or drawing with a script would run with the simulator's origin.
	reply.headers['content-type'] =
		MIME_TYPES[extname(filename).slice(1).toLowerCase()] ?? 'application/octet-stream';
	reply.headers['x-content-type-options'] = 'nosniff';
	return reply;
}
