import { extname } from 'node:path';
import { storage } from '../files';
import { MIME_TYPES } from '../media/render';
import type { Reply } from '../reply';
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
		async storage(context) {
			const [, , , requestId = ''] = context.url.pathname.split('/');
			await jobs.update(requestId);
			return storage(context, (file, range) => fetchFile(comfy, file, range));
		},
	};
	return ROUTES.map((route) => ({ ...route, handle: handlers[route.name] ?? route.handle }));
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
