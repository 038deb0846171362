import {
	attachedReceipt,
	FATES,
	idsIn,
	idsOf,
	plannedReceipt,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	requestIn,
	type RequestRef,
	RunComfyError,
	type Target,
	type TimedResult,
} from '../../../core';
import { readRequestRef, readWaiting } from '../inputs/inputs';
import { prepareSubmission, readDraft } from '../inputs/submission';
import type { Found } from '../journal/folder';
import { type Kept, openJournal } from '../journal/journal';
import type { Action, Answer } from '../node/action';
import { answerWithOutputs, probeOutput, readOutputOptions, toldOf } from '../outputs/outputs';
import { adviceFor, unansweredText } from '../unheard';
import type { Plan, Run } from './run';
import { aboutOf, statusFacts } from './view';

/**
 * The life of a run: it reads its message, waits for its turn, submits its request and pursues it to its end, and returns
 * its answer.
 */
export async function live(run: Run): Promise<Answer> {
	if (run.from) await resume(run, run.from);
	else if (run.kind === 'result') await attach(run);
	else await readNew(run);
	if (run.kind === 'submit') return answerAccepted(run);
	const result = await untilEnded(run);
	const { ids, notes } = run.receipt;
	return answerWithOutputs(run.action, requestIn(ids)!, result, run.plan!.output, notes);
}

/** Reads the values of a message. Nothing is asked of RunComfy before it is the message's turn. */
async function readNew(run: Run): Promise<void> {
	const { action } = run;
	const draft = await readDraft(action);
	if (run.kind === 'run') run.plan = await readPlan(action);
	run.draft = draft;
	run.receipt = plannedReceipt(draft.target, run.now());
	run.note({ ...namesOf(action, draft.target), about: aboutOf({ overrides: draft.overrides }) });
}

/** Reads what to do with the result, and how long to wait for it. */
async function readPlan(action: Action): Promise<Plan> {
	const output = await readOutputOptions(action);
	return { output, ...(await readWaiting(action.inputs, action.fields)) };
}

/** Reads which request to wait for. Stored at once: only the message names this request. */
async function attach(run: Run): Promise<void> {
	const { action } = run;
	const ref = await readRequestRef(action);
	run.plan = await readPlan(action);
	run.receipt = attachedReceipt(ref, run.now());
	keepNow(run, run.receipt);
	run.note(namesOf(action, ref));
	await probeOutput(action, run.plan.output);
}

/** The name of the deployment or model, if it was read. */
function namesOf({ connection }: Action, of: Target | RequestRef) {
	const targetName = connection.cache.targetName(of);
	return targetName === undefined ? {} : { targetName };
}

/** Takes up a run of an earlier process. */
async function resume(run: Run, from: Kept): Promise<void> {
	run.plan = from.plan as Plan | undefined;
	if (from.receipt.state === 'submitting') await untilDue(run, from);
	const ref = requestIn(run.receipt.ids);
	if (ref) run.note(namesOf(run.action, ref));
}

/** The answer to a submit may still come, to another process: its file then has the request's id, or is gone. */
async function untilDue(run: Run, { receipt, dueMs }: Kept): Promise<void> {
	const { host } = run.action.connection.client;
	const ageMs = host.now() - receipt.at;
	run.enter('submitting');
	// A clock that was set back tells nothing about the age.
	if (ageMs >= 0 && ageMs < dueMs) await host.sleep(dueMs - ageMs, run.leaving);
	const found: Found<Kept> | undefined = journalOf(run).read(run.id);
	if (found) run.receipt = found.value.receipt;
}

/** Waits for the end of the run's request, which holds a place in the account's queue until then. */
async function untilEnded(run: Run): Promise<TimedResult> {
	try {
		if (run.kind === 'run') await takePlace(run);
		await prepare(run);
		return await pursue(run, (pursuit) => pursuit.ended());
	} finally {
		// Before any file is fetched: the machine can go on with the next request.
		run.place?.leave();
	}
}

/** A request that RunComfy already has counts at once. */
async function takePlace(run: Run): Promise<void> {
	const { queue } = run.action.connection;
	if (run.receipt.state !== 'planned') run.place = queue.join();
	else {
		run.interruption.throwIfAborted();
		run.place = queue.enter();
		run.enter('waiting');
		await run.place.turn;
	}
}

/** Checks what is to be submitted, now that nothing but this has to be waited for. */
async function prepare(run: Run): Promise<void> {
	const { action, draft, plan } = run;
	if (run.receipt.state !== 'planned' || !draft) return;
	await run.untilMayGo();
	refuseIfCallerLeft(action.msg);
	run.enter('reading');
	if (plan) await probeOutput(action, plan.output);
	try {
		const { input, notes, workflow } = await prepareSubmission(action, draft);
		Object.assign(run, { input, workflow, draft: undefined });
		const target = idsIn(input) as Target;
		run.receipt = plannedReceipt(target, run.now(), notes);
		run.note({ ...namesOf(action, target), about: aboutOf(input) });
	} catch (error) {
		// Whoever canceled the run explains the end better than the error of the interrupted call.
		run.interruption.throwIfAborted();
		throw error;
	}
}

