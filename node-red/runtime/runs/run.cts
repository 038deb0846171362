import { randomUUID } from 'node:crypto';
import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { RunComfyError, type Secrets } from '../../../core/index.js';
import { toNodeError } from '../errors.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import { openRequestStore } from '../journal/requestStore.cjs';
import { act, type Action, type Answer } from '../node/action.cjs';
import type { MessageFacts } from '../node/message.cjs';
import type { Shown } from '../node/progress.cjs';
import { beginWork, createWork, type LastingActor, showWork, type Work } from '../node/work.cjs';
import { perRuntime } from '../runtime.cjs';
import { recordLeft, type unreadEntry } from './kept.cjs';
import { createProgressFeed } from './progress.cjs';
import {
	type Canceler,
	changed,
	endChanges,
	messageChanges,
	newRecord,
	type RecordChanges,
	type RunRecord,
	runsChanged,
	shownOf,
} from './record.cjs';

/** One message's run. */
export interface Run extends Work {
	/** Of the message, as it was when the run began. */
	readonly topic: unknown;
	readonly record: RunRecord;
	/** Aborts when the node closes, as `signal` does, and also when a flow cancels the run. */
	readonly interrupted: AbortSignal;
	note(changes: RecordChanges): void;
	/** Notes changes, and shows where the run stands then. */
	enter(changes: RecordChanges): void;
	cancel(by: Canceler): void;
}

export function isRun(work: Work): work is Run {
	return 'interrupted' in work;
}

/** The runs that have not ended, by job, in order of arrival. */
export const goingRuns = perRuntime(() => new Map<string, Run>());

/** The record of a run that goes on, or is among those that ended last. */
export function recordOf(job: string): RunRecord | undefined {
	return goingRuns().get(job)?.record ?? endedRuns().find((record) => record.job === job);
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
	msg: NodeMessageInFlow;
	/** What an earlier process left of it, if that began it. */
	left?: JournalEntry;
	/** Whether it makes a request, whatever request the message names. */
	submits: boolean;
	/** What to write down of the message if other messages come first, and this one waits for its turn. */
	unread?: typeof unreadEntry;
}

/** Begins a run of a node: it lives as `live` says, whichever instance of the node is there. */
export function startRun(
	actor: LastingActor,
	{ msg, left, submits, unread }: NewRun,
	live: (run: Run, action: Action) => Promise<Answer>,
): Run {
	const { RED, node } = actor;
	const topic = topicOf(msg);
	const id = left?.job ?? randomUUID();
	const resumed = left !== undefined;
	const interruption = new AbortController();
	/** By the clock of its host, once that is known. */
	let now = Date.now;
	let secrets: Secrets | undefined;

	const work = createWork(actor, {
		...{ id, msg },
		onStop(how) {
			run.note({ stopped: how });
			interruption.abort();
		},
	});
	const note = (changes: RecordChanges) => {
		const before = run.record;
		run.record = changed(before, changes);
		if (run.record === before) return;
		if (before.endedAt === undefined) runsChanged().call();
		if (changes.cancelVerdict === 'no answer' && before.cancelVerdict !== 'no answer') {
			node.warn(unansweredText(run.record.requestId));
		}
	};
	const own = {
		topic,
		note,
		record: {
			...newRecord({ job: id, nodeId: node.id, topic, resumed }, now()),
			...(left && recordLeft(left)),
		},
		interrupted: interruption.signal,
		enter(changes: RecordChanges) {
			note(changes);
			showWork(run, shownOf(run.record, Date.now() - now()));
			feed.update();
		},
		cancel(by: Canceler) {
			note({ canceledBy: by });
			interruption.abort(notSubmitted(run.record));
		},
		onAdopted: () => feed.update(),
		onDropped() {
			leave();
			runsChanged().call();
		},
	};
	const run: Run & { record: RunRecord } = Object.assign(work, own);
	const feed = createProgressFeed(run, RED);

	const going = goingRuns();
	going.set(id, run);
	const leave = () => {
		if (going.get(id) === run) going.delete(id);
	};
	const end = (outcome: string, reason?: string) => {
		leave();
		run.record = changed(run.record, endChanges(outcome, reason, now()));
		rememberEnd(run.record);
		if (secrets) keepEnd(RED, run.record, secrets);
	};
	const fail = (error: unknown) => {
		const { code, message } = toNodeError(error);
		const { stopped, cancelVerdict } = run.record;
		if (cancelVerdict === 'not_cancellable' && stopped === 'cancel') {
			end('output_unavailable', run.record.service === 'model' ? RUNS_ON : HAD_ENDED);
		} else if (stopped !== 'leave') end(code, message);
		// Nobody gets its message any more.
		const unheard = stopped !== undefined && cancelVerdict !== 'no answer';
		if (unheard && code === 'submit_unconfirmed') node.warn(unansweredText(undefined));
	};
	const given = {
		...{ msg, submits, resumed, signal: work.signal },
		show: ({ state }: Shown) => run.enter({ state }),
		onWait:
			unread &&
			((secrets: Secrets) =>
				actor.journal?.waiting(unread(node.id, { job: id, msg, secrets }), false)),
		onFacts: (facts: MessageFacts) => note(messageChanges(facts)),
	};
	beginWork(run, async () => {
		try {
			const outcome = await act(actor, given, (action) => {
				const { host, allowPrivate } = action.connection.client;
				now = host.now;
				secrets = action.secrets;
				note({ allowPrivate });
				return live(run, action);
			});
			end('succeeded');
			return outcome;
		} catch (error) {
			fail(error);
			throw error;
		} finally {
			feed.close();
		}
	});
	runsChanged().call();
	return run;
}

