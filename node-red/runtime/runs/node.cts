import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { getResult, type Secrets } from '../../../core/index.js';
import { findConfig } from '../account/config.cjs';
import { readRequestRef } from '../inputs/ids.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { act, type Action, type ActionDef, type Actor, type Answer } from '../node/action.cjs';
import { type Closing, type Fate, liveAs } from '../node/adoption.cjs';
import { giveBack } from '../node/correlation.cjs';
import { watchLifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import type { Shown } from '../node/progress.cjs';
import {
	beginWork,
	createWork,
	type LastingActor,
	presentActor,
	showWork,
	toLasting,
	type Work,
} from '../node/work.cjs';
import { answerWithResult, readOutputOptions } from '../outputs/outputs.cjs';
import { asksForCancel, cancelRuns, supersede } from './cancel.cjs';
import { keptRunOf, resumedMessage, unreadEntry, unreadWait } from './kept.cjs';
import { live } from './life.cjs';
import { type CancelVerdict, isUnanswered } from './record.cjs';
import { isRun, recallEnds, type Run, startRun } from './run.cjs';

/**
 * Registers `runcomfy-run`, whose runs outlive its instances: after a deploy the present instance ends
 * them, after a restart the journal says what to resume.
 */
export function registerRun(RED: NodeAPI): void {
	watchLifecycle(RED.events);
	recallEnds(RED);

	function RunComfyRun(this: Node, given: ActionDef) {
		RED.nodes.createNode(this, given);
		const actor = toLasting({ RED, node: this, def: migrate('runcomfy-run', given) });
		const policies = readPolicies(actor.def);
		liveAs(actor, {
			begin: (msg) => (asksForCancel(msg) ? cancelRuns(actor.node.id, msg) : beginRun(actor, msg)),
			resume: (entry) =>
				policies.restart === 'forget'
					? undefined
					: startRun(actor, resumedRun(entry), (run, action) =>
							live(run, action, { resumed: entry }),
						),
			fateOf: (closing) => fateOnClose(policies, closing),
			onStopped(works, closing, fate) {
				const stopped = works.filter(isRun);
				if (closing === 'delete') warnOfDeleted(actor.node, stopped);
				if (fate !== 'cancel') return;
				// Their cancel or submit has no answer yet, and the process may be about to end.
				for (const run of stopped.filter(({ record }) => isUnanswered(record))) {
					run.note({ cancelVerdict: 'no answer' });
				}
			},
		});
	}

	RED.nodes.registerType('runcomfy-run', RunComfyRun);
}

function beginRun(actor: LastingActor, msg: NodeMessageInFlow): Run {
	const { node, journal } = actor;
	if (latestWins(actor)) supersede(node.id, msg);
	const onWait = (job: string, secrets: Secrets) =>
		journal?.waiting(unreadEntry(node.id, { job, msg, secrets }), false);
	return startRun(actor, { msg, submits: true, onWait }, (run, action) => live(run, action, 'new'));
}

function resumedRun(entry: JournalEntry) {
	const submits = entry.waiting?.unread === true;
	return { msg: resumedMessage(entry), left: entry, submits };
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
	run.enter({});
	return run.id;
}

function latestWins({ RED, def }: Actor): boolean {
	try {
		return findConfig(RED, def.config).scheduling.latestWins;
	} catch {
		// The run itself says what is wrong with its account.
		return false;
	}
}

/** What becomes of a node's runs when something happens to the node. */
interface Policies {
	redeploy: 'keep' | 'cancel';
	delete: 'cancel' | 'detach';
	shutdown: 'leave' | 'cancel';
	restart: 'resume' | 'forget';
}

/** From the fields of a node; what is absent or unknown is the default. */
function readPolicies(def: object): Policies {
	const { onRedeploy, onDelete, onShutdown, onRestart } = def as Record<string, unknown>;
	return {
		redeploy: onRedeploy === 'cancel' ? 'cancel' : 'keep',
		delete: onDelete === 'detach' ? 'detach' : 'cancel',
		shutdown: onShutdown === 'cancel' ? 'cancel' : 'leave',
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
	watchLifecycle(RED.events);

	function RunComfyResult(this: Node, given: ActionDef) {
		RED.nodes.createNode(this, given);
		const actor = toLasting({ RED, node: this, def: migrate('runcomfy-result', given) });
		const { wait } = actor.def as { wait?: unknown };
		liveAs(actor, {
			begin: (msg) => (isTrue(wait) ? beginWait(actor, msg) : beginLook(actor, msg)),
			resume: (entry) =>
				startRun(
					actor,
					{ msg: resumedMessage(entry), left: entry, submits: false },
					(run, action) => live(run, action, { awaits: entry }),
				),
			fateOf: (closing) => (closing === 'redeploy' ? 'keep' : 'leave'),
			onStopped(works, closing) {
				if (closing === 'delete') warnOfDeleted(actor.node, works.filter(isRun));
			},
		});
	}

	RED.nodes.registerType('runcomfy-result', RunComfyResult);
}

function beginWait(actor: LastingActor, msg: NodeMessageInFlow): Run {
	const { node, journal } = actor;
	const onWait = (job: string, secrets: Secrets) =>
		journal?.waiting(unreadWait(node.id, { job, msg, secrets }), false);
	return startRun(actor, { msg, submits: false, onWait }, (run, action) =>
		live(run, action, { awaits: 'new' }),
	);
}

/** Reads the result as it is now. */
function beginLook(actor: LastingActor, msg: NodeMessageInFlow): Work {
	const work = createWork(actor, { id: randomUUID(), msg });
	const given = {
		...{ msg, signal: work.signal },
		show: (shown: Shown) => showWork(work, shown),
	};
	return beginWork(work, () => act(actor, given, look));
}

async function look(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const ref = await readRequestRef(action);
	giveBack(action, ref.requestId);
	const options = await readOutputOptions(action);
	const result = await getResult(connection.client, ref, { signal });
	return answerWithResult(action, ref, result, options);
}

/** One line says what becomes of the requests of a node that is deleted or disabled: they are paid for. */
export function warnOfDeleted(node: Node, stopped: readonly Run[]): void {
	const requests = stopped.flatMap(({ record }) => {
		const { requestId, cancelVerdict, stopped: how, service } = record;
		const ofModel = service === 'model';
		return requestId === undefined ? [] : [{ id: requestId, verdict: cancelVerdict, how, ofModel }];
	});
	const canceled = requests.filter(({ verdict }) => verdict && verdict !== 'no answer');
	const hadEnded = ({ verdict }: Request) => verdict === 'not_cancellable';
	const parts = [
		listed(
			'its runs in progress were canceled',
			canceled.filter((one) => !hadEnded(one)),
		),
		listed(
			'these had ended, and their results were not fetched (by their ids, for 7 days)',
			canceled.filter((one) => hadEnded(one) && !one.ofModel),
		),
		listed(
			'these of hosted models were too far to be canceled, and their results were not fetched (by their ids, for 7 days)',
			canceled.filter((one) => hadEnded(one) && one.ofModel),
		),
		listed(
			'these go on, and nothing waits for them any more (their results are there for 7 days, by their ids)',
			requests.filter(({ verdict, how }) => verdict === undefined && how === 'leave'),
		),
	].filter((part) => part !== undefined);
	if (parts.length > 0) node.warn(`The node was deleted or disabled, and ${parts.join('; ')}`);
}

interface Request {
	id: string;
	verdict: CancelVerdict | undefined;
	ofModel: boolean;
}

function listed(
	what: string,
	requests: ReadonlyArray<Omit<Request, 'ofModel'>>,
): string | undefined {
	if (requests.length === 0) return undefined;
	const names = requests.map(({ id, verdict }) => (verdict ? `${id} (${verdict})` : id));
	return `${what}: ${names.join(', ')}`;
}
