import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { conceal, FATES, getResult } from '../../../core';
import { allSecrets } from '../account/account';
import { toNodeError } from '../errors';
import { isTrue, readRequestRef } from '../inputs/inputs';
import { type JournalEntry, openJournal } from '../journal/journal';
import type { Action, Answer, Perform } from '../node/action';
import { CLOSED, type LastingActor, registerLasting, Work } from '../node/lasting';
import { answerWithResult, readOutputOptions } from '../outputs/outputs';
import { adviceFor, unansweredText, withTopic } from '../unheard';
import { resumedMessage } from './entry';
import { giveUp, live } from './life';
import { runsChanged } from './record';
import { cancelRuns, Run, type RunKind } from './run';

/**
 * Registers `runcomfy-run`. Its runs outlive instances of the node: after a deploy, the present instance finishes
 * them; after a restart, the journal lists the runs to resume.
 */
export function registerRun(RED: NodeAPI): void {
	openJournal(RED).onTakenOver(() => runsChanged().call());
	registerLasting(RED, 'runcomfy-run', (actor) => {
		const { node } = actor;
		return {
			begin: (msg) => beginRun('run', actor, msg),
			resume: (entry) => resumeRun('run', actor, entry),
			// If a node was deleted, nobody would get its message.
			fateOf: (closing) => (closing === 'delete' ? 'cancel' : 'keep'),
			onStopped(works) {
				const stopped = runsOf(works);
				tellOfClosed(node, stopped);
				// The cancel or submit of these runs has no answer yet, and the process may be about to end.
				const unanswered = stopped.filter(({ isUnanswered }) => isUnanswered);
				void cancelRuns(unanswered, { by: 'left', verdict: 'no answer' });
			},
		};
	});
}

function beginRun(kind: RunKind, actor: LastingActor, msg: NodeMessageInFlow): Work {
	return new Run(kind, actor, msg).start(live);
}

function resumeRun(kind: RunKind, actor: LastingActor, left: JournalEntry): Work {
	const run = new Run(kind, actor, resumedMessage(left), left);
	const work = run.start(live);
	// The process may have ended before the canceled run did, or before RunComfy answered the cancel.
	const { cancel } = left.receipt;
	if (cancel) void cancelRuns([run], { by: cancel.by });
	return work;
}

function runsOf(works: readonly Work[]): Run[] {
	return works.flatMap(({ performer }) => (performer instanceof Run ? [performer] : []));
}

/**
 * Registers `runcomfy-submit`, whose runs end when RunComfy has accepted their requests. Runs outlive instances of
 * the node: after a deploy, the present instance sends the answer; after a restart, the journal has it. If no
 * instance can send the answer, the request is canceled. In every case, the message or the log has the request id.
 */
export function registerSubmit(RED: NodeAPI): void {
	registerLasting(RED, 'runcomfy-submit', (actor) => ({
		begin: (msg) => beginRun('submit', actor, msg),
		resume: (entry) => resumeRun('submit', actor, entry),
		fateOf(closing, work) {
			const { journal } = actor;
			// Without a line in the journal, the request would be lost when the process ends.
			const outlives = journal.isKept() || (work !== undefined && journal.holds(work.id));
			return closing === 'shutdown' && outlives ? 'keep' : 'cancel';
		},
		onStopped(works) {
			for (const run of runsOf(works)) {
				// Only this node knows about requests that an earlier process submitted.
				if (run.from && !run.from.waiting) actor.node.warn(leftSubmitText(run.from));
				else if (!run.work.end) giveUp(run);
			}
		},
	}));
}

/** The log text for a submit of an earlier process if the node closes before it has an answer. */
function leftSubmitText({ receipt: { ids } }: JournalEntry): string {
	const { requestId } = ids;
	return requestId === undefined
		? unansweredText(ids)
		: `The node was closed before it could send the answer to request ${requestId}, which was submitted before Node-RED started again. The request goes on.`;
}

/**
 * Registers `runcomfy-result`. A waiting message is a run for a request that was submitted elsewhere. Such a run
 * outlives deploys and restarts. Whatever happens to the node, the request goes on.
 */
export function registerResult(RED: NodeAPI): void {
	registerLasting(RED, 'runcomfy-result', (actor) => {
		const { wait } = actor.def as { wait?: unknown };
		return {
			begin: (msg) =>
				isTrue(wait) ? beginRun('result', actor, msg) : new Work(actor, msg).act(readResultOnce),
			resume: (entry) => resumeRun('result', actor, entry),
			fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
			onStopped(works) {
				tellOfClosed(actor.node, runsOf(works));
			},
		};
	});
}

/** Reads the result once, without waiting for the end. */
async function readResultOnce(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const ref = await readRequestRef(action);
	const options = await readOutputOptions(action);
	const result = await getResult(connection.client, ref, { signal });
	return answerWithResult(action, ref, result, options);
}

/**
 * Logs, in one line, what happens to the paid requests of a node that is deleted. The line also names requests whose
 * cancel RunComfy has accepted, because RunComfy may still finish them.
 */
function tellOfClosed(node: Node, stopped: readonly Run[]): void {
	const told = stopped.flatMap(({ requestId, topic, fate, receipt }) => {
		// A cancel without an answer has its own warning.
		if (fate === undefined || receipt.cancel?.verdict === 'no answer') return [];
		return [{ fate, requestId, topic }];
	});
	if (told.length === 0) return;
	const parts = told.map(({ requestId, fate, topic }) =>
		withTopic(`${requestId} ${FATES[fate].fact}`, topic),
	);
	const text = conceal(
		`${CLOSED.delete}. Its requests: ${parts.join(', ')}.${adviceFor(told.map(({ fate }) => fate))}`,
		allSecrets(),
	);
	node.warn(text);
}

/**
 * Registers a node that calls RunComfy once for each message, and does not wait for a run. A call outlives a deploy,
 * and a stop waits for its answer. A call that changes something must not use the signal of its action: RunComfy may
 * carry out an aborted call.
 * @param begin called when a message arrives
 */
export function registerCalls(RED: NodeAPI, type: string, begin: () => Perform): void {
	registerLasting(RED, type, (actor) => ({
		begin(msg) {
			const work = new Work(actor, msg);
			const perform = begin();
			work.setAtRisk();
			return work.act(async (action) => {
				try {
					const answer = await perform(action);
					tellIfUnheard(work, `, and RunComfy answered: ${answerInShort(answer)}`);
					return answer;
				} catch (error) {
					const { code, message } = toNodeError(error, action.secrets);
					if (code !== 'aborted') tellIfUnheard(work, `: ${message}`);
					throw error;
				}
			});
		},
		fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
	}));
}

/** Logs what came of a call if its message may not be sent any more. */
function tellIfUnheard({ actor, stopped }: Work, came: string): void {
	const { node, lifecycle } = actor;
	if (stopped === undefined && !lifecycle.isStopping()) return;
	node.warn(`The node closed while RunComfy was asked${came}`);
}

function answerInShort({ requestId, deploymentId, status = 'done' }: Answer): string {
	return [status, requestId ?? deploymentId].filter(Boolean).join(', ');
}
