import {
	attachedReceipt,
	requestIn,
	type RequestRef,
	type SubmitInput,
	type Target,
	type WorkflowApiJson,
} from '../../../core/index.js';
import { readRequestRef, targetOf } from '../inputs/ids.cjs';
import { readWaiting } from '../inputs/inputs.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action } from '../node/action.cjs';
import { readOutputOptions } from '../outputs/outputs.cjs';
import {
	endedDuringSubmit,
	entryOf,
	giveBack,
	keptInputOf,
	type Plan,
	waitingEntry,
} from './entry.cjs';
import { aboutOf } from './record.cjs';
import type { Run } from './run.cjs';

/** What a run does once it is read: submit, or watch what was submitted before. */
export type Task = ToSubmit | ToWatch;

export interface ToSubmit {
	entry: JournalEntry;
	input: SubmitInput;
	/** The workflow, to name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
}

export interface ToWatch {
	entry: JournalEntry;
	/** What was submitted, by the run or elsewhere. */
	ref: RequestRef;
}

/** Reads everything before anything is paid for. */
export async function readTask(run: Run, action: Action): Promise<Task> {
	const { from } = run;
	if (from && !from.waiting) return readSubmitted(run, action, from);
	if (from?.waiting && !from.waiting.unread) return readWaited(run, action, from);
	return run.kind === 'result' ? readAwaited(run, action) : readMessage(run, action);
}

async function readMessage(run: Run, action: Action): Promise<ToSubmit> {
	// A run that only had to submit needs no more.
	const plan = run.kind === 'submit' ? {} : await readPlan(action);
	const { input, notes, workflow } = await readSubmission(action);
	const target = targetOf(input);
	run.note({ ...target, ...namesOf(action, target), about: aboutOf(input) });
	return { input, workflow, entry: waitingEntry(run, action, { target, notes, input, plan }) };
}

/** What becomes of the result, and how long to wait for it. */
async function readPlan(action: Action): Promise<Plan> {
	const output = await readOutputOptions(action);
	return { output, ...(await readWaiting(action.inputs, action.fields)) };
}

export function planOf({ plan }: JournalEntry): Plan {
	return plan as unknown as Plan;
}

/** The name of the target, if it was read. */
function namesOf({ connection }: Action, of: Target | RequestRef) {
	const name = connection.cache.nameOf(of);
	if (name === undefined) return {};
	return of.service === 'model' ? { modelName: name } : { deploymentName: name };
}

/** @throws RunComfyError `aborted` if what was to be submitted could not be kept */
async function readWaited(run: Run, action: Action, entry: JournalEntry): Promise<ToSubmit> {
	run.note(entry.receipt.ids);
	const input = await keptInputOf(entry, action);
	run.note({ ...namesOf(action, input), about: aboutOf(input) });
	const own = run.resumed ? entry : entryOf(run, action.secrets, entry);
	return { entry: own, input, workflow: input.workflowApiJson };
}

/** @throws RunComfyError `submit_unconfirmed` if the earlier process ended during the submit */
function readSubmitted(run: Run, action: Action, entry: JournalEntry): ToWatch {
	const { ids, at } = entry.receipt;
	const ref = requestIn(ids);
	if (ref === undefined) throw endedDuringSubmit(entry);
	run.note({ ...ref, ...namesOf(action, ref) });
	if (run.kind === 'run') run.enter({ state: 'in_queue', submittedAt: at });
	return { entry, ref };
}

/** Reads which request to wait for, and writes it down. */
async function readAwaited(run: Run, action: Action): Promise<ToWatch> {
	const { msg, secrets } = action;
	const ref = await readRequestRef(action);
	run.note({ ...ref, ...namesOf(action, ref) });
	giveBack(action, ref.requestId);
	const plan = await readPlan(action);
	const receipt = attachedReceipt(ref, action.connection.client.host.now());
	const entry = entryOf(run, secrets, { receipt, msg: keptMessage(msg, secrets), plan });
	await run.actor.journal.submitting(entry);
	return { entry, ref };
}
