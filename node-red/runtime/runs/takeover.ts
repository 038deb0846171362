import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { conceal, FATES, tried } from '../../../core';
import { allSecrets } from '../account/account';
import { type Kept, openJournal } from '../journal/journal';
import { watchLifecycle } from '../lifecycle';
import { calls } from '../node/call';
import { endedInTime, inBackground } from '../node/handler';
import { type Instance, instanceOf } from '../node/instances';
import { perRuntime } from '../runtime';
import { adviceFor, droppedText, unansweredText, unsentText, withTopic } from '../unheard';
import { journalOf } from './life';
import { type LeftRun, type Run, runs, runsChanged } from './run';

type Adopt = (instance: Instance, left: LeftRun) => void;

/** The types of nodes whose messages are runs. Undefined until the flows are watched. */
const types = perRuntime((): { adopt?: Map<string, Adopt> } => ({}));

/** Watches the flows for nodes of this type, whose runs of earlier processes `adopt` takes up. */
export function watchFlows(RED: NodeAPI, type: string, adopt: Adopt): void {
	const lifecycle = watchLifecycle(RED.events);
	const watching = types();
	if (!watching.adopt) {
		watching.adopt = new Map();
		const warn = redacting((text) => RED.log.warn(text));
		lifecycle.onStopping(() => dropUnpaid([...runs().values()], STOPPED, warn));
		lifecycle.onStarted(() => takeOver(RED, lifecycle.removes()));
	}
	watching.adopt.set(type, adopt);
}

/** Resolves when the submits of a node that are on their way were answered, or the time for that is over. */
export function untilSubmitted(nodeId: string): Promise<void> {
	const pending = [...runs().values()].filter((run) => run.nodeId === nodeId && run.isSubmitting);
	const submitted = pending.map((run) => runsChanged().until(() => !run.isSubmitting));
	return endedInTime(submitted);
}

/** Forgets messages for which nothing was submitted, and names them in one line. */
function dropUnpaid(candidates: readonly Run[], why: string, warn: Warn): void {
	const dropped = candidates.filter((run) => run.isUnpaid && !run.end && !run.stopped);
	if (dropped.length === 0) return;
	for (const run of dropped) {
		run.stop('leave');
		// Its submit may just be written.
		journalOf(run).remove(run.id);
		if (run.kind === 'run') run.tell('run_canceled');
		runs().delete(run.id);
	}
	warn(`${why}: ${droppedText(dropped.map(({ msg }) => msg))}`);
}

/** Called when the flows have started: decides about everything whose node is not there, and adopts what is left. */
function takeOver(RED: NodeAPI, removes: boolean): void {
	for (const call of calls()) if (!instanceOf(call.nodeId)) call.gone.abort();
	const absent = new Map<string, Run[]>();
	for (const run of runs().values()) {
		// Somebody has decided about it already.
		if (run.stopped) continue;
		if (instanceOf(run.nodeId)) run.show();
		else absent.set(run.nodeId, [...(absent.get(run.nodeId) ?? []), run]);
	}
	for (const all of absent.values()) {
		const { node } = all[0]!.instance;
		const warn = redacting((text) => node.warn(text));
		dropUnpaid(all, removes ? REMOVED : AWAY, warn);
		const paid = all.filter(({ id }) => runs().has(id));
		inBackground(node, removes ? endRemoved(paid, warn) : leaveFor(RED, paid, warn));
	}
	adoptLeft(RED);
}

const STOPPED = 'The flows were stopped';
const REMOVED = 'The node was deleted or disabled';
const AWAY = 'The node is not in the flows that have started';

/** Ends the runs of a node that was deleted, and logs what becomes of their requests. */
async function endRemoved(removed: readonly Run[], warn: Warn): Promise<void> {
	const unsent = removed.filter(({ end }) => end);
	const going = removed.filter(({ end }) => !end);
	for (const run of removed) run.stop(run.kind === 'result' ? 'leave' : 'cancel');
	for (const { msg, requestId, end } of unsent) {
		warn(unsentText({ requestId, msg, error: end?.error }));
	}
	await Promise.all(going.map(({ over }) => over));
	for (const run of going) if (run.kind !== 'result') run.tellStopped();
	const refused = going.filter(({ isUnpaid }) => isUnpaid);
	if (refused.length > 0) warn(`${REMOVED}: ${droppedText(refused.map(({ msg }) => msg))}`);
	for (const { fate, isUnpaid, receipt } of going) {
		if (fate === undefined && !isUnpaid) warn(unansweredText(receipt.ids));
	}
	tellRequests(REMOVED, going, warn);
	for (const run of removed) {
		journalOf(run).remove(run.id);
		runs().delete(run.id);
	}
}

/** Leaves the runs of a node that may come back, such as one of another project, to the folder. */
async function leaveFor(RED: NodeAPI, paid: readonly Run[], warn: Warn): Promise<void> {
	for (const run of paid) run.stop('leave');
	tellRequests(AWAY, paid, warn);
	await Promise.all(paid.map(({ over }) => over));
	for (const run of paid) {
		journalOf(run).leave(run.id);
		runs().delete(run.id);
	}
	runsChanged().call();
	// The node may have come back meanwhile.
	adoptLeft(RED);
}

/** Logs, in one line, what becomes of requests that no message will name. */
function tellRequests(why: string, stopped: readonly Run[], warn: Warn): void {
	const told = stopped.flatMap(({ fate, requestId, topic }) =>
		// A cancel without an answer has its own warning.
		fate === undefined || fate === 'no answer' ? [] : [{ fate, requestId, topic }],
	);
	if (told.length === 0) return;
	const parts = told.map(({ requestId, fate, topic }) =>
		withTopic(`${requestId} ${FATES[fate].fact}`, topic),
	);
	warn(`${why}. Its requests: ${parts.join(', ')}.${adviceFor(told.map(({ fate }) => fate))}`);
}

/** If a node does not come back within this time, in milliseconds, RunComfy has dropped the results of its requests. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;

/** Takes up the runs of earlier processes whose nodes are there. */
function adoptLeft(RED: NodeAPI): void {
	const journal = openJournal(RED);
	for (const { key, value: kept, writtenAt } of journal.load()) {
		const instance = instanceOf(kept.nodeId);
		const adopt = instance && types().adopt?.get(instance.node.type);
		if (adopt) {
			journal.adopt(key);
			adopt(instance, { key, kept, msg: resumedMessage(kept) });
		} else if (Date.now() - writtenAt > MAX_AGE_MS) {
			journal.adopt(key);
			journal.remove(key);
			const { requestId = 'a request whose id is not known' } = kept.receipt.ids;
			RED.log.warn(`Nothing waits any more for ${requestId}, whose node ${kept.nodeId} is gone.`);
		}
	}
}

/** The message of a run of an earlier process, as far as it was stored. */
function resumedMessage({ msg, receipt }: Kept): NodeMessageInFlow {
	return { ...msg, ...receipt.ids, runcomfy: { resumed: true } } as unknown as NodeMessageInFlow;
}

type Warn = (text: string) => void;

/** For a text that no flow hears of. Redacted, because a topic may hold anything. */
function redacting(warn: Warn): Warn {
	return (text) => void tried(() => warn(conceal(text, allSecrets())));
}
