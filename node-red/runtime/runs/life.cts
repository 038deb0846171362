import {
	attachedReceipt,
	idsOf,
	plannedReceipt,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	requestIn,
	type RequestRef,
	type SubmitInput,
	type Target,
	type TimedResult,
	type WorkflowApiJson,
} from '../../../core/index.js';
import { readRequestRef, readWaiting, targetOf } from '../inputs/inputs.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { presentActor, untilThere } from '../node/lasting.cjs';
import { answerWithOutputs, readOutputOptions, toldOf } from '../outputs/outputs.cjs';
import {
	endedDuringSubmit,
	entryOf,
	forbidRerun,
	giveBack,
	keepForRerun,
	keepForResult,
	keptInputOf,
	type Plan,
	waitingEntry,
} from './entry.cjs';
import { aboutOf, adviceFor, fateOf, progressChanges } from './record.cjs';
import { type Run, unansweredText } from './run.cjs';

/** A run is read, waits for its turn, pursues its request, and gives its answer. */
export async function live(run: Run, action: Action): Promise<Answer> {
	const task = await readTask(run, action);
	if (run.kind === 'submit') return answerAccepted(run, action, task);
	const result = await inTurn(run, action, task, () => untilEnded(run, action, task));
	return answerEnded(run, action, task, result);
}