/**
 * Nobody would get the result for an HTTP caller that is gone. A message that was answered before, for example with
 * 202, goes on.
 * @throws RunComfyError `aborted`
 */
function refuseIfCallerLeft(msg: Action['msg']): void {
	const { _res: res } = (msg['res'] ?? {}) as {
		_res?: { destroyed?: boolean; writableEnded?: boolean };
	};
	if (!res?.destroyed || res.writableEnded) return;
	throw new RunComfyError('aborted', 'The HTTP caller has left before it was this message’s turn', {
		hint: 'Nothing was submitted. To run it all the same, answer the caller first.',
	});
}

/** The answer of a run that ends when RunComfy accepts its request. */
async function answerAccepted(run: Run): Promise<Answer> {
	await prepare(run);
	if (!requestIn(run.receipt.ids)) await pursue(run, (pursuit) => pursuit.accepted());
	const { answer, ids, notes = { warnings: [] } } = run.receipt;
	const ref = requestIn(ids)!;
	const { warnings } = notes;
	const payload = answer ?? { ...idsOf(ref), status: 'in_queue' as const };
	return { ...ref, payload, status: payload.status, runcomfy: { warnings, ...toldOf(notes) } };
}

/** Pursues the run's request until `wait` resolves. */
async function pursue<T>(run: Run, wait: (pursuit: Pursuit) => Promise<T>): Promise<T> {
	const { action, workflow, plan } = run;
	const { state } = run.receipt;
	if (state === 'planned') run.interruption.throwIfAborted();
	run.enter(state === 'planned' || state === 'submitting' ? 'submitting' : 'in_queue');
	run.pursuit = new Pursuit(action.connection.client, run.receipt, {
		input: () => run.input!,
		keep: keeperOf(run),
		cancels: (why) =>
			why === 'timeout' ? plan?.cancelOnTimeout === true : run.stopped === 'cancel',
		leave: run.leaving,
		timeoutMs: plan?.timeoutMs,
		workflow,
		onStatus(answer) {
			const { state, ...facts } = statusFacts(answer);
			run.enter(state ?? run.state, facts);
		},
	});
	return wait(run.pursuit);
}

/** Stores each step of the request. */
function keeperOf(run: Run): PursuitOptions['keep'] {
	let kept = run.receipt;
	return (receipt) => {
		const before = kept;
		kept = receipt;
		const isNew = receipt.state !== before.state;
		if (isNew && receipt.state === 'submitting') return beforeSubmit(run, receipt);
		if (isNew && receipt.state === 'planned') return backToPlanned(run);
		if (isNew) return noteAccepted(run, before, receipt);
		if (receipt.cancel !== before.cancel) return noteCancel(run, before, receipt);
		return undefined;
	};
}

/** Stores that the submit may be sent. Without space on the disk it is sent all the same. */
async function beforeSubmit(run: Run, receipt: Receipt): Promise<void> {
	await run.untilMayGo();
	run.enter('submitting');
	await journalOf(run).put(run.id, run.kept(receipt));
}

/** RunComfy has certainly accepted nothing. */
function backToPlanned(run: Run): void {
	journalOf(run).remove(run.id);
	run.enter('waiting');
}

function noteAccepted(run: Run, before: Receipt, receipt: Receipt): void {
	run.input = undefined;
	keepNow(run, receipt);
	const { action } = run;
	const ref = requestIn(receipt.ids)!;
	// Warnings from RunComfy's answer to the submit.
	const { length } = before.notes?.warnings ?? [];
	for (const warning of receipt.notes?.warnings.slice(length) ?? []) action.node.warn(warning);
	if (run.stopped === 'leave') action.node.warn(lateText(run));
	if (run.end) return;
	action.addFacts(ref);
	run.enter(run.kind === 'submit' ? 'fetching' : 'in_queue');
}

/** Stores a cancel, or RunComfy's answer to it. If the run is over, the log tells what became of the request. */
function noteCancel(run: Run, before: Receipt, receipt: Receipt): void {
	const { node } = run.instance;
	const { verdict } = receipt.cancel!;
	keepNow(run, receipt);
	run.show();
	if (verdict === undefined) return;
	if (run.end) node.warn(lateText(run));
	else if (verdict === 'no answer' && before.cancel?.verdict !== 'no answer') {
		node.warn(unansweredText(receipt.ids));
	}
}

/** Writes a step that has already happened. A run that is over must not get a file again. */
function keepNow(run: Run, receipt: Receipt): void {
	if (run.end) return;
	const { requestId } = receipt.ids;
	if (journalOf(run).putNow(run.id, run.kept(receipt)) || receipt.state !== 'accepted') return;
	run.instance.node.warn(
		`RunComfy has accepted request ${requestId}, which is not on the disk. If Node-RED ends before its message comes, fetch the result by this id.`,
	);
}

/** The log text about a request that no message names. */
function lateText({ fate = 'goes_on', requestId }: Run): string {
	return `RunComfy accepted request ${requestId} after its run had been stopped: it ${FATES[fate].fact}.${adviceFor([fate])}`;
}

export function journalOf({ instance }: Pick<Run, 'instance'>) {
	return openJournal(instance.RED);
}
