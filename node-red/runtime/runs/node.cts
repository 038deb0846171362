import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { getResult } from '../../../core/index.js';
import { findConfig } from '../account/config.cjs';
import { readRequestRef } from '../inputs/ids.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import type { Action, Actor, Answer } from '../node/action.cjs';
import { giveBack } from '../node/correlation.cjs';
import {
	beginAction,
	type Closing,
	createWork,
	type Fate,
	type LastingActor,
	presentActor,
	registerLasting,
	type Work,
} from '../node/lasting.cjs';
import { answerWithResult, readOutputOptions } from '../outputs/outputs.cjs';
import { asksForCancel, cancelRuns, supersede } from './cancel.cjs';
import { keptRunOf, resumedMessage, unreadEntry, unreadWait } from './kept.cjs';
import { live } from './life.cjs';
import { isUnanswered, type RunRecord } from './record.cjs';
import { cancelRun, enter, isRun, note, recallEnds, type Run, startRun } from './run.cjs';

/**
 * Registers `runcomfy-run`, whose runs outlive its instances: after a deploy the present instance ends
 * them, after a restart the journal says what to resume.
 */
export function registerRun(RED: NodeAPI): void {
	void recallEnds(RED);
	registerLasting(RED, 'runcomfy-run', (actor) => {
		const { node } = actor;
		const policies = readPolicies(actor.def);
		return {
			begin: (msg) => (asksForCancel(msg) ? cancelRuns(node.id, msg) : beginRun(actor, msg)),
			resume: (entry) => (policies.restart === 'forget' ? undefined : resumeRun(actor, entry)),
			fateOf: (closing) => fateOnClose(policies, closing),
			onStopped(works, closing, fate) {
				const stopped = works.filter(isRun);
				warnOfClosed(node, stopped, closing);
				if (fate !== 'cancel') return;
				// Their cancel or submit has no answer yet, and the process may be about to end.
				for (const run of stopped.filter(({ record }) => isUnanswered(record))) {
					note(run, { cancelVerdict: 'no answer' });
				}
			},
		};
	});
}

function beginRun(actor: LastingActor, msg: NodeMessageInFlow): Run {
	if (latestWins(actor)) supersede(actor.node.id, msg);
	return startRun(actor, { msg, submits: true, unread: unreadEntry }, (run, action) =>
		live(run, action, 'new'),
	);
}

function resumeRun(actor: LastingActor, left: JournalEntry): Run {
	const submits = left.waiting?.unread === true;
	const run = startRun(actor, { msg: resumedMessage(left), left, submits }, (run, action) =>
		live(run, action, { resumed: left }),
	);
	// The process may have ended before RunComfy had answered.
	if (left.superseded) cancelRun(run, 'newer');
	return run;
}

/** Whether a run can be submitted once more: its input is kept, and its node is there. */
export function canRerun(job: string): boolean {
	return presentActor(keptRunOf(job)?.nodeId ?? '') !== undefined;
}

/** Submits once more what a run has submitted. @returns the id of the new run; undefined if it cannot be */
export function rerun(job: string): string | undefined {
	const kept = keptRunOf(job);
	const actor = kept && presentActor(kept.nodeId);
	if (!actor) return undefined;
	const msg = { _msgid: actor.RED.util.generateId(), ...kept.msg } as NodeMessageInFlow;
	const run = startRun(actor, { msg, submits: true }, (run, action) =>
		live(run, action, { rerun: kept }),
	);
	enter(run, {});
	return run.id;
}

function latestWins({ RED, def }: Actor): boolean {
	try {
		return findConfig(RED, def.config).latestWins;
	} catch {
		// The run itself says what is wrong with its account.
		return false;
	}
}

/** What becomes of a node's runs when something happens to the node. */
interface Policies {
	redeploy: 'keep' | 'cancel';
	delete: 'cancel' | 'detach';
	shutdown: 'keep' | 'cancel';
	restart: 'resume' | 'forget';
}

/** From the fields of a node; what is absent or unknown is the default. */
function readPolicies(def: object): Policies {
	const { onRedeploy, onDelete, onShutdown, onRestart } = def as Record<string, unknown>;
	return {
		redeploy: onRedeploy === 'cancel' ? 'cancel' : 'keep',
		delete: onDelete === 'detach' ? 'detach' : 'cancel',
		shutdown: onShutdown === 'cancel' ? 'cancel' : 'keep',
		restart: onRestart === 'forget' ? 'forget' : 'resume',
	};
}

