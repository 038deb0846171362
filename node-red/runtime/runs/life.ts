import {
	attachedReceipt,
	FATES,
	idsIn,
	idsOf,
	notSubmitted,
	plannedReceipt,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	requestIn,
	type RequestRef,
	type Target,
	type TimedResult,
} from '../../../core';
import { readRequestRef, readWaiting } from '../inputs/inputs';
import { readSubmission } from '../inputs/submission';
import type { JournalEntry } from '../journal/journal';
import { keptMessage } from '../journal/keptMessage';
import type { Action, Answer } from '../node/action';
import { presentActor, untilThere } from '../node/lasting';
import { answerWithOutputs, readOutputOptions, toldOf } from '../outputs/outputs';
import { adviceFor, unansweredText } from '../unheard';
import { keptInputOf, type Plan, waitingEntry } from './entry';
import { aboutOf, statusChanges } from './record';
import type { Run } from './run';

/** The life of a run: it reads its message, waits for its turn, pursues its request, and returns its answer. */
export async function live(run: Run): Promise<Answer> {
	await readRun(run);
	if (run.kind === 'submit') return answerAccepted(run);
	const result = await inItsTurn(run, () => untilEnded(run));
	const { ids, notes } = run.receipt;
	return answerWithOutputs(run.action, requestIn(ids)!, result, planOf(run).output, notes);
}

/** Reads everything before the user pays for anything. */
async function readRun(run: Run): Promise<void> {
	const { from, kind } = run;
	if (from && !from.waiting) return readSubmitted(run, from);
	if (from?.waiting && !from.waiting.unread) return readWaited(run, from);
	return kind === 'result' ? readAwaited(run) : readNewMessage(run);
}

async function readNewMessage(run: Run): Promise<void> {
	const { action, kind } = run;
	try {
		// A run that only submits has no plan.
		const plan = kind === 'submit' ? {} : await readPlan(action);
		const { input, notes, workflow } = await readSubmission(action);
		const target = idsIn(input) as Target;
		run.setReceipt(plannedReceipt(target, run.now(), notes));
		run.note({ ...namesOf(action, target), about: aboutOf(input) });
		Object.assign(run, { input, workflow, entry: waitingEntry(action, input, plan) });
	} catch (error) {
		// Whoever canceled the run explains the end better than the error of the interrupted call.
		run.interruption.signal.throwIfAborted();
		throw error;
	}
}

/** Reads what to do with the result, and how long to wait for it. */
async function readPlan(action: Action): Promise<Plan> {
	const output = await readOutputOptions(action);
	return { output, ...(await readWaiting(action.inputs, action.fields)) };
}

function planOf({ entry }: Run): Plan {
	return entry.plan as unknown as Plan;
}

/** The name of the deployment or model, if it was read. */
function namesOf({ connection }: Action, of: Target | RequestRef) {
	const targetName = connection.cache.targetName(of);
	return targetName === undefined ? {} : { targetName };
}

/** @throws RunComfyError `aborted` if the journal could not store the input; `run_canceled` */
async function readWaited(run: Run, from: JournalEntry): Promise<void> {
	const { ids, cancel } = run.receipt;
	if (cancel) throw notSubmitted(ids);
	const input = await keptInputOf(from, run.action);
	run.note({ ...namesOf(run.action, input), about: aboutOf(input) });
	Object.assign(run, { input, workflow: input.workflowApiJson });
}

/** An earlier process has submitted the request. If it ended before the answer came, the pursuit says so. */
function readSubmitted(run: Run, from: JournalEntry): void {
	const ref = requestIn(from.receipt.ids);
	if (ref === undefined) return;
	run.note(namesOf(run.action, ref));
	if (run.kind === 'run') run.enter({ state: 'in_queue' });
}

/** Reads which request to wait for, and stores it in the journal. */
async function readAwaited(run: Run): Promise<void> {
	const { action, work } = run;
	const ref = await readRequestRef(action);
	run.note(namesOf(action, ref));
	const plan = { ...(await readPlan(action)) };
	run.setReceipt(attachedReceipt(ref, run.now()));
	run.entry = { msg: keptMessage(action.msg, action.secrets), plan };
	await work.actor.journal.submitting(run.line());
}

/**
 * Lets a run submit when its turn comes, through any deploys and stops. A request that RunComfy already has counts
 * toward the limit at once.
 */
function inItsTurn<T>(run: Run, work: () => Promise<T>): Promise<T> {
	const { limiter } = run.action.connection;
	const { place, interruption, receipt } = run;
	if (receipt.state === 'accepted') return limiter.join(work);
	// A request that was submitted elsewhere, or that may not exist, does not count toward this limit.
	if (receipt.state !== 'planned') return work();
	const onWait = () => {
		// A run that already waited in an earlier process keeps its journal line and its place in the queue.
		if (!run.work.resumed || run.entry !== run.from) run.keep(true);
		run.enter({ state: 'waiting' });
	};
	const { signal } = interruption;
	return whenItMay(run, () => limiter.run(work, { place, signal, onWait }));
}

/** Thrown by a submit that must not be sent now, because the journal holds the run or its node is not there. */
class NotNowError extends Error {}

/**
 * Submits once the node is there and the journal does not hold the run. Until then, the run does not count toward
 * the limit, and its timeout does not start.
 */
async function whenItMay<T>(run: Run, attempt: () => Promise<T>): Promise<T> {
	const { work, interruption } = run;
	for (;;) {
		await work.untilReleased(interruption.signal);
		try {
			return await attempt();
		} catch (error) {
			if (!(error instanceof NotNowError)) throw error;
		}
		run.enter({ state: 'waiting' });
		if (presentActor(work.nodeId)) continue;
		run.place?.leave();
		await untilThere(work.nodeId, interruption.signal);
	}
}