/** What a run does once it is read: submit its input, or watch what was submitted before, by it or elsewhere. */
interface Task {
	entry: JournalEntry;
	input?: SubmitInput;
	/** The workflow, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
}

/** Reads everything before anything is paid for. */
async function readTask(run: Run, action: Action): Promise<Task> {
	const { from } = run;
	if (from && !from.waiting) return readSubmitted(run, action, from);
	if (from?.waiting && !from.waiting.unread) return readWaited(run, action, from);
	return run.kind === 'result' ? readAwaited(run, action) : readMessage(run, action);
}

async function readMessage(run: Run, action: Action): Promise<Task> {
	// A run that only had to submit needs no more.
	const plan = run.kind === 'submit' ? {} : await readPlan(action);
	const { input, notes, workflow } = await readSubmission(action);
	const target = targetOf(input);
	run.note({ ...target, ...namesOf(action, target), about: aboutOf(input) });
	const receipt = run.know(plannedReceipt(target, nowOf(action), notes));
	return { input, workflow, entry: waitingEntry(run, action, { receipt, input, plan }) };
}

/** What becomes of the result, and how long to wait for it. */
async function readPlan(action: Action): Promise<Plan> {
	const output = await readOutputOptions(action);
	return { output, ...(await readWaiting(action.inputs, action.fields)) };
}

function planOf({ plan }: JournalEntry): Plan {
	return plan as unknown as Plan;
}

/** The name of the target, if it was read. */
function namesOf({ connection }: Action, of: Target | RequestRef) {
	const name = connection.cache.nameOf(of);
	if (name === undefined) return {};
	return of.service === 'model' ? { modelName: name } : { deploymentName: name };
}

/** @throws RunComfyError `aborted` if what was to be submitted could not be kept; `run_canceled` */
async function readWaited(run: Run, action: Action, entry: JournalEntry): Promise<Task> {
	run.interruption.signal.throwIfAborted();
	run.note(entry.receipt.ids);
	const input = await keptInputOf(entry, action);
	run.note({ ...namesOf(action, input), about: aboutOf(input) });
	const own = run.resumed ? entry : entryOf(run, action.secrets, entry);
	return { entry: own, input, workflow: input.workflowApiJson };
}

/** @throws RunComfyError `submit_unconfirmed` if the earlier process ended during the submit */
function readSubmitted(run: Run, action: Action, entry: JournalEntry): Task {
	const ref = requestIn(entry.receipt.ids);
	if (ref === undefined) throw endedDuringSubmit(entry);
	run.note({ ...ref, ...namesOf(action, ref) });
	if (run.kind === 'run') run.enter({ state: 'in_queue' });
	return { entry };
}

/** Reads which request to wait for, and writes it down. */
async function readAwaited(run: Run, action: Action): Promise<Task> {
	const { msg, secrets } = action;
	const ref = await readRequestRef(action);
	run.note({ ...ref, ...namesOf(action, ref) });
	giveBack(action, ref.requestId);
	const plan = await readPlan(action);
	const receipt = run.know(attachedReceipt(ref, nowOf(action)));
	const entry = entryOf(run, secrets, { receipt, msg: keptMessage(msg, secrets), plan });
	await run.actor.journal.submitting(entry);
	return { entry };
}

/** Lets a run submit in its turn, whatever deploys and stops come between. What RunComfy has takes its room at once. */
function inTurn<T>(run: Run, action: Action, { entry }: Task, work: () => Promise<T>): Promise<T> {
	const { limiter } = action.connection;
	const { place, interruption, receipt } = run;
	// A request that was submitted elsewhere takes its room there, if any.
	if (receipt.state === 'attached') return work();
	if (receipt.state === 'accepted') return limiter.join(work);
	keepForRerun(entry);
	const onWait = () => {
		// A run that waited in an earlier process keeps its place, however many wait.
		if (entry !== run.from) run.keep(entry, true);
		run.enter({ state: 'waiting' });
	};
	const { signal } = interruption;
	return whenItMay(run, () => limiter.run(work, { place, signal, onWait }));
}

/** What a submit throws that may not go out now: the journal holds it, or its node is not there. */
class NotNowError extends Error {}

/**
 * Submits once the node is there, and the journal does not hold the run. Meanwhile it has no room in the limiter, and no
 * timeout counts.
 */
async function whenItMay<T>(run: Run, attempt: () => Promise<T>): Promise<T> {
	for (;;) {
		await run.untilReleased(run.interruption.signal);
		try {
			return await attempt();
		} catch (error) {
			if (!(error instanceof NotNowError)) throw error;
		}
		if (presentActor(run.nodeId)) continue;
		run.place?.leave();
		run.enter({ state: 'waiting' });
		await untilThere(run.nodeId, run.interruption.signal);
	}
}

/** @throws NotNowError if the flows have started without its node */
async function expectThere(run: Run): Promise<void> {
	const { signal } = run.interruption;
	await run.actor.lifecycle.started(signal);
	if (!signal.aborted && presentActor(run.nodeId) === undefined) throw new NotNowError();
}

/** Takes its request from where it stands to its end. */
async function untilEnded(run: Run, action: Action, task: Task): Promise<TimedResult> {
	try {
		const result = await pursue(run, action, task, (pursuit) => pursuit.ended());
		run.note({ state: 'fetching' });
		return result;
	} catch (error) {
		if (!(error instanceof NotNowError)) run.note({ state: 'fetching' });
		throw error;
	}
}

/** The result as a message. */
function answerEnded(
	run: Run,
	action: Action,
	{ entry }: Task,
	result: TimedResult,
): Promise<Answer> {
	const { output } = planOf(entry);
	const { ids, notes } = run.receipt;
	return answerWithOutputs(action, requestIn(ids)!, result, output, notes);
}

/**
 * The answer of a run that ends when its request is accepted. If its node has closed by then, no flow waits for the
 * request any more, and it would still cost.
 */
async function answerAccepted(run: Run, action: Action, task: Task): Promise<Answer> {
	const known = requestIn(run.receipt.ids);
	if (known) keepForResult(action, known.requestId);
	else {
		await whenItMay(run, () => pursue(run, action, task, (pursuit) => pursuit.accepted()));
	}
	const { answer, ids, notes = { warnings: [] } } = run.receipt;
	const ref = requestIn(ids)!;
	const { warnings } = notes;
	const payload = answer ?? { ...idsOf(ref), status: 'in_queue' as const };
	return { ...ref, payload, status: payload.status, runcomfy: { warnings, ...toldOf(notes) } };
}

/** Moves its request until `wait` has what it waits for. */
function pursue<T>(
	run: Run,
	action: Action,
	task: Task,
	wait: (pursuit: Pursuit) => Promise<T>,
): Promise<T> {
	const { entry, input, workflow } = task;
	const { connection, signal: leave } = action;
	const { timeoutMs, cancelOnTimeout } = planOf(entry);
	return run.whileAwaiting((wake) => {
		run.pursuit = new Pursuit(connection.client, withoutRefusals(run.receipt), {
			input: input && (() => whenReady(run, action, entry, input)),
			keep: keeperOf(run, action, entry),
			cancels: (why) => (why === 'timeout' ? cancelOnTimeout : run.stopped === 'cancel'),
			leave,
			wake,
			timeoutMs,
			workflow,
			runTimes: connection.runTimes,
			onProgress(progress) {
				const changes = progressChanges(run.record, progress, nowOf(action));
				if (changes.state) run.enter(changes);
				else run.note(changes);
			},
		});
		return wait(run.pursuit);
	});
}

/** They start again from one after it has waited for its node, its turn or the disk. */
function withoutRefusals({ refused: _refused, ...receipt }: Receipt): Receipt {
	return receipt;
}

/** What is to be submitted, once the flows run and the balance is high enough. */
async function whenReady(run: Run, action: Action, entry: JournalEntry, input: SubmitInput) {
	// Before RunComfy is asked anything.
	if (run.atRisk) run.keep(entry, false);
	await expectThere(run);
	// It may have waited for its turn until now.
	run.enter({ state: 'submitting' });
	await action.connection.refuseLowBalance(run.interruption.signal);
	return input;
}

/** Stores each step of its request: in the journal, and for people. */
function keeperOf(run: Run, action: Action, entry: JournalEntry): PursuitOptions['keep'] {
	let kept = run.receipt;
	return (receipt) => {
		const { state, cancel, end } = receipt;
		const before = kept;
		kept = receipt;
		if (state !== before.state && state === 'submitting') {
			return mayLeave(run, action, { ...entry, receipt });
		}
		if (cancel !== before.cancel) return noteCancel(run, receipt);
		if (state === 'planned') return backToWaiting(run, { ...entry, receipt });
		if (state !== before.state) {
			warnOfAcceptance(action, before, receipt);
			return noteAccepted(run, action, entry, receipt);
		}
		if (end && state === 'submitting' && run.kind === 'submit' && run.stopped) giveUp(run);
		return undefined;
	};
}

/** Lets a submit leave once its line is on the disk. @throws NotNowError if it may not go out now */
async function mayLeave(run: Run, action: Action, entry: JournalEntry): Promise<void> {
	// No timeout counts while the flows are stopped.
	await expectThere(run);
	if (run.interruption.signal.aborted) return;
	run.setAtRisk();
	run.enter({ state: 'submitting' });
	const line = entryOf(run, action.secrets, { ...entry, waiting: undefined });
	if (await run.actor.journal.submitting(line)) return forbidRerun(run.id);
	run.setSafe();
	throw new NotNowError();
}

/** Nothing was accepted: the next process submits it, if this one cannot. */
function backToWaiting(run: Run, entry: JournalEntry): void {
	keepForRerun(entry);
	if (run.stopped === undefined) run.keep(entry, true);
}

/** What RunComfy has said when it accepted the request. */
function warnOfAcceptance({ node }: Action, before: Receipt, { notes }: Receipt): void {
	const { length } = before.notes?.warnings ?? [];
	for (const warning of notes?.warnings.slice(length) ?? []) node.warn(warning);
}

function noteAccepted(run: Run, action: Action, entry: JournalEntry, receipt: Receipt): void {
	const ref = requestIn(receipt.ids)!;
	run.actor.journal.moved(run.id, receipt);
	run.setSafe();
	if (run.kind === 'submit') {
		run.note({ ...ref, state: 'fetching' });
		return keepForResult(action, ref.requestId);
	}
	keepForRerun(entry);
	action.know(ref);
	run.enter({ ...ref, state: 'in_queue', seenQueued: true });
	if (run.end && !receipt.cancel && run.stopped !== 'cancel') tellLate(run);
}

/** Says what came of a cancel where nobody else does: no message and no line about its node will name the request. */
function noteCancel(run: Run, receipt: Receipt): void {
	if (run.kind !== 'submit' && !run.end) return run.noteCancel(receipt);
	const { verdict } = receipt.cancel!;
	if (verdict === undefined) return;
	tellLate(run);
	if (run.kind === 'submit' && run.record.endedAt === undefined) run.settleCanceled(verdict);
}

/** Says what has become of a request that no message will name. */
function tellLate({ actor, record, receipt: { cancel } }: Run): void {
	const told = fateOf(cancel ? { ...record, cancel } : record);
	if (told === undefined) return;
	const { requestId, fate } = told;
	actor.node.warn(
		`RunComfy accepted request ${requestId} after its run had been stopped: it ${fate}.${adviceFor([told])}`,
	);
}

/** Warns that a request may or may not have been accepted, unless its end is known. */
export function giveUp(run: Run): void {
	if (run.record.state !== 'submitting') return;
	run.actor.node.warn(unansweredText(undefined));
	run.settle('submit_unconfirmed');
}

function nowOf({ connection }: Action): number {
	return connection.client.host.now();
}