/** What a close means for the runs. */
function fateOnClose(policies: Policies, closing: Closing): Fate {
	if (closing === 'delete') return policies.delete === 'detach' ? 'leave' : 'cancel';
	return policies[closing];
}

/**
 * Registers `runcomfy-result`. A message that waits is a run of a request that somebody else has
 * submitted: it outlives deploys and restarts, and whatever happens to the node, the request goes on.
 */
export function registerResult(RED: NodeAPI): void {
	registerLasting(RED, 'runcomfy-result', (actor) => {
		const { wait } = actor.def as { wait?: unknown };
		return {
			begin: (msg) => (isTrue(wait) ? beginWait(actor, msg) : beginLook(actor, msg)),
			resume: (left) =>
				startRun(actor, { msg: resumedMessage(left), left, submits: false }, (run, action) =>
					live(run, action, { awaits: left }),
				),
			fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
			onStopped(works, closing) {
				warnOfClosed(actor.node, works.filter(isRun), closing);
			},
		};
	});
}

function beginWait(actor: LastingActor, msg: NodeMessageInFlow): Run {
	return startRun(actor, { msg, submits: false, unread: unreadWait }, (run, action) =>
		live(run, action, { awaits: 'new' }),
	);
}

/** Reads the result as it is now. */
function beginLook(actor: LastingActor, msg: NodeMessageInFlow): Work {
	return beginAction(createWork(actor, { id: randomUUID(), msg }), {}, look);
}

async function look(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const ref = await readRequestRef(action);
	giveBack(action, ref.requestId);
	const options = await readOutputOptions(action);
	const result = await getResult(connection.client, ref, { signal });
	return answerWithResult(action, ref, result, options);
}

/**
 * One line says what happens to the paid requests of a node that closes. If its settings ask for that, only a result
 * that nobody fetched is worth a warning.
 */
function warnOfClosed(node: Node, stopped: readonly Run[], closing: Closing): void {
	const records = stopped.map(({ record }) => record).filter(({ requestId }) => requestId);
	const fates = closing === 'delete' ? FATES : FATES.filter(([, , unfetched]) => unfetched);
	const parts = fates.flatMap(([what, isSo]) => {
		const names = records
			.filter(isSo)
			.map(({ requestId, cancelVerdict: verdict }) =>
				verdict ? `${requestId} (${verdict})` : requestId,
			);
		return names.length === 0 ? [] : `${what}: ${names.join(', ')}`;
	});
	if (parts.length > 0) node.warn(`${CLOSED[closing]}, and ${parts.join('; ')}`);
}

const CLOSED: Readonly<Record<Closing, string>> = {
	delete: 'The node was deleted or disabled',
	redeploy: 'The node was deployed again',
	shutdown: 'The flows were stopped',
};

const hadEnded = ({ cancelVerdict }: RunRecord) => cancelVerdict === 'not_cancellable';

/** Whether there was nothing to cancel any more. */
const wasOver = (record: RunRecord) =>
	record.stopped === 'cancel' && record.cancelVerdict === undefined && !isUnanswered(record);

/** What may have become of a request, in the order in which the warning has it. */
const FATES: ReadonlyArray<
	readonly [what: string, isSo: (record: RunRecord) => boolean, unfetched?: true]
> = [
	[
		'its runs in progress were canceled',
		(record) =>
			record.cancelVerdict !== undefined &&
			record.cancelVerdict !== 'no answer' &&
			!hadEnded(record),
	],
	[
		'these had ended, and their results were not fetched (by their ids, for 7 days)',
		(record) => wasOver(record) || (hadEnded(record) && record.service !== 'model'),
		true,
	],
	[
		'these of hosted models were too far to be canceled, and their results were not fetched (by their ids, for 7 days)',
		(record) => hadEnded(record) && record.service === 'model',
		true,
	],
	[
		'these go on, and nothing waits for them any more (their results are there for 7 days, by their ids)',
		({ cancelVerdict, stopped }) => cancelVerdict === undefined && stopped === 'leave',
	],
];
