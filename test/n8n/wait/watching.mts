import { createRunTimes } from '../../../core/index.ts';
import { type ParkedExecution, watchOver } from '../../../nodes/RunComfy/wait/watcher.ts';
import { fakeJob, type FakeJobOptions, REF } from '../../core/support/fakeJob.mts';
import {
	clientOf,
	json,
	type Reply,
	type Seen,
	type VirtualHostOptions,
} from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';

const PARK = '0-1';
export const PARKED: Reply = json(`runcomfy parked ${PARK}`);
const RESUMED: Reply = json('runcomfy resumed');
export const problem = (code: number, message: string): Reply => json({ code, message }, code);
export const RUNNING = problem(409, 'The execution "7" is running already.');
export const STOPPED = problem(409, 'The execution "7" has finished with error.');
export const FINISHED = problem(409, 'The execution "7 has finished already.');
export const DELETED = problem(404, 'The execution "7" does not exist.');
export const ELSEWHERE = problem(
	404,
	'The workflow does not contain a waiting webhook with a matching path.',
);

/** What n8n says at a moment, to a question or to a call that is to let the execution go on. */
export type N8n = (kind: string, ms: number) => Reply | Error;

export function watching(
	n8n: N8n,
	job: FakeJobOptions = {},
	{ on = {}, ...more }: Partial<ParkedExecution> & { on?: VirtualHostOptions } = {},
) {
	const instead = (call: Seen) => {
		const { path, at } = call;
		const url = new URL(path, 'http://n8n');
		if (!url.pathname.startsWith('/webhook-waiting')) return job.instead?.(call);
		return n8n(url.searchParams.get('runcomfy') ?? '', at - EPOCH);
	};
	const fake = fakeJob({ runMs: 40_000, ...job, instead });
	const { client, host } = clientOf(fake.script, on);
	const canceled: string[] = [];
	const over = watchOver({
		key: '7 Run 0',
		park: PARK,
		address: new URL('http://n8n/webhook-waiting/7?signature=s'),
		open: [{ ref: REF, submittedAt: EPOCH }],
		stopAtFailure: true,
		until: EPOCH + 90_000,
		cancelOnStop: true,
		client,
		runTimes: createRunTimes(),
		onCancel: (_ref, answer) => canceled.push(String(answer)),
		...more,
	});
	const calls = (kind: string) =>
		host.calls.filter(({ path }) => path.includes(`runcomfy=${kind}`)).map(({ at }) => at - EPOCH);
	return { over, host, fake, canceled, calls };
}

export const waits: N8n = (kind) => (kind === 'ask' ? PARKED : RESUMED);
