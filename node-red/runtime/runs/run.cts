import { randomUUID } from 'node:crypto';
import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { type Host, requestIn, RunComfyError, type Secrets } from '../../../core/index.js';
import { toNodeError } from '../errors.cjs';
import { type JournalEntry, openJournal } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import { act, type Action, type Answer, type Given } from '../node/action.cjs';
import type { ChangeFeed } from '../node/changeFeed.cjs';
import {
	beginWork,
	createWork,
	type LastingActor,
	setAtRisk,
	setSafe,
	showWork,
	type Work,
	type WorkHooks,
} from '../node/lasting.cjs';
import type { Outcome } from '../node/status.cjs';
import { perRuntime } from '../runtime.cjs';
import { recordLeft, type unreadEntry } from './kept.cjs';
import { updateProgress } from './progress.cjs';
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
	record: RunRecord;
	/** Aborts when the node closes, as `controller` does, and also when a flow cancels the run. */
	readonly interruption: AbortController;
	/** Once it is known: what has the clock of its records, and what must not be in them. */
	account?: { host: Pick<Host, 'now'>; secrets: Secrets };
	/** What an earlier process left of it, if that began it. */
	readonly left?: JournalEntry;
	/** Whether it ends as soon as it is submitted: the sidebar shows it only if its flow will not hear of its end. */
	readonly brief?: boolean;
	/** Of progress messages, if somebody wants them. */
	feed?: ChangeFeed;
}

export function isRun(work: Work): work is Run {
	return 'interruption' in work;
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
	brief?: boolean;
	/** What to write down of the message if other messages come first, and this one waits for its turn. */
	unread?: typeof unreadEntry;
}

/** Begins a run of a node: it lives as `live` says, whichever instance of the node is there. */
export function startRun(
	actor: LastingActor,
	{ msg, left, submits, unread, brief = false }: NewRun,
	live: (run: Run, action: Action) => Promise<Answer>,
): Run {
	const id = left?.job ?? randomUUID();
	const topic = topicOf(msg);
	const resumed = left !== undefined;
	const first = newRecord({ job: id, nodeId: actor.node.id, topic, resumed }, Date.now());
	const run: Run = Object.assign(createWork(actor, { id, msg, hooks: HOOKS }), {
		topic,
		record: left ? { ...first, ...recordLeft(left) } : first,
		interruption: new AbortController(),
		brief,
		...(left ? { left } : {}),
	});
	const given: Given = {
		msg,
		ref: left && !left.waiting ? requestIn(left.receipt.ids) : undefined,
		submits,
		resumed,
		signal: run.controller.signal,
		show: ({ state }) => enter(run, { state }),
		onWait:
			unread &&
			((secrets) => {
				const entry = unread(run.nodeId, { job: id, msg, secrets });
				actor.journal.waiting(entry, false);
				// Else what is read of it may be kept.
				if (entry.waiting?.unread) setSafe(run);
			}),
		onFacts: (facts) => note(run, messageChanges(facts)),
	};
	if (!brief) goingRuns().set(id, run);
	if (!left) setAtRisk(run);
	beginWork(run, () => toTheEnd(run, given, live));
	runsChanged().call();
	return run;
}

const HOOKS: WorkHooks = {
	onStop(run: Run, how) {
		note(run, { stopped: how });
		run.interruption.abort();
	},
	onAdopted: updateProgress,
	onDropped(run: Run) {
		leave(run);
		runsChanged().call();
	},
};

/** Writes down what is to be done for a run that still waits. `lasting` is for the journal. */
export function keepWaiting(run: Run, entry: JournalEntry, lasting: boolean): void {
	run.actor.journal.waiting(entry, lasting);
	setSafe(run);
}

/** Notes changes of a run. */
export function note(run: Run, changes: RecordChanges): void {
	const before = run.record;
	run.record = changed(before, changes);
	if (run.record === before) return;
	if (before.endedAt === undefined) runsChanged().call();
	if (changes.cancelVerdict === 'no answer' && before.cancelVerdict !== 'no answer') {
		run.actor.node.warn(unansweredText(run.record.requestId));
	}
}

/** Notes changes, and shows where the run stands then. */
export function enter(run: Run, changes: RecordChanges): void {
	note(run, changes);
	showWork(run, shownOf(run.record, Date.now() - nowOf(run)));
	updateProgress(run);
}

export function cancelRun(run: Run, by: Canceler): void {
	note(run, { canceledBy: by });
	run.interruption.abort(notSubmitted(run.record));
}

/** By the clock of its host, once that is known. */
function nowOf({ account }: Run): number {
	return account ? account.host.now() : Date.now();
}

async function toTheEnd(
	run: Run,
	given: Given,
	live: (run: Run, action: Action) => Promise<Answer>,
): Promise<Outcome> {
	try {
		const outcome = await act(run.actor, given, (action) => {
			const { host, allowPrivate } = action.connection.client;
			run.account = { host, secrets: action.secrets };
			note(run, { allowPrivate });
			return live(run, action);
		});
		if (!run.brief) end(run, 'succeeded');
		return outcome;
	} catch (error) {
		if (!run.brief) fail(run, error);
		throw error;
	} finally {
		run.feed?.close();
	}
}

function leave(run: Run): void {
	if (goingRuns().get(run.id) === run) goingRuns().delete(run.id);
}

/** Ends a run for the sidebar. */
export function end(run: Run, outcome: string, reason?: string): void {
	leave(run);
	run.record = changed(run.record, endChanges(outcome, reason, nowOf(run)));
	rememberEnd(run.record);
	if (run.account) keepEnd(run.actor.RED, run.record, run.account.secrets);
}

function fail(run: Run, error: unknown): void {
	const { code, message } = toNodeError(error);
	const { stopped, cancelVerdict, requestId, service } = run.record;
	const wasOver = requestId !== undefined && cancelVerdict === undefined && code === 'aborted';
	if (stopped === 'cancel' && (wasOver || cancelVerdict === 'not_cancellable')) {
		end(run, 'output_unavailable', !wasOver && service === 'model' ? RUNS_ON : HAD_ENDED);
	} else if (stopped !== 'leave') end(run, code, message);
	// Nobody gets its message any more.
	const unheard = stopped !== undefined && cancelVerdict !== 'no answer';
	if (unheard && code === 'submit_unconfirmed') run.actor.node.warn(unansweredText(undefined));
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
	details?: { reason: 'superseded' };
} {
	if (canceledBy !== 'newer') return {};
	return { hint: SUPERSEDED_HINT, details: { reason: 'superseded' } };
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

function rememberEnd(record: RunRecord): void {
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
	openJournal(RED).keepEnd(record.job, { ...record, ...texts });
}

/** What an earlier process kept. To be called when the node is registered. */
export async function recallEnds(RED: NodeAPI): Promise<void> {
	const journal = openJournal(RED);
	await journal.opened();
	const known = new Set(ended().map(({ job }) => job));
	const before = journal
		.endedRuns()
		.filter(isRecord)
		.filter(({ job }) => !known.has(job));
	ended().unshift(...before);
	ended().splice(0, Math.max(0, ended().length - MOST_ENDED));
	runsChanged().call();
}

function isRecord(value: Partial<RunRecord>): value is RunRecord {
	const { job, nodeId, state, arrivedAt, endedAt } = value;
	const texts = typeof job === 'string' && typeof nodeId === 'string';
	return texts && state === 'ended' && Number.isFinite(arrivedAt) && Number.isFinite(endedAt);
}
