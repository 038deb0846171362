import type { NodeMessageInFlow } from 'node-red';
import { RunComfyError, type Secrets } from '../../../core/index.js';
import { toNodeError } from '../errors.cjs';
import { act, type Action, type Actor, type Answer } from '../node/action.cjs';
import { inBackground } from '../node/background.cjs';
import type { Published } from '../node/changeFeed.cjs';
import { createJob, createRegister } from '../node/jobs.cjs';
import type { OutlivingWork } from '../node/outliving.cjs';
import type { Phase, PhaseDetail } from '../node/phase.cjs';
import type { JobStatus } from '../node/status.cjs';
import type { FactsRecorder, RunFacts } from './runFacts.cjs';
import { recentRuns, recordFacts, tellRunsChanged } from './runFacts.cjs';
import { type Canceler, INITIAL, next, type RunEvent, type RunState } from './state.cjs';

/** One message's run. Belongs to a node, whichever instance of it is there. */
export interface Run extends OutlivingWork {
	/** Of the message, as it was when the run began. */
	readonly topic: unknown;
	/** What a progress message said last, whichever instance sent it. */
	readonly lastProgress: Published;
	/** Where it stands now, or how it ended, for people. */
	facts(): RunFacts;
	readonly state: RunState;
	apply(event: RunEvent): void;
	cancel(by: Canceler): void;
}

/** What a run's work knows and changes of the run, beside what every message's work has. */
export interface RunAction extends Action {
	readonly id: string;
	readonly run: Pick<Run, 'state' | 'apply'>;
	/** Aborts when the node closes, as `signal` does, and also when a flow cancels the run. */
	readonly stopped: AbortSignal;
	readonly facts: FactsRecorder;
}

export const runs = createRegister<Run>();

/** The facts of what goes on, in order of arrival, and then of what has ended, the latest first. */
export function allRunFacts(): RunFacts[] {
	const going = runs.all().map((run) => run.facts());
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

interface NewRun {
	id: string;
	msg: NodeMessageInFlow;
	/** Whether an earlier process began it. */
	resumed?: true;
	/** Whether it is to make a request, whatever request the message names. */
	submits: boolean;
	/** Called with the account's secrets where other messages come first, and this one waits for its turn. */
	onWait?: (secrets: Secrets) => void;
}

/** Starts a run and registers it with its node. */
export function createRun(
	actor: Actor,
	{ id, msg, resumed, submits, onWait }: NewRun,
	perform: (action: RunAction) => Promise<Answer>,
): Run {
	const nodeId = actor.node.id;
	const topic = topicOf(msg);
	let now = Date.now;
	let allowPrivate: boolean | undefined;
	let phase: Phase = 'requesting';
	let status: JobStatus | undefined;
	const facts = recordFacts({ job: id, nodeId, topic, ...(resumed ? { resumed } : {}) }, () =>
		now(),
	);
	const detail = (): PhaseDetail => {
		const { requestId, queuePosition, startedAt, estimatedMs } = facts.read();
		const runningSince = startedAt === undefined ? undefined : Date.now() - (now() - startedAt);
		return { requestId, queuePosition, runningSince, estimatedMs };
	};
	const show = (shown: Phase) => {
		phase = shown;
		facts.note({ phase, allowPrivate });
		status?.show(shown, detail());
	};
	const stopping = new AbortController();
	const apply = (event: RunEvent) => {
		const before = run.state;
		run.state = next(before, event);
		if (event.is !== 'cancelAnswered' || event.verdict !== 'no answer') return;
		if (before.cancelVerdict === 'no answer') return;
		actor.node.warn(withoutAnswer(run.state.ref?.requestId));
	};
	const job = createJob(
		nodeId,
		(signal) =>
			act(actor, { msg, show, signal, submits, onWait }, (action) => {
				const { client } = action.connection;
				now = client.host.now;
				allowPrivate = client.allowPrivate;
				const tell = action.know;
				const know: Action['know'] = (known) => {
					facts.noteMessage(known);
					tell(known);
				};
				// Not a copy: thousands may wait.
				const own = { know, id, run, stopped: stopping.signal, facts };
				return perform(Object.assign(action, own));
			}),
		(how) => {
			apply({ is: 'closed', how });
			stopping.abort();
		},
	);
	const run: Run & { state: RunState } = {
		id,
		msg,
		topic,
		job,
		apply,
		state: INITIAL,
		lastProgress: { text: '', at: -Infinity },
		cancel(by) {
			apply({ is: 'canceled', by });
			stopping.abort(notSubmitted(run.state));
			tellRunsChanged();
		},
		showOn(shownOn) {
			status = shownOn;
			status.show(phase, detail());
		},
		facts: facts.read,
	};
	runs.add(run);
	const end = (outcome: string, reason?: string) => {
		apply({ is: 'ended' });
		facts.end(outcome, reason);
	};
	const told = job.result.then(
		() => end('succeeded'),
		(error: unknown) => {
			// Left to RunComfy, it has not ended.
			const { code, message } = toNodeError(error);
			const { closed, cancelVerdict } = run.state;
			if (cancelVerdict === 'not_cancellable' && closed === 'cancel') {
				end('output_unavailable', HAD_ENDED);
			} else if (closed !== 'leave') end(code, message);
			// Nobody gets its message any more.
			const unheard = closed !== undefined && cancelVerdict !== 'no answer';
			if (unheard && code === 'submit_unconfirmed') actor.node.warn(withoutAnswer(undefined));
		},
	);
	inBackground(actor.node, told);
	tellRunsChanged();
	return run;
}

/** Of a run whose node was deleted just then. */
const HAD_ENDED =
	'It had ended when its cancel came, and its result was not fetched. Fetch it by its request id: RunComfy keeps it for 7 days.';

/** The end of a run that was canceled before its submit. */
export function notSubmitted(state: RunState): RunComfyError {
	return new RunComfyError(
		'run_canceled',
		'The message was canceled before its request was submitted',
		supersededFacts(state),
	);
}

/** What an error tells of a run that a newer message canceled. */
export function supersededFacts({ canceledBy }: RunState): {
	hint?: string;
	details?: { superseded: true; reason: 'superseded' };
} {
	if (canceledBy !== 'newer') return {};
	return { hint: SUPERSEDED_HINT, details: { superseded: true, reason: 'superseded' } };
}

/** In the place of the advice to submit it again, which would cancel the newer one. */
const SUPERSEDED_HINT =
	'A newer message with the same topic took its place, as "Latest wins" of the account says.';

/** Tells of a cancel, or of a submit that was stopped, that got no answer. */
export function withoutAnswer(requestId: string | undefined): string {
	return requestId === undefined
		? 'A submit was stopped before RunComfy had answered it: the request may be running. Look at the deployment’s requests on RunComfy.'
		: `RunComfy did not answer the cancel of request ${requestId}: it may still be running. Cancel it by its request id.`;
}
