import type { StatusAnswer } from '../../../core/index';
import { type RequestState } from '../../../core/request/state';
import { type WatchOptions } from '../../../core/request/watch';
import { watch } from '../../../core/request/watch';
import { EPOCH } from '../../support/virtualClock.mts';
import { clientOf, json, type Reply, type Script, type Seen } from './virtualHost.mts';

export const REF = { deploymentId: 'dep-1', requestId: 'req-1' };

export interface FakeJobOptions {
	queueMs?: number;
	runMs?: number;
	/** The final result; by default `succeeded` with one image. */
	result?: Record<string, unknown>;
	/** The reported status at a given time, instead of the real state. */
	says?: (state: RequestState, msSinceSubmit: number) => string;
	/** Milliseconds by which the result lags behind the status. */
	resultLagMs?: number;
	/** Milliseconds after the submit in which every read answers 404. */
	hiddenMs?: number;
	/** Whether the result contains created_at and finished_at. */
	timestamps?: boolean;
	/** Milliseconds until the cancel is answered. */
	cancelDelayMs?: number;
	/** Milliseconds until the submit is answered. */
	submitDelayMs?: number;
	/** Answers a call instead of the job. */
	instead?: (call: Seen) => Reply | Error | undefined;
}

export interface FakeJob {
	script: Script;
	/** When the run ends, in milliseconds since the epoch. */
	endsAt(): number;
	wasCanceled(): boolean;
}

/** One request of a service that behaves as documented: in_queue, in_progress, result; can be canceled. */
export function fakeJob(options: FakeJobOptions = {}): FakeJob {
	const { queueMs = 0, runMs = 0, hiddenMs = 0, resultLagMs = 0, timestamps = true } = options;
	let submittedAt = EPOCH;
	let canceledAt: number | undefined;
	const endsAt = () => submittedAt + queueMs + runMs;

	const stateAt = (at: number): RequestState => {
		if (canceledAt !== undefined) return 'canceled';
		if (at < submittedAt + queueMs) return 'in_queue';
		return at < endsAt() ? 'in_progress' : 'completed';
	};

	const answers: Record<string, (call: Seen) => Reply> = {
		inference: ({ at }) => {
			submittedAt = at;
			return { ...json({ request_id: REF.requestId }), delayMs: options.submitDelayMs ?? 0 };
		},
		status: ({ at, path }) => {
			const state = stateAt(at);
			const status = options.says?.(state, at - submittedAt) ?? state;
			return json({ request_id: idIn(path), status });
		},
		result: ({ at }) => json(resultAt(at)),
		cancel: ({ at, path }) => {
			const late = stateAt(at) === 'completed';
			if (!late) canceledAt ??= at;
			const status = late ? 'not_cancellable' : 'cancellation_requested';
			return {
				...json({ request_id: idIn(path), status }, 202),
				delayMs: options.cancelDelayMs ?? 0,
			};
		},
	};

	const resultAt = (at: number): Record<string, unknown> => {
		const state = stateAt(at);
		const times = timestamps
			? {
					created_at: new Date(submittedAt).toISOString(),
					finished_at: new Date(canceledAt ?? endsAt()).toISOString(),
				}
			: {};
		if (state === 'canceled') return { status: 'canceled', ...times };
		if (state !== 'completed' || at < endsAt() + resultLagMs) {
			return { status: state === 'completed' ? 'in_progress' : state };
		}
		return { status: 'succeeded', outputs: IMAGE, ...times, ...options.result };
	};

	const script: Script = (call) => {
		const other = options.instead?.(call);
		if (other) return other;
		const reading = call.leaf === 'status' || call.leaf === 'result';
		if (reading && call.at < submittedAt + hiddenMs) {
			return json({ error_code: 404001, error_message: 'Request not found' }, 404);
		}
		const submits = call.request.method === 'POST' && call.leaf !== 'cancel';
		const leaf = submits ? 'inference' : call.leaf;
		return answers[leaf]?.(call) ?? json({ message: 'no such route' }, 404);
	};
	return { script, endsAt, wasCanceled: () => canceledAt !== undefined };
}

/** `…/requests/{id}/status` */
const idIn = (path: string) => path.split('/').at(-2);

const IMAGE = {
	9: {
		images: [
			{
				url: 'https://serverless-api-storage.runcomfy.net/deployment_requests/req-1/output/a.png',
				filename: 'a.png',
				subfolder: '',
				type: 'output',
			},
		],
	},
};

/** Watches a fake job that was submitted at `EPOCH`, on the virtual clock. */
export function watching(job: FakeJobOptions, options: WatchOptions = {}) {
	const { client, host } = clientOf(fakeJob(job).script);
	const progress: StatusAnswer[] = [];
	const watched = watch(client, REF, {
		submittedAt: EPOCH,
		onStatus: (one) => progress.push(one),
		...options,
	});
	/** Milliseconds since the submit. */
	const callsAt = (leaf: string) => host.callsOf(leaf).map(({ at }) => Math.round(at - EPOCH));
	return { watched, host, progress, callsAt, tookMs: () => host.now() - EPOCH };
}