/** @throws NotNowError if the node is not there: it is not in the flows, or the flows are stopped */
function expectThere({ work, interruption: { signal } }: Run): void {
	if (!signal.aborted && presentActor(work.nodeId) === undefined) throw new NotNowError();
}

/** Follows the run's request to its end. */
function untilEnded(run: Run): Promise<TimedResult> {
	return pursue(run, (pursuit) => pursuit.ended()).finally(() => run.note({ state: 'fetching' }));
}

/** The answer of a run that ends when RunComfy accepts its request. */
async function answerAccepted(run: Run): Promise<Answer> {
	if (!requestIn(run.receipt.ids))
		await whenItMay(run, () => pursue(run, (pursuit) => pursuit.accepted()));
	const { answer, ids, notes = { warnings: [] } } = run.receipt;
	const ref = requestIn(ids)!;
	const { warnings } = notes;
	const payload = answer ?? { ...idsOf(ref), status: 'in_queue' as const };
	return { ...ref, payload, status: payload.status, runcomfy: { warnings, ...toldOf(notes) } };
}

/** Pursues the run's request until `wait` resolves. */
async function pursue<T>(run: Run, wait: (pursuit: Pursuit) => Promise<T>): Promise<T> {
	const { action, workflow } = run;
	const { client } = action.connection;
	const { timeoutMs, cancelOnTimeout } = planOf(run);
	if (run.receipt.state === 'planned') await untilItMayGo(run);
	run.pursuit = new Pursuit(client, run.receipt, {
		input() {
			// The run may have waited for its turn until now.
			run.enter({ state: 'submitting' });
			return run.input!;
		},
		keep: keeperOf(run),
		cancels: (why) => (why === 'timeout' ? cancelOnTimeout : run.stopped === 'cancel'),
		leave: run.work.signal,
		timeoutMs,
		workflow,
		onStatus(status) {
			const changes = statusChanges(status);
			if (changes.state) run.enter(changes);
			else run.note(changes);
		},
	});
	return wait(run.pursuit);
}

/** @throws NotNowError if the flows have started without the run's node */
async function untilItMayGo(run: Run): Promise<void> {
	const { work, interruption } = run;
	// Stored before the first call to RunComfy.
	if (work.atRisk) run.keep(false);
	await work.actor.lifecycle.started(interruption.signal);
	expectThere(run);
}

/** Stores each step of the request in the journal, and shows it to the user. */
function keeperOf(run: Run): PursuitOptions['keep'] {
	let kept = run.receipt;
	return (receipt) => {
		const { state, cancel, end } = receipt;
		const before = kept;
		kept = receipt;
		if (state !== before.state && state === 'submitting') return mayLeave(run, receipt);
		if (cancel !== before.cancel) return reportCancel(run, before, receipt);
		if (state === 'planned') return backToWaiting(run);
		if (state !== before.state) return noteAccepted(run, before, receipt);
		if (end && state === 'submitting' && run.kind === 'submit' && run.stopped) giveUp(run);
		return undefined;
	};
}

/** Lets a submit leave once its journal line is on disk. @throws NotNowError if the submit must not be sent now */
async function mayLeave(run: Run, receipt: Receipt): Promise<void> {
	const { work, interruption } = run;
	// The timeout does not count while the flows are stopped.
	expectThere(run);
	if (interruption.signal.aborted) return;
	work.setAtRisk();
	run.enter({ state: 'submitting' });
	if (await work.actor.journal.submitting(run.line(receipt))) return;
	work.setSafe();
	throw new NotNowError();
}

/** RunComfy accepted nothing: the next process submits the run, if this process cannot. */
function backToWaiting(run: Run): void {
	if (run.stopped === undefined) run.keep(true);
}

function noteAccepted(run: Run, before: Receipt, receipt: Receipt): void {
	const { work, action } = run;
	const ref = requestIn(receipt.ids)!;
	// Warnings from RunComfy's answer to the submit.
	const { length } = before.notes?.warnings ?? [];
	for (const warning of receipt.notes?.warnings.slice(length) ?? []) action.node.warn(warning);
	run.input = undefined;
	work.actor.journal.moved(work.id, receipt);
	work.setSafe();
	if (run.kind === 'submit') return run.note({ state: 'fetching' });
	action.addFacts(ref);
	run.enter({ state: 'in_queue' });
}

/**
 * Reports RunComfy's answer to a cancel if nothing else does: no message and no log line about the node will name the
 * request.
 */
function reportCancel(run: Run, before: Receipt, receipt: Receipt): void {
	const { verdict } = receipt.cancel!;
	const isHeard = run.kind !== 'submit' && !run.work.end;
	if (isHeard) return run.noteCancel(before, receipt);
	if (verdict === undefined) return;
	tellLate(run);
	const isOver = run.kind !== 'submit' || run.noted.endedAt !== undefined;
	if (run.fate && !isOver) run.finishAs(run.fate);
}

/** Logs the fate of a request that no message will name. */
function tellLate({ fate, requestId, work }: Run): void {
	if (fate === undefined) return;
	work.actor.node.warn(
		`RunComfy accepted request ${requestId} after its run had been stopped: it ${FATES[fate].fact}.${adviceFor([fate])}`,
	);
}

/** Warns that RunComfy may or may not have accepted the request, unless its end is known. */
export function giveUp(run: Run): void {
	if (run.noted.state !== 'submitting') return;
	run.work.actor.node.warn(unansweredText(run.receipt.ids));
	run.finish('submit_unconfirmed');
}
