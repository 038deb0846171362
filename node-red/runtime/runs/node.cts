import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { Secrets } from '../../../core/index.js';
import { findConfig } from '../account/config.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import type { ActionDef, Actor } from '../node/action.cjs';
import { type Closing, type Fate, liveAs } from '../node/adoption.cjs';
import { watchLifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import { type LastingActor, presentActor, toLasting } from '../node/work.cjs';
import { asksForCancel, cancelRuns, supersede } from './cancel.cjs';
import { warnOfDeleted } from './deleted.cjs';
import { recallEnds } from './ended.cjs';
import { keptRunOf, resumedMessage, unreadEntry } from './kept.cjs';
import { live } from './life.cjs';
import { isUnanswered } from './record.cjs';
import { isRun, type Run, startRun } from './run.cjs';

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
