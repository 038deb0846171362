import {
	assign,
	attach,
	attachedReceipt,
	cancel,
	cancelBestEffort,
	idsOf,
	type Notes,
	refOf,
	requestIn,
	requestOutcome,
	type RequestRef,
	run as submitAndWatch,
	RunComfyError,
	type RunOptions,
	type RunResult,
	type SubmitAnswer,
	type SubmitInput,
	submitOnly,
	submittingReceipt,
	type Target,
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
import {
	aboutOf,
	adviceFor,
	type CancelVerdict,
	fateOf,
	isUnclear,
	progressChanges,
	wantsCancel,
} from './record.cjs';
import { notSubmitted, type Run, supersededFacts, unansweredText } from './run.cjs';

/** A run is read, waits for its turn, is submitted and watched, and gives its answer. */
export async function live(run: Run, action: Action): Promise<Answer> {
	const task = await readTask(run, action);
	if (run.kind === 'submit') return answerAccepted(run, action, task);
	const result = await ('input' in task ? inTurn(run, action, task) : watch(run, action, task));
	const { receipt } = task.entry;
	const { output } = planOf(task.entry);
	const answer = await answerWithOutputs(action, refOf(result), result, output, receipt.notes);
	await run.untilItMayEnd(run.interruption.signal);
	if (run.record.canceledBy === 'newer') throw superseded(run, action, answer);
	return answer;
}

/** What a run does once it is read: submit, or watch what was submitted before. */
type Task = ToSubmit | ToWatch;

interface ToSubmit {
	entry: JournalEntry;
	input: SubmitInput;
	/** The workflow, to name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
}

interface ToWatch {
	entry: JournalEntry;
	/** What was submitted, by the run or elsewhere. */
	ref: RequestRef;
}

/** Reads everything before anything is paid for. */
async function readTask(run: Run, action: Action): Promise<Task> {
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

function planOf({ plan }: JournalEntry): Plan {
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
	const { ids } = entry.receipt;
	const ref = requestIn(ids);
	if (ref === undefined) throw endedDuringSubmit(entry);
	run.note({ ...ref, ...namesOf(action, ref) });
	if (run.kind === 'run') run.enter({ state: 'in_queue' });
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

/** Lets a run submit in its turn, whatever deploys and stops come between. */
function inTurn(run: Run, action: Action, task: ToSubmit): Promise<RunResult> {
	const { entry } = task;
	keepForRerun(entry);
	const onWait = () => {
		// A run that waited in an earlier process keeps its place, however many wait.
		if (entry !== run.from) run.keep(entry, true);
		run.enter({ state: 'waiting' });
	};
	const { place } = run;
	const { signal } = run.interruption;
	const { limiter } = action.connection;
	return whenItMay(run, () =>
		limiter.run(() => submit(run, action, task), { place, signal, onWait }),
	);
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

/** Submits, and watches until the end. */
function submit(run: Run, action: Action, task: ToSubmit): Promise<RunResult> {
	const { entry, input, workflow } = task;
	const { client } = action.connection;
	const { signal } = run.interruption;
	return run.whileAwaiting(async (wake) => {
		const steps = await stepsOf(run, action, entry, (ref) => {
			action.know(ref);
			run.enter({ ...ref, state: 'in_queue', seenQueued: true });
			if (run.end && !wantsCancel(run.record)) tellLate(run);
		});
		const watching = watchOptions(run, action, entry, { wake, waitsFrom: nowOf(action) });
		const options = assign(watching, { ...steps, signal, workflow });
		return unlessCanceled(run, action, watching, () =>
			submitAndWatch(client, input, options).catch((error: unknown) => {
				throw notAccepted(run, entry, error);
			}),
		);
	});
}

/**
 * The answer of a run that ends when its request is accepted. If its node has closed by then, no flow waits for the
 * request any more, and it would still cost.
 */
async function answerAccepted(run: Run, action: Action, task: Task): Promise<Answer> {
	const { notes = { warnings: [] } } = task.entry.receipt;
	if ('ref' in task) {
		keepForResult(action, task.ref.requestId);
		return acceptedAnswer(task.ref, { ...idsOf(task.ref), status: 'in_queue' }, notes);
	}
	const { entry, input } = task;
	const { client } = action.connection;
	const { signal } = run.interruption;
	let canceled = () => undefined as void;
	const cancelAnswered = new Promise<void>((resolve) => {
		canceled = resolve;
	});
	const onCancel = (_ref: RequestRef, answer: CancelVerdict = 'no answer') => {
		tellLate(run, answer);
		if (run.record.endedAt === undefined) run.settleCanceled(answer);
		canceled();
	};
	try {
		const attempt = async () => {
			const steps = await stepsOf(run, action, entry, (ref) => {
				run.note({ ...ref, state: 'fetching' });
				keepForResult(action, ref.requestId);
			});
			return submitOnly(client, input, { ...steps, signal, onCancel });
		};
		const answer = await whenItMay(run, () => run.whileAwaiting(attempt));
		const ref = refOf(answer);
		if (signal.aborted) onCancel(ref, await cancelBestEffort(client, ref));
		const { warnings = [] } = answer;
		for (const warning of warnings) action.node.warn(warning);
		return acceptedAnswer(ref, answer, { ...notes, warnings: [...notes.warnings, ...warnings] });
	} catch (error) {
		if (signal.aborted && isFinal(error)) giveUp(run);
		// The answer has named the request beside the error.
		if (signal.aborted && run.record.requestId !== undefined) await cancelAnswered;
		throw notAccepted(run, entry, error);
	}
}

function acceptedAnswer(
	ref: RequestRef,
	payload: { status: SubmitAnswer['status'] },
	notes: Notes,
): Answer {
	const { warnings } = notes;
	return { ...ref, payload, status: payload.status, runcomfy: { warnings, ...toldOf(notes) } };
}

/** Says what has become of a request that no message will name. */
function tellLate({ actor, record }: Run, cancelVerdict?: CancelVerdict): void {
	const told = fateOf({ ...record, ...(cancelVerdict ? { cancelVerdict } : {}) });
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

/** Waits until it may submit. @returns what writes down each step of the submit, before it is taken */
async function stepsOf(
	run: Run,
	action: Action,
	entry: JournalEntry,
	onAccepted: (ref: RequestRef) => void,
) {
	const { journal } = run.actor;
	const { signal } = run.interruption;
	// Before RunComfy is asked anything.
	if (run.atRisk) run.keep(entry, false);
	// No timeout counts while the flows are stopped.
	await expectThere(run);
	// It may have waited for its turn until now.
	run.enter({ state: 'submitting' });
	await action.connection.refuseLowBalance(signal);
	return {
		onNotTaken: () => run.keep(entry, true),
		async beforeSubmit() {
			await expectThere(run);
			if (signal.aborted) return;
			run.setAtRisk();
			run.enter({ state: 'submitting' });
			const receipt = submittingReceipt(entry.receipt, nowOf(action));
			const sent = { ...entry, receipt, waiting: undefined };
			if (await journal.submitting(entryOf(run, action.secrets, sent))) return;
			run.setSafe();
			throw new NotNowError();
		},
		onSubmitted(answer: SubmitAnswer) {
			const ref = refOf(answer);
			journal.accepted(run.id, ref.requestId, nowOf(action));
			run.setSafe();
			onAccepted(ref);
		},
	};
}

/** Writes down what is known of a submit that failed. @returns its error */
function notAccepted(run: Run, entry: JournalEntry, error: unknown): unknown {
	if (isUnknown(error)) forbidRerun(run.id);
	else if (run.atRisk && !run.interruption.signal.aborted) run.keep(entry, true);
	return error;
}

/** Watches what was submitted before, until the end. */
function watch(run: Run, action: Action, { entry, ref }: ToWatch): Promise<RunResult> {
	const { connection } = action;
	const { state, at: waitsFrom } = entry.receipt;
	const isOwn = state !== 'attached';
	const work = () =>
		run.whileAwaiting((wake) => {
			const watching = watchOptions(run, action, entry, { wake, waitsFrom });
			const { signal } = run.interruption;
			const options = assign(watching, isOwn ? { signal, submittedAt: waitsFrom } : { signal });
			return unlessCanceled(run, action, watching, () => attach(connection.client, ref, options));
		});
	// A request that was submitted elsewhere takes its room there, if any.
	return isOwn ? connection.limiter.join(work) : work();
}

function watchOptions(
	run: Run,
	{ connection, signal }: Action,
	entry: JournalEntry,
	more: Pick<Watching, 'wake' | 'waitsFrom'>,
): Watching {
	const { runTimes, client } = connection;
	const { timeoutMs, cancelOnTimeout } = planOf(entry);
	return {
		...more,
		timeoutMs,
		cancelOnTimeout,
		signal,
		runTimes,
		// As long as the run lives, `endCanceled` asks, and has more time for it.
		cancelOnAbort: () => (signal.aborted || run.end !== undefined) && wantsCancel(run.record),
		onCancel(_ref, answer: CancelVerdict = 'no answer') {
			if (run.end) tellLate(run, answer);
			else run.note({ cancelVerdict: answer });
		},
		onProgress(progress) {
			const changes = progressChanges(run.record, progress, client.host.now());
			if (changes.state) run.enter(changes);
			else run.note(changes);
		},
	};
}

/** How a run watches its request; `waitsFrom` is what its timeout counts from. */
type Watching = RunOptions & { waitsFrom?: number | undefined };

/**
 * The result of `work`, or, if a flow cancels the run, what becomes of the request then: it may have
 * ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
async function unlessCanceled(
	run: Run,
	action: Action,
	options: Watching,
	work: () => Promise<RunResult>,
): Promise<RunResult> {
	let isHeld = false;
	try {
		return await work();
	} catch (error) {
		isHeld = error instanceof NotNowError;
		const interrupted = error instanceof RunComfyError && error.code === 'aborted';
		const wasCanceled = run.record.canceledBy !== undefined && !action.signal.aborted;
		if (!interrupted || !wasCanceled) throw error;
		const ref = requestIn(run.record);
		if (ref === undefined) {
			if (requestOutcome(error).request !== 'unknown') throw notSubmitted(run.record);
			const { details } = supersededFacts(run.record);
			throw error.with({ details: { ...error.details, ...details } });
		}
		return await endCanceled(run, action, options, ref);
	} finally {
		if (!isHeld) run.note({ state: 'fetching' });
	}
}

/** Milliseconds in which a request whose cancel was accepted should have ended. */
const CANCEL_PATIENCE_MS = 60_000;

/** Milliseconds for each attempt of a cancel: meanwhile nobody asks whether the request has ended. */
const CANCEL_TIMEOUT_MS = 10_000;

async function endCanceled(
	run: Run,
	action: Action,
	options: Watching,
	ref: RequestRef,
): Promise<RunResult> {
	const { client } = action.connection;
	const verdict = run.record.cancelVerdict ?? (await askToCancel(action, ref));
	run.enter({ cancelVerdict: verdict });
	const accepted = verdict === 'cancellation_requested';
	const patience = {
		timeoutMs: CANCEL_PATIENCE_MS,
		waitsFrom: undefined,
		cancelOnTimeout: false,
	};
	const another = isUnclear(verdict) ? { signal: run.renewInterruption() } : {};
	const waiting = { ...options, ...another, ...(accepted ? patience : {}) };
	try {
		return await unlessCanceled(run, action, options, () => attach(client, ref, waiting));
	} catch (error) {
		if (!(error instanceof RunComfyError)) throw error;
		const late = accepted && error.code === 'timed_out';
		const code = late ? 'run_canceled' : error.code;
		const { hint, details } = supersededFacts(run.record);
		throw new RunComfyError(code, late ? NOT_SEEN_TO_END : error.message, {
			...error.toJSON(),
			...(hint !== undefined && code === 'run_canceled' ? { hint } : {}),
			details: { cancel: verdict, ...error.details, ...details },
		});
	}
}

/** @returns what RunComfy answered; undefined if the node closed meanwhile, which asks once more */
async function askToCancel({ connection, signal }: Action, ref: RequestRef) {
	const options = { signal, timeoutMs: CANCEL_TIMEOUT_MS };
	return cancel(connection.client, ref, options).then(
		({ status }) => status,
		() => (signal.aborted ? undefined : 'no answer'),
	);
}

/** What happens to a result that comes after a newer message has replaced the run's. */
function superseded(run: Run, action: Action, answer: Answer): RunComfyError {
	const { status, runcomfy } = answer;
	action.know({ status, ...(runcomfy ? { runcomfy } : {}) });
	run.note({ finished: true });
	const { details, ...hint } = supersededFacts(run.record);
	const { cancelVerdict: cancel } = run.record;
	return new RunComfyError('run_canceled', SUPERSEDED, {
		...requestIn(run.record),
		...hint,
		details: { ...details, status, ...(cancel ? { cancel } : {}) },
	});
}

const SUPERSEDED = 'The run succeeded, but a newer message with the same topic had come';

const NOT_SEEN_TO_END = 'RunComfy accepted the cancel, but has not said that the request has ended';

/** Whether a submit that failed may have made a request. */
function isUnknown(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).request === 'unknown';
}

/** Whether a submit that failed may have made a request, and no later answer can tell. */
function isFinal(error: unknown): boolean {
	return isUnknown(error) && requestOutcome(error as RunComfyError).answerDue !== true;
}
