import { randomUUID } from 'node:crypto';
import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	cancelBestEffort,
	idsOf,
	type Notes,
	plannedReceipt,
	type Receipt,
	requestIn,
	type RequestRef,
	type Secrets,
	type Submission,
	submit,
	type SubmitAnswer,
	submittingReceipt,
	type Target,
} from '../../../core/index.js';
import { targetOf } from '../inputs/ids.cjs';
import { keepInput } from '../inputs/keptInput.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { registerLasting } from '../node/adoption.cjs';
import { keepForResult } from '../node/correlation.cjs';
import {
	beginAction,
	createWork,
	type LastingActor,
	setAtRisk,
	setSafe,
	type StopMode,
	type Work,
} from '../node/work.cjs';
import { toldOf } from '../outputs/outputs.cjs';
import { whileSubmitting } from './awaited.cjs';
import { isFinal, isUnknown, waitForLate } from './interrupted.cjs';
import {
	endedDuringSubmit,
	entryOf,
	keptInputOf,
	notesOf,
	resumedMessage,
	unreadEntry,
} from './kept.cjs';
import { changed, endChanges, newRecord, type RecordChanges } from './record.cjs';
import { rememberEnd, topicOf, unansweredText } from './run.cjs';

/** One message's submit, until its answer has been sent. */
interface Submit extends Work {
	/** Warns that nobody knows whether the request was accepted, unless its end is known. */
	giveUp(): void;
}

/**
 * Registers `runcomfy-submit`. A submit outlives the instances of its node: after a deploy the present
 * one sends the answer, after a restart the journal has it. If there is nobody to send it to, the request
 * is canceled. Whatever happens, the message or the log has the request's id.
 */
export function registerSubmit(RED: NodeAPI): void {
	registerLasting(RED, 'runcomfy-submit', (actor) => ({
		begin: (msg) => startSubmit(actor, msg),
		resume: (entry) => startSubmit(actor, resumedMessage(entry), entry),
		fateOf(closing) {
			if (closing === 'redeploy') return 'keep';
			// Without a journal nobody would know of a request whose process has ended.
			return closing === 'shutdown' && actor.journal.isKept() ? 'keep' : 'cancel';
		},
		onStopped(stopped, _closing, fate) {
			if (fate !== 'cancel') return;
			for (const work of stopped) if (!work.end) (work as Submit).giveUp();
		},
	}));
}

