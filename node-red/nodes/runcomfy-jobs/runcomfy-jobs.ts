import type { NodeAPI } from 'node-red';
import { type JobNotice, NOTICE_TOPIC } from '../../contract/jobs';
import { protectionChanged } from '../../runtime/journal/journal';
import { ChangeFeed } from '../../runtime/node/status';
import { runsChanged } from '../../runtime/runs/run';
import { cancelJob, listJobs } from './list';

/** Minimum time between two notices, in milliseconds: each one goes to every open editor. */
const MIN_NOTICE_GAP_MS = 500;

/**
 * Registers the sidebar's admin routes. Call this once: `GET runcomfy/jobs` → `JobList`; `GET
 * runcomfy/jobs/with-urls` → the same with the URLs of results (needs the permission to cancel); `POST
 * runcomfy/jobs/<job>/cancel` → 202. Errors are `{ code, message, hint? }`.
 */
export = registerJobs;

function registerJobs(RED: NodeAPI): void {
	const { httpAdmin, auth, comms } = RED;
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
		res.set('cache-control', 'no-store').json(listJobs(false));
	});
	httpAdmin.get('/runcomfy/jobs/with-urls', mayWrite, (_req, res) => {
		res.set('cache-control', 'no-store').json(listJobs(true));
	});

	httpAdmin.post('/runcomfy/jobs/:job/cancel', mayWrite, (req, res) => {
		const answer = (of: keyof typeof ANSWERS) => {
			const { status, ...body } = ANSWERS[of];
			res.status(status).json(body);
		};
		answer(req.is('json') ? cancelJob(String(req.params['job'])) : 'foreign');
	});
}

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
};
