import type { RequestRef } from '../../../core/index.ts';
import {
	type ParkedExecution,
	type StoredState,
	watchOver,
} from '../../../nodes/RunComfy/wait/park.ts';
import { fakeJob, type FakeJobOptions, REF } from '../../core/support/fakeJob.mts';
import {
	clientOf,
	json,
	type Reply,
	type Seen,
	type VirtualHostOptions,
} from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';

export const RESUMED: Reply = json('runcomfy resumed');
export const problem = (code: number, message: string): Reply => json({ code, message }, code);
export const RUNNING = problem(409, 'The execution "7" is running already.');
export const FINISHED = problem(409, 'The execution "7 has finished already.');

export interface World {
	/** What n8n answers to a wake-up at a moment; that it resumes by default. */
	n8n?: (ms: number) => Reply | Error;
	/** What n8n has stored at a moment. */
	stored?: (ms: number) => StoredState;
	/** Whether a retry has taken the requests up. */
	pickedUp?: boolean;
	job?: FakeJobOptions;
	/** Ids of the requests, which all run as `job` says unless that answers for one of them. */
	ids?: readonly string[];
	on?: VirtualHostOptions;
	parked?: Partial<ParkedExecution>;
	park?: Partial<ParkedExecution['park']>;
}

/** A watcher at work, on a virtual clock. */
export function watching(world: World = {}) {
	const { n8n = () => RESUMED, stored = () => 'parked', job = {}, on = {} } = world;
	const instead = (call: Seen) =>
		call.path.startsWith('/webhook-waiting') ? n8n(call.at - EPOCH) : job.instead?.(call);
	const fake = fakeJob({ runMs: 40_000, ...job, instead });
	const { client, host } = clientOf(fake.script, on);
	const canceled: string[] = [];
	const refs: RequestRef[] = (world.ids ?? [REF.requestId]).map((requestId) => ({
		...REF,
		requestId,
	}));
	const over = watchOver({
		key: '7 Run 0',
		address: new URL('http://n8n/webhook-waiting/7/runcomfy?signature=s'),
		open: refs.map((ref) => ({ ref, submittedAt: EPOCH })),
		othersWait: false,
		stopAtFailure: true,
		park: {
			id: '0-1',
			secret: 's3',
			at: EPOCH,
			until: EPOCH + 90_000,
			executionId: '7',
			...world.park,
		},
		cancelOnStop: true,
		client,
		state: async () => stored(host.now() - EPOCH),
		notPickedUp: async (all) => (world.pickedUp ? [] : all),
		onCancel: (_ref, answer) => canceled.push(String(answer)),
		...world.parked,
	});
	const wakes = () => host.calls.filter(({ path }) => path.startsWith('/webhook-waiting'));
	return {
		over,
		host,
		fake,
		canceled,
		/** When n8n was asked to go on, in milliseconds after the submit. */
		wakes: () => wakes().map(({ at }) => at - EPOCH),
		/** The ids that each of these calls named. */
		ended: () =>
			wakes().map(({ request }) => (JSON.parse(request.body!) as { ended: string[] }).ended),
		first: () => wakes()[0]?.request,
	};
}
