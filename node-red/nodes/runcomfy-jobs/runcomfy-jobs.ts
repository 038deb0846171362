import type { NodeAPI } from 'node-red';
import { type JobNotice, NOTICE_TOPIC } from '../../contract/jobs';
import { Deployed } from '../../runtime/account/account';
import { createHost, createPools } from '../../runtime/account/host';
import { Limiter } from '../../runtime/account/limiter';
import { protectionChanged } from '../../runtime/journal/journal';
import { ChangeFeed } from '../../runtime/node/status';
import { runsChanged } from '../../runtime/runs/record';
import { cancelJob, filesOf, findPicture, listJobs } from './list';
import { fetchPicture } from './pictures';

/** Minimum time between two notices, in milliseconds: each one goes to every open editor. */
const MIN_NOTICE_GAP_MS = 500;

/** Pictures fetched at the same time. */
const PICTURES_AT_ONCE = 2;

/**
 * Registers the sidebar's admin routes. Call this once: `GET runcomfy/jobs` → `JobList`; `GET
 * runcomfy/jobs/<job>/thumbnail` → the picture of its result; `GET runcomfy/jobs/<job>/files` → `JobFiles` (needs the
 * permission to cancel); `POST runcomfy/jobs/<job>/cancel` → 202. Errors are `{ code, message, hint? }`.
 */
export = registerJobs;

function registerJobs(RED: NodeAPI): void {
	const { httpAdmin, auth, comms } = RED;
	const host = createHost({ deployed: new Deployed(), dispatcher: createPools() });
	const mayRead = auth.needsPermission('runcomfy-jobs.read');
	const mayWrite = auth.needsPermission('runcomfy-jobs.write');

	// Notices reach every connected editor, even without permission to read jobs. They contain only a revision number;
	// editors that show jobs then fetch the list.
	let revision = 0;
	const notices = new ChangeFeed<JobNotice>({
		gapMs: MIN_NOTICE_GAP_MS,
		current: () => ({ value: { revision } }),
		publish: (notice) => comms.publish(NOTICE_TOPIC, notice, false),
	});
	const tell = () => {
		revision += 1;
		notices.update();
	};
	runsChanged().add(tell);
	protectionChanged().add(tell);

	httpAdmin.get('/runcomfy/jobs', mayRead, (_req, res) => {
		res.set('cache-control', 'no-store').json(listJobs());
	});

	const onPost = (action: string, perform: (job: string) => Result | Promise<Result>) =>
		httpAdmin.post(`/runcomfy/jobs/:job/${action}`, mayWrite, (req, res, next) => {
			const result = req.is('json') ? perform(String(req.params['job'])) : 'foreign';
			const answer = (of: Result) => {
				const { status, ...body } = ANSWERS[of];
				res.status(status).json(body);
			};
			Promise.resolve(result).then(answer).catch(next);
		});
	onPost('cancel', cancelJob);

	httpAdmin.get('/runcomfy/jobs/:job/files', mayWrite, (req, res) => {
		res.set('cache-control', 'no-store').json(filesOf(String(req.params['job'])));
	});

	// The runtime fetches pictures for the editor: whoever has the URL of a result can download all of it, and the
	// browser may not reach the storage server. Only pictures of known jobs are fetched, so nobody can reach other
	// addresses this way.
	const limiter = new Limiter(PICTURES_AT_ONCE);
	httpAdmin.get('/runcomfy/jobs/:job/thumbnail', mayRead, (req, res) => {
		const picture = findPicture(String(req.params['job']));
		if (picture === undefined) {
			res.status(404).json({ code: 'not_found', message: 'This job has no picture' });
			return;
		}
		const gone = new AbortController();
		res.on('close', () => gone.abort());
		limiter
			.run(() => fetchPicture(host, picture, gone), { signal: gone.signal })
			.then((answer) => {
				if (!answer.ok) return sendError(res, answer.status, answer.message);
				return res.set({ ...PICTURE_HEADERS, 'content-type': answer.mimeType }).end(answer.bytes);
			})
			// The browser has disconnected.
			.catch(() => undefined);
	});
}

type Result = keyof typeof ANSWERS;

const ANSWERS = {
	foreign: {
		status: 400,
		code: 'invalid_input',
		message: 'The body is not a JSON object',
		hint: 'Send it as application/json: other types are refused, because a page of another site could send them.',
	},
	canceling: { status: 202, message: 'The job is being canceled' },
	over: {
		status: 409,
		code: 'invalid_request',
		message: 'The job has ended',
		hint: 'There is nothing left to cancel.',
	},
	unknown: {
		status: 404,
		code: 'not_found',
		message: 'There is no such job',
		hint: 'It may have ended a while ago: reload the list.',
	},
};

interface Answer {
	status(code: number): { json(body: unknown): unknown };
}

function sendError(res: Answer, status: number, message: string): unknown {
	return res.status(status).json({ code: 'output_unavailable', message });
}

const PICTURE_HEADERS = {
	// The picture of a job never changes, so a reloaded editor can use its cache.
	'cache-control': 'private, max-age=600',
	'x-content-type-options': 'nosniff',
	'content-security-policy': "default-src 'none'; sandbox",
};
