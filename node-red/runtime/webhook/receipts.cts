import { randomUUID } from 'node:crypto';
import type { NodeMessageInFlow } from 'node-red';
import {
	type DeploymentRef,
	getResult,
	type RequestRef,
	type ResultAnswer,
} from '../../../core/index.js';
import type { Journal, JournalEntry } from '../journal/journal.cjs';
import { act, type Action } from '../node/action.cjs';
import { beginWork, createWork, type LastingActor, showWork, type Work } from '../node/work.cjs';
import { readOutputOptions } from '../outputs/outputs.cjs';
import { answerWithResult } from '../outputs/resultAnswer.cjs';

interface Beginning {
	ref: DeploymentRef;
	/** Absent after a restart, when it is read again. */
	result?: ResultAnswer;
	msg: Record<string, unknown>;
	id?: string;
	/** Whether its message must not leave yet. */
	held?: boolean;
}

/**
 * Takes the end of a request, that a callback has told and RunComfy has confirmed, to a message. RunComfy
 * was told that it is received and does not call again: so it outlives a deploy, and with a journal a
 * restart.
 */
export function startReceipt(actor: LastingActor, given: Beginning): Work {
	const { ref, result, msg, id = randomUUID(), held = false } = given;
	const _msgid = actor.RED.util.generateId();
	const message = { _msgid, ...msg, ...ref } as NodeMessageInFlow;
	const work = Object.assign(createWork(actor, { id, msg: message }), { held });
	const own = {
		...{ msg: message, signal: work.signal, resumed: result === undefined },
		show: (shown: Work['shown']) => showWork(work, shown),
	};
	return beginWork(work, () => act(actor, own, (action) => answer(action, ref, result)));
}

async function answer(action: Action, ref: RequestRef, given: ResultAnswer | undefined) {
	const { connection, signal } = action;
	const options = await readOutputOptions(action);
	const result = given ?? (await getResult(connection.client, ref, { signal }));
	return answerWithResult(action, ref, result, options);
}

/** Writes down what RunComfy is about to be told is received. */
export function writeDown(
	journal: Journal,
	{ id: job, nodeId }: Work,
	{ ref, msg }: Pick<Beginning, 'ref' | 'msg'>,
): Promise<void> {
	return journal.submitting({ job, nodeId, at: Date.now(), ...ref, msg, plan: {} });
}

/** What an earlier process has left undelivered. */
export function resumeReceipt(actor: LastingActor, entry: JournalEntry): Work {
	const { job: id, deploymentId, requestId = '', msg } = entry;
	return startReceipt(actor, { id, ref: { deploymentId, requestId }, msg });
}
