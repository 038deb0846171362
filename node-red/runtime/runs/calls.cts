import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	plannedReceipt,
	type RequestRef,
	RunComfyError,
	submittingReceipt,
} from '../../../core/index.js';
import { toNodeError } from '../errors.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { inBackground } from '../node/handler.cjs';
import { type LastingActor, registerLasting, Work } from '../node/lasting.cjs';
import { setErrorFacts } from '../node/message.cjs';
import { entryOf, resumedMessage } from './entry.cjs';

/** What a call changes at RunComfy. */
interface Change {
	/** What RunComfy was asked to do, such as `cancel the request`. */
	what: string;
	/** The deployment or request that it is about, if that exists already. */
	ref?: Partial<RequestRef>;
	/** Whether the same call would cost again. */
	creates?: true;
}

export interface Call extends Action {
	/** Makes a call once it is written down. From then on it goes on, whatever happens to the node. */
	change<T>(change: Change, make: () => Promise<T>): Promise<T>;
}

/**
 * Registers a node that makes calls to RunComfy for a message and waits for no run. They outlive the instances of
 * the node. If Node-RED ends during a call that changes something, the next start reports it and does not
 * make it again.
 */
export function registerCalls(
	RED: NodeAPI,
	type: string,
	perform: (call: Call) => Promise<Answer>,
): void {
	registerLasting(RED, type, (actor) => ({
		begin: (msg) => startCall(actor, msg, perform),
		resume: (left) => report(actor, left),
		fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
	}));
}

function startCall(
	actor: LastingActor,
	msg: NodeMessageInFlow,
	perform: (call: Call) => Promise<Answer>,
): Work {
	const work = new Work(actor, msg);
	return work.act(async (action) => {
		let written: JournalEntry | undefined;
		const change: Call['change'] = async (planned, make) => {
			const entry = changeEntry(work, action, planned);
			await actor.journal.submitting(entry);
			action.signal.throwIfAborted();
			work.setAtRisk();
			written = entry;
			return make();
		};
		try {
			const answer = await perform({ ...action, change });
			if (written) tellIfUnheard(work, written, doneText(answer));
			return answer;
		} catch (error) {
			if (written) tellIfUnheard(work, written, toNodeError(error, action.secrets).message);
			throw error;
		}
	});
}

function changeEntry(work: Work, action: Action, { ref = {}, ...plan }: Change): JournalEntry {
	const msg = keptMessage(action.msg, action.secrets);
	const at = action.connection.client.host.now();
	return entryOf(work, action.secrets, {
		receipt: submittingReceipt(plannedReceipt(ref, at), at),
		msg,
		plan,
	});
}

/** Logs what came of a change if its message may not come out any more, and keeps it for the next start. */
function tellIfUnheard({ actor, stopped }: Work, entry: JournalEntry, came: string): void {
	const { node, journal, lifecycle } = actor;
	const ends = lifecycle.endsNow();
	if (stopped === undefined && !ends) return;
	const { what } = entry.plan as unknown as Change;
	node.warn(`The node was closed while it asked RunComfy to ${what}: ${came}`);
	const plan = { ...entry.plan, came };
	if (ends && journal) inBackground(node, journal.submitting({ ...entry, plan }));
}

/** Only a cancel has a status, which may also be that it was refused. */
function doneText({ deploymentId, requestId, status }: Answer): string {
	const id = requestId ?? deploymentId;
	const done = status === undefined ? 'RunComfy has done it' : `RunComfy answered ${status}`;
	return id === undefined ? done : `${done} (${id})`;
}

/** Ends the message of a change whose answer an earlier process has not seen. */
function report(actor: LastingActor, left: JournalEntry): Work {
	const msg = resumedMessage(left);
	const error = toNodeError(endedDuringCall(left));
	setErrorFacts(msg, error);
	return new Work(actor, msg, { id: left.job }).begin(() => Promise.reject(error));
}

function endedDuringCall(left: JournalEntry): RunComfyError {
	const { what, creates, came = UNKNOWN } = left.plan as unknown as Change & { came?: string };
	const mayCost = creates && came === UNKNOWN;
	return new RunComfyError(
		mayCost ? 'submit_unconfirmed' : 'aborted',
		`Node-RED ended while it asked RunComfy to ${what}: ${came}`,
		{ ...left.receipt.ids, hint: mayCost ? LOOK_FIRST : came === UNKNOWN ? LOOK : NOT_SENT },
	);
}

const UNKNOWN = 'RunComfy may or may not have done it';

const LOOK_FIRST =
	'List all deployments before you create it again: it may exist, and cost if it keeps instances running.';

const LOOK =
	'The node did not ask again. Check what happened, and send the message again if needed.';

const NOT_SENT = 'Node-RED ended before the message could go on.';
