import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { Secrets } from '../../../core/index.js';
import { findConfig } from '../account/config.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import { type Journal, type JournalEntry, openJournal } from '../journal/journal.cjs';
import { type ActionDef, type Actor, translateOf } from '../node/action.cjs';
import type { Emit } from '../node/handler.cjs';
import { type Lifecycle, watchLifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import { outlive } from '../node/outliving.cjs';
import type { JobStatus } from '../node/status.cjs';
import { type KeptRun, setStarter } from './again.cjs';
import { asksForCancel, cancelRuns, supersede } from './cancels.cjs';
import { resumedMessage, unreadEntry } from './journalEntry.cjs';
import { fateOnClose, readPolicies } from './policies.cjs';
import { createProgressFeed, type ProgressFeed } from './progressFeed.cjs';
import { tellRunsChanged } from './runFacts.cjs';
import { createRun, type Run, runs } from './runs.cjs';
import { newRunId, runAgain, runKept, runNew } from './runWork.cjs';
import { isUnanswered } from './state.cjs';

/**
 * Registers `runcomfy-run`, whose runs outlive its instances: after a deploy the next instance with
 * the same id ends them, after a restart the journal tells what to wait for.
 */
export function registerRun(RED: NodeAPI): void {
	const lifecycle = watchLifecycle(RED.events);

	function RunComfyRun(this: Node, given: RunDef) {
		RED.nodes.createNode(this, given);
		const def = migrate('runcomfy-run', given);
		const { userDir } = RED.settings as { userDir?: unknown };
		const journal = openJournal(userDir, (text) => RED.log.warn(text));
		liveAs({ RED, node: this, def }, journal, lifecycle);
	}

	RED.nodes.registerType('runcomfy-run', RunComfyRun);
}

interface RunDef extends ActionDef {
	/** Whether the second output gets messages of progress. */
	progress?: unknown;
}

function liveAs(
	actor: Actor & { def: RunDef },
	journal: Journal | undefined,
	lifecycle: Lifecycle,
): void {
	const { node, def } = actor;
	const policies = readPolicies(def);
	const feeds = new Set<ProgressFeed>();

	const { take } = outlive<Run>(
		actor,
		{ journal, lifecycle },
		{
			register: {
				...runs,
				drop(run) {
					runs.drop(run);
					tellRunsChanged();
				},
			},
			begin(msg) {
				if (asksForCancel(msg)) return cancelRuns(node.id, msg);
				return startRun(actor, journal, msg);
			},
			resume: (entry) =>
				policies.restart === 'forget' ? undefined : resumeRun(actor, journal, entry),
			fateOf: (closing) => fateOnClose(policies, closing),
			...(isTrue(def.progress) ? { decorate: withMessages(actor.RED, feeds) } : {}),
			onClose() {
				stopStarting();
				for (const feed of feeds) feed.close();
			},
			onStopped(stopped, closing, fate) {
				if (fate !== 'cancel') return;
				if (closing === 'delete') tellCanceled(node, stopped);
				// Their cancel or submit has no answer yet, and the process may be about to end.
				for (const run of stopped.filter(({ state }) => isUnanswered(state))) {
					run.apply({ is: 'cancelAnswered', verdict: 'no answer' });
				}
			},
		},
	);
	const stopStarting = setStarter(node.id, (kept) => take(runKeptAgain(actor, journal, kept)));
}

function runKeptAgain(actor: Actor, journal: Journal | undefined, kept: KeptRun): Run {
	const msg = { _msgid: actor.RED.util.generateId(), ...kept.msg } as NodeMessageInFlow;
	return createRun(actor, { id: newRunId(), msg, submits: true }, (action) =>
		runKept(action, journal, kept),
	);
}

/** A node that is deleted or disabled ends runs that are paid for: one line says which. */
function tellCanceled(node: Node, stopped: readonly Run[]): void {
	const answered = stopped.flatMap(({ state: { ref, cancelVerdict } }) =>
		ref && cancelVerdict && cancelVerdict !== 'no answer'
			? [{ id: ref.requestId, verdict: cancelVerdict }]
			: [],
	);
	const [ended, canceled] = [true, false].map((over) =>
		answered.filter(({ verdict }) => (verdict === 'not_cancellable') === over),
	) as [typeof answered, typeof answered];
	const parts = [
		told('its runs in progress were canceled', canceled),
		told('these had ended, and their results were not fetched (by their ids, for 7 days)', ended),
	].filter((part) => part !== undefined);
	if (parts.length > 0) node.warn(`The node was deleted or disabled, and ${parts.join('; ')}`);
}

function told(what: string, of: ReadonlyArray<{ id: string; verdict: string }>) {
	if (of.length === 0) return undefined;
	return `${what}: ${of.map(({ id, verdict }) => `${id} (${verdict})`).join(', ')}`;
}

/** Tells of a run's phases by messages, too. */
function withMessages(RED: NodeAPI, feeds: Set<ProgressFeed>) {
	const translate = translateOf(RED);
	return (status: JobStatus, run: Run, emit: Emit): JobStatus => {
		const feed = createProgressFeed(run, translate, (message) => emit([null, message]));
		feeds.add(feed);
		return {
			show(phase, detail) {
				status.show(phase, detail);
				feed.show(phase, detail);
			},
			end(outcome) {
				feeds.delete(feed);
				feed.close();
				status.end(outcome);
			},
		};
	};
}

function startRun(actor: Actor, journal: Journal | undefined, msg: NodeMessageInFlow): Run {
	if (latestWins(actor)) supersede(actor.node.id, msg);
	const id = newRunId();
	const onWait = (secrets: Secrets) =>
		journal?.waiting(unreadEntry(actor.node.id, { job: id, msg, secrets }), false);
	return createRun(actor, { id, msg, submits: true, onWait }, (action) => runNew(action, journal));
}

function latestWins({ RED, def }: Actor): boolean {
	try {
		return findConfig(RED, def.config).scheduling.latestWins;
	} catch {
		// The run itself tells what is wrong with its account.
		return false;
	}
}

function resumeRun(actor: Actor, journal: Journal | undefined, entry: JournalEntry): Run {
	const unread = entry.waiting?.unread === true;
	const run = {
		id: entry.job,
		msg: resumedMessage(entry),
		resumed: true,
		submits: unread,
	} as const;
	return createRun(actor, run, (action) => {
		const know: typeof action.know = (facts) =>
			action.know({ ...facts, runcomfy: { ...facts.runcomfy, resumed: true } });
		return runAgain({ ...action, know }, journal, entry);
	});
}
