import type { NodeMessageInFlow } from 'node-red';
import { RunComfyError, type CancelOutcome, type RequestRef } from '../../../core/index.js';
import type { Published } from '../node/changeFeed.cjs';
import { act, type Action, type Actor, type Answer } from '../node/action.cjs';
import { toNodeError } from '../errors.cjs';
import type { Lasting } from '../node/handOver.cjs';
import { allJobs, createJob, dropJob, jobsOf, type Job, type StopMode } from '../node/jobs.cjs';
import { recentRuns, recordFacts, tellRunsChanged } from './runFacts.cjs';
import type { FactsRecorder, RunFacts } from './runFacts.cjs';
import type { PhaseDetail } from '../node/progress.cjs';
import type { JobStatus, Outcome, Phase } from '../node/status.cjs';

/** One message's run. Belongs to a node, whichever instance of it is there. */
export interface Run extends Lasting {
	readonly id: string;
	readonly msg: NodeMessageInFlow;
	/** Of the message, as it was when the run began. */
	readonly topic: unknown;
	readonly job: Job<Outcome>;
	/** What was told of its progress last, by whatever instance. */
	readonly told: Published;
	/** Shows the run's phase with the present holder. */
	showOn(status: JobStatus): void;
	/** Where it stands now, or how it ended. */
	facts(): RunFacts;
	readonly control: RunControl;
}

/** How a flow reaches into a run that goes on. */
export interface RunControl {
	/** Aborts when a flow cancels the run. */
	readonly canceled: AbortSignal;
	/** What RunComfy answered to a cancel that was sent. */
	answer: CancelVerdict | undefined;
	/** The request, once it was accepted. */
	ref: RequestRef | undefined;
	/** Whether the request has ended, so that there is nothing to cancel. */
	over: boolean;
	/** Whether a newer message of the same topic canceled it. */
	superseded: boolean;
	cancel(): void;
	/** Keeps what a cancel was answered; of the first one without an answer the log tells. */
	noteAnswer(answer: CancelVerdict, requestId: string | undefined): void;
	readonly facts: FactsRecorder;
}

export type CancelVerdict = CancelOutcome | 'no answer';

const runs = new WeakMap<Job, Run>();

const isRun = (run: Run | undefined): run is Run => run !== undefined;

/** The runs of a node, ended ones included until they are forgotten. */
export function runsOf(nodeId: string): Run[] {
	return [...jobsOf(nodeId)].map((job) => runs.get(job)).filter(isRun);
}

/** The runs of all nodes, ended ones included until they are forgotten. */
export function allRuns(): Run[] {
	return allJobs()
		.map((job) => runs.get(job))
		.filter(isRun);
}

/** Takes a run off the register. */
export function dropRun({ job }: Run): void {
	dropJob(job);
	tellRunsChanged();
}

/** The facts of what goes on, in order of arrival, and then of what has ended, the latest first. */
export function allRunFacts(): RunFacts[] {
	const going = allRuns().map((run) => run.facts());
	return [...going.filter(({ endedAt }) => endedAt === undefined), ...recentRuns()];
}

export function topicOf(msg: NodeMessageInFlow): unknown {
	try {
		return msg.topic;
	} catch {
		// A getter that throws: a run needs no topic.
		return undefined;
	}
}

/** Starts a run and registers it with its node. */
export function createRun(
	actor: Actor,
	{ id, msg, holder, resumed }: NewRun,
	perform: (
		action: Action,
		control: RunControl,
		stopped: () => StopMode | undefined,
	) => Promise<Answer>,
): Run {
	const nodeId = actor.node.id;
	const topic = topicOf(msg);
	let now = Date.now;
	let phase: Phase = 'requesting';
	let status: JobStatus | undefined;
	const facts = recordFacts({ job: id, nodeId, topic, ...(resumed ? { resumed } : {}) }, () =>
		now(),
	);
	const detail = (): PhaseDetail => {
		const { queuePosition, startedAt, estimatedMs } = facts.read();
		const runningSince = startedAt === undefined ? undefined : Date.now() - (now() - startedAt);
		return { queuePosition, runningSince, estimatedMs };
	};
	const show = (next: Phase) => {
		phase = next;
		facts.note({ phase });
		status?.show(next, detail());
	};
	const canceling = new AbortController();
	let warned = false;
	const control: RunControl = {
		canceled: canceling.signal,
		answer: undefined,
		ref: undefined,
		over: false,
		superseded: false,
		cancel() {
			const facts = this.superseded
				? { hint: SUPERSEDED_HINT, details: { superseded: true } }
				: undefined;
			canceling.abort(new RunComfyError('run_canceled', NOT_SUBMITTED, facts));
			tellRunsChanged();
		},
		noteAnswer(answer, requestId) {
			this.answer = answer;
			if (answer !== 'no answer' || warned) return;
			warned = true;
			actor.node.warn(unanswered(requestId));
		},
		facts,
	};
	const job = createJob(nodeId, (signal, stopped) =>
		act(actor, { msg, show, signal, submits: !resumed }, (action) => {
			now = action.connection.client.host.now;
			const know: Action['know'] = (known) => {
				facts.noteMessage(known);
				action.know(known);
			};
			return perform({ ...action, know }, control, stopped);
		}),
	);
	const run: Run = {
		id,
		msg,
		topic,
		job,
		holder,
		ended: false,
		told: { text: '', at: -Infinity },
		control,
		showOn(next) {
			status = next;
			status.show(phase, detail());
		},
		facts: () => facts.read(),
	};
	runs.set(job, run);
	job.result.then(
		() => facts.end('succeeded'),
		(error: unknown) => {
			// Left to RunComfy, it has not ended.
			if (job.stopped !== 'leave') facts.end(toNodeError(error).code);
		},
	);
	tellRunsChanged();
	return run;
}

interface NewRun {
	id: string;
	msg: NodeMessageInFlow;
	holder: symbol;
	/** Whether an earlier process began it. */
	resumed?: true;
}

const NOT_SUBMITTED = 'The message was canceled before its request was submitted';

/** In the place of the advice to submit it again, which would cancel the newer one. */
export const SUPERSEDED_HINT =
	'A newer message with the same topic took its place, as "Latest wins" of the account says.';

function unanswered(requestId: string | undefined): string {
	return requestId === undefined
		? 'A submit was stopped before RunComfy had answered it: the request may be running. Look at the deployment’s requests on RunComfy.'
		: `RunComfy did not answer the cancel of request ${requestId}: it may still be running. Cancel it by its request id.`;
}