/** The end of a run whose node was deleted just as it ended. */
const HAD_ENDED =
	'It had ended when its cancel came, and its result was not fetched. Fetch it by its request id: RunComfy keeps it for 7 days.';

/** The same of a hosted model's run. */
const RUNS_ON =
	'Its cancel came too late: RunComfy cancels a hosted model’s request only while it is queued. Fetch its result by its request id: RunComfy keeps it for 7 days.';

/** The end of a run that was canceled before its submit. */
export function notSubmitted(record: RunRecord): RunComfyError {
	return new RunComfyError(
		'run_canceled',
		'The message was canceled before its request was submitted',
		supersededFacts(record),
	);
}

/** What an error says of a run that a newer message canceled. */
export function supersededFacts({ canceledBy }: RunRecord): {
	hint?: string;
	details?: { superseded: true; reason: 'superseded' };
} {
	if (canceledBy !== 'newer') return {};
	return { hint: SUPERSEDED_HINT, details: { superseded: true, reason: 'superseded' } };
}

/** Instead of the advice to submit it again, which would cancel the newer one. */
const SUPERSEDED_HINT =
	'A newer message with the same topic took its place, as "Latest wins" of the account says.';

/** The warning about a cancel, or about a submit that was stopped, that got no answer. */
export function unansweredText(requestId: string | undefined): string {
	return requestId === undefined
		? 'A submit was stopped before RunComfy had answered it: the request may be running. Look at the deployment’s requests on RunComfy.'
		: `RunComfy did not answer the cancel of request ${requestId}: it may still be running. Cancel it by its request id.`;
}

/** Ended runs that are remembered. */
const MOST_ENDED = 50;

const ended = perRuntime((): RunRecord[] => []);

/** The runs that have ended last, the latest first. */
export function endedRuns(): readonly RunRecord[] {
	return [...ended()].reverse();
}

export function rememberEnd(record: RunRecord): void {
	ended().push(record);
	if (ended().length > MOST_ENDED) ended().shift();
	runsChanged().call();
}

/** Keeps it over a restart, but not the addresses of its files: whoever has one can fetch the file. */
function keepEnd(
	RED: NodeAPI,
	{ files: _, allowPrivate: _private, about, topic, reason, ...record }: RunRecord,
	secrets: Secrets,
): void {
	const texts = keptMessage({ about, topic, reason }, secrets);
	openRequestStore(RED).ended(record.job, { ...record, ...texts });
}

/** What an earlier process kept. To be called when the node is registered. */
export function recallEnds(RED: NodeAPI): void {
	const known = new Set(ended().map(({ job }) => job));
	const before = openRequestStore(RED)
		.endedRuns(MOST_ENDED)
		.filter(isRecord)
		.filter(({ job }) => !known.has(job));
	ended().unshift(...before);
	ended().splice(0, Math.max(0, ended().length - MOST_ENDED));
}

function isRecord(value: Partial<RunRecord>): value is RunRecord {
	const { job, nodeId, state, arrivedAt, endedAt } = value;
	const texts = typeof job === 'string' && typeof nodeId === 'string';
	return texts && state === 'ended' && Number.isFinite(arrivedAt) && Number.isFinite(endedAt);
}