/** `left` is what an earlier process has left of the message. */
function startSubmit(actor: LastingActor, msg: NodeMessageInFlow, left?: JournalEntry): Submit {
	const { node, journal, lifecycle } = actor;
	const id = left?.job ?? randomUUID();
	const resumed = left !== undefined;
	let record = newRecord({ job: id, nodeId: node.id, topic: topicOf(msg), resumed }, Date.now());
	const note = (changes: RecordChanges) => {
		record = changed(record, changes);
	};
	/** The sidebar shows a submit only if its flow will not hear of its end. */
	const report = (outcome: string) => {
		if (record.endedAt !== undefined) return;
		note(endChanges(outcome, undefined, Date.now()));
		rememberEnd(record);
	};

	const onStop = ({ end }: Work, how: StopMode) => {
		note({ stopped: how });
		// Nobody else knows of what an earlier process submitted.
		if (how === 'cancel' && left && !left.waiting && !end) node.warn(leftText(left));
	};
	const work = createWork(actor, { id, msg, hooks: { onStop } });
	const giveUp = () => {
		if (record.state !== 'submitting') return;
		node.warn(unansweredText(undefined));
		report('submit_unconfirmed');
	};

	/** What becomes of a request whose node has closed meanwhile: nobody waits for it, and it would cost. */
	const dispose = async ({ connection }: Action, ref: RequestRef) => {
		note(ref);
		const outcome = (await cancelBestEffort(connection.client, ref)) ?? 'no answer';
		node.warn(
			`Request ${ref.requestId} was submitted while the node closed, and canceled: ${outcome}`,
		);
		report('run_canceled');
	};

	const entry = (action: Action, about: About) =>
		entryOf(work, action, { ...about, msg: keptMessage(msg, action.secrets), plan: {} });

	/** Keeps what is to be submitted, for a process that ends before that. */
	const keep = (action: Action, target: Target, kept: Partial<Kept> = {}) => {
		const { input, notes } = kept;
		const receipt = plannedReceipt(target, action.connection.client.host.now(), notes);
		const waiting = { input: input && keepInput(input, action, action.secrets) };
		journal.waiting(entry(action, { receipt, waiting }), false);
		setSafe(work);
	};

	const read = async (action: Action): Promise<Kept> => {
		if (!left || left.waiting?.unread) {
			return readSubmission(action, (target, unchecked) => keep(action, target, unchecked));
		}
		return { input: await keptInputOf(left, action), notes: notesOf(left) };
	};

	const submitAndAccept = async (action: Action): Promise<Answer> => {
		const { connection, signal } = action;
		const { input, notes } = await read(action);
		const target = targetOf(input);
		note(target);
		const keepAll = () => keep(action, target, { input, notes });
		const beforeSubmit = async () => {
			await lifecycle.started(signal);
			if (signal.aborted) return;
			setAtRisk(work);
			const at = connection.client.host.now();
			const receipt = submittingReceipt(plannedReceipt(target, at, notes), at);
			await journal.submitting(entry(action, { receipt }));
			note({ state: 'submitting' });
		};
		const accept = async ({ request_id: requestId }: SubmitAnswer) => {
			const ref: RequestRef = { ...target, requestId };
			journal.accepted(id, requestId, connection.client.host.now());
			setSafe(work);
			keepForResult(action, requestId);
			if (work.stopped !== undefined) await dispose(action, ref);
			return ref;
		};
		let arrived = (_answer: SubmitAnswer) => undefined as void;
		const late = new Promise<SubmitAnswer>((resolve) => {
			arrived = resolve;
		});
		let named: SubmitAnswer | undefined;
		try {
			if (work.atRisk) keepAll();
			await connection.refuseLowBalance();
			return await whileSubmitting(target, async () => {
				const answer = await submit(connection.client, input, {
					signal,
					beforeSubmit,
					onNotTaken: keepAll,
					onAcceptedDespiteError(beside) {
						named = beside;
						journal.accepted(id, beside.request_id, connection.client.host.now());
						setSafe(work);
						keepForResult(action, beside.request_id);
					},
					onLateAnswer: arrived,
				});
				note({ state: 'fetching' });
				const { warnings: dropped = [] } = answer;
				for (const warning of dropped) node.warn(warning);
				const allNotes = { ...notes, warnings: [...notes.warnings, ...dropped] };
				return answerOf(await accept(answer), answer, allNotes);
			});
		} catch (error) {
			if (work.stopped === undefined || named || !isUnknown(error)) {
				note({ state: 'fetching' });
				// The error goes nowhere any more: without this, nobody would get to know of the request.
				if (work.stopped !== undefined && named) await accept(named);
				else if (work.atRisk && !signal.aborted && !isUnknown(error)) keepAll();
				throw error;
			}
			if (isFinal(error)) giveUp();
			// With the connection still open, so that it can be canceled.
			else await waitForLate(connection.client.host, late.then(accept));
			throw error;
		}
	};

	const ref = left && !left.waiting ? requestIn(left.receipt.ids) : undefined;
	const given = {
		resumed,
		ref,
		submits: !left || left.waiting !== undefined,
		onWait: (secrets: Secrets) => {
			if (left) return;
			const unread = unreadEntry(node.id, { job: id, msg, secrets });
			journal.waiting(unread, false);
			if (unread.waiting?.unread) setSafe(work);
		},
	};
	if (!left) setAtRisk(work);
	return beginAction(Object.assign(work, { giveUp }), given, (action) =>
		left && !left.waiting ? answerSubmitted(action, left) : submitAndAccept(action),
	);
}

interface About {
	receipt: Receipt;
	waiting?: JournalEntry['waiting'];
}

type Kept = Pick<Submission, 'input' | 'notes'>;

function answerOf(ref: RequestRef, payload: Pick<SubmitAnswer, 'status'>, notes: Notes): Answer {
	const { warnings } = notes;
	return { ...ref, payload, status: payload.status, runcomfy: { warnings, ...toldOf(notes) } };
}

/** What is said of a submit of an earlier process if the node closes before it has an answer. */
function leftText({ receipt }: JournalEntry): string {
	const { requestId } = receipt.ids;
	return requestId === undefined
		? unansweredText(undefined)
		: `The node was closed before it could send the answer to request ${requestId}, which was submitted before Node-RED started again. The request goes on.`;
}

/**
 * The answer to a submit that an earlier process made.
 * @throws RunComfyError `submit_unconfirmed` if that ended during the submit
 */
async function answerSubmitted(action: Action, left: JournalEntry): Promise<Answer> {
	const ref = requestIn(left.receipt.ids);
	if (ref === undefined) throw endedDuringSubmit(left);
	keepForResult(action, ref.requestId);
	return answerOf(ref, { ...idsOf(ref), status: 'in_queue' } as never, notesOf(left));
}
