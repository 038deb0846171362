import { randomUUID } from 'node:crypto';
import type { NodeMessageInFlow } from 'node-red';
import { getResult, type RequestRef, type ResultAnswer } from '../../../core/index.js';
import type { Journal, JournalEntry } from '../journal/journal.cjs';
import { act, type Action, type Actor } from '../node/action.cjs';
import { createJob, createRegister } from '../node/jobs.cjs';
import { createWork, type OutlivingWork } from '../node/outliving.cjs';
import { readOutputOptions } from '../outputs/outputs.cjs';
import { answerWithResult } from '../outputs/resultAnswer.cjs';

/**
 * The end of a request that a callback has told and RunComfy has confirmed, on its way to a message.
 * RunComfy was told that it is received and does not call again: so it outlives a deploy, and with a
 * journal a restart.
 */
export type Receipt = OutlivingWork;

export const receipts = createRegister<Receipt>();

interface Beginning {
	ref: RequestRef;
	/** Absent after a restart, when it is read anew. */
	result?: ResultAnswer;
	msg: Record<string, unknown>;
	id?: string;
}

export function startReceipt(actor: Actor, { ref, result, msg, id }: Beginning): Receipt {
	const { RED, node } = actor;
	const message = { _msgid: RED.util.generateId(), ...msg, ...ref } as NodeMessageInFlow;
	const receipt = createWork(id ?? randomUUID(), message, (show) =>
		createJob(node.id, (signal) =>
			act(actor, { msg: message, show, signal }, (action) => deliver(action, ref, result)),
		),
	);
	receipts.add(receipt);
	return receipt;
}

async function deliver(action: Action, ref: RequestRef, given: ResultAnswer | undefined) {
	const { connection, signal } = action;
	const options = await readOutputOptions(action);
	const result = given ?? (await getResult(connection.client, ref, { signal }));
	const answer = await answerWithResult(action, ref, result, options);
	return given ? answer : { ...answer, runcomfy: { ...answer.runcomfy, resumed: true } };
}

/** Writes down what RunComfy is about to be told is received. */
export function writeDown(
	journal: Journal,
	{ id, job }: Receipt,
	{ ref, msg }: Pick<Beginning, 'ref' | 'msg'>,
): Promise<void> {
	return journal.submitting({ job: id, nodeId: job.nodeId, at: Date.now(), ...ref, msg, plan: {} });
}

/** What an earlier process has left undelivered. */
export function resumeReceipt(actor: Actor, entry: JournalEntry): Receipt {
	const { job: id, deploymentId, requestId = '', msg } = entry;
	return startReceipt(actor, { id, ref: { deploymentId, requestId }, msg });
}
