import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	cancelBestEffort,
	type CancelOutcome,
	idsOf,
	type Notes,
	refOf,
	requestIn,
	type RequestRef,
	type SubmitAnswer,
	submitOnly,
} from '../../../core/index.js';
import type { JournalEntry } from '../journal/journal.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { keepForResult } from '../node/correlation.cjs';
import { type LastingActor, registerLasting } from '../node/lasting.cjs';
import { toldOf } from '../outputs/outputs.cjs';
import { whileSubmitting } from './awaited.cjs';
import { endedDuringSubmit, notesOf, resumedMessage, unreadEntry } from './kept.cjs';
import { isFinal, readMessage, readUnsubmitted, stepsOf } from './life.cjs';
import { end, isRun, note, type Run, startRun, unansweredText } from './run.cjs';

/**
 * Registers `runcomfy-submit`, whose runs end when RunComfy has accepted them. They outlive the instances of the
 * node: after a deploy the present one sends the answer, after a restart the journal has it. If there is nobody to
 * send it to, the request is canceled. Whatever happens, the message or the log has the request's id.
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
		onStopped(stopped) {
			for (const run of stopped.filter(isRun)) {
				// Nobody else knows of what an earlier process submitted.
				if (run.left && !run.left.waiting) actor.node.warn(leftText(run.left));
				else if (!run.end) giveUp(run);
			}
		},
	}));
}

function startSubmit(actor: LastingActor, msg: NodeMessageInFlow, left?: JournalEntry): Run {
	const submits = !left || left.waiting !== undefined;
	const begun = left ? { left } : { unread: unreadEntry };
	return startRun(actor, { msg, submits, brief: true, ...begun }, async (run, action) => {
		if (left && !left.waiting) return answerSubmitted(action, left);
		return submit(run, action);
	});
}

async function submit(run: Run, action: Action): Promise<Answer> {
	const { left, actor } = run;
	const isRead = left?.waiting && !left.waiting.unread;
	const task = await (isRead ? readUnsubmitted(run, action, left) : readMessage(run, action, {}));
	const { connection } = action;
	const { signal } = run.interruption;
	const { ids, notes = { warnings: [] } } = task.receipt;
	const { beforeSubmit, onNotTaken, ...steps } = stepsOf(run, action, task);
	note(run, ids);
	if (run.atRisk) steps.keep();
	await connection.refuseLowBalance();
	let canceled = () => undefined as void;
	const cancelAnswered = new Promise<void>((resolve) => {
		canceled = resolve;
	});
	const onSubmitted = (answer: SubmitAnswer) => {
		const ref = refOf(answer);
		steps.accepted(ref.requestId);
		note(run, { ...ref, state: 'fetching' });
		keepForResult(action, ref.requestId);
	};
	const onCancel = (ref: RequestRef, outcome: CancelOutcome | undefined) => {
		tellCanceled(run, ref, outcome);
		canceled();
	};
	return whileSubmitting(ids, async () => {
		const options = { signal, beforeSubmit, onNotTaken, onSubmitted, onCancel };
		try {
			const answer = await submitOnly(connection.client, task.input, options);
			const ref = refOf(answer);
			// Nobody waits for it any more, and it would cost.
			if (signal.aborted) onCancel(ref, await cancelBestEffort(connection.client, ref));
			const { warnings: dropped = [] } = answer;
			for (const warning of dropped) actor.node.warn(warning);
			return answerOf(ref, answer, { ...notes, warnings: [...notes.warnings, ...dropped] });
		} catch (error) {
			steps.failed(error);
			if (signal.aborted && isFinal(error)) giveUp(run);
			// The answer has named it beside the error.
			if (signal.aborted && run.record.requestId !== undefined) await cancelAnswered;
			throw error;
		}
	});
}

/** Says what has become of a request whose node has closed meanwhile. */
function tellCanceled(run: Run, { requestId }: RequestRef, outcome = 'no answer'): void {
	run.actor.node.warn(
		`Request ${requestId} was submitted while the node closed, and canceled: ${outcome}`,
	);
	if (run.record.endedAt === undefined) end(run, 'run_canceled');
}

/** Warns that nobody knows whether a request was accepted, unless its end is known. */
function giveUp(run: Run): void {
	if (run.record.state !== 'submitting') return;
	run.actor.node.warn(unansweredText(undefined));
	end(run, 'submit_unconfirmed');
}

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
function answerSubmitted(action: Action, left: JournalEntry): Answer {
	const ref = requestIn(left.receipt.ids);
	if (ref === undefined) throw endedDuringSubmit(left);
	keepForResult(action, ref.requestId);
	return answerOf(ref, { ...idsOf(ref), status: 'in_queue' } as never, notesOf(left));
}
