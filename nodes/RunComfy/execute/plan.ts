import type { IExecuteFunctions } from 'n8n-workflow';
import {
	type Look,
	lookAt,
	mapSettled,
	observedReceipt,
	type Receipt,
	requestOutcome,
	type ResultAnswer,
	RunComfyError,
	takingTurns,
	type WorkflowApiJson,
} from '../../../core';
import { type Item, type NodeOptions, readItem } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { endErrorOf, paidRequestOf, requestOf } from '../session/entry';
import type { RunSession } from '../session/session';
import type { Tally } from './tally';

/** What the items of one try share. */
export interface Batch {
	context: IExecuteFunctions;
	operation: Operation;
	options: NodeOptions;
	session: RunSession;
	tally: Tally;
	/** Tells whether an earlier process was killed before n8n stored its requests: see `RunNote`. */
	note: { isFound(): Promise<boolean> };
}

/** An item that has no output or error yet, and what only this process knows of it. */
export interface Work {
	readonly index: number;
	item?: Item;
	/** As the operation has read them, and checked them if `isChecked`. Not kept once a request is accepted: it may hold files. */
	parameters?: unknown;
	isChecked?: boolean;
	/** The deployment's workflow, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
	/** The result, if the look at the beginning of the try has found one. */
	result?: ResultAnswer | undefined;
	/** Whether the execution may be parked for the request: RunComfy has just accepted it, or has shown it under way. */
	isUnderWay?: boolean;
}

/** What is to be done in this try. */
interface Plan {
	/** Items to submit or call, in the order of the input. */
	queue: Work[];
	/** Items whose requests were submitted earlier. */
	pickedUp: Work[];
}

/**
 * Reads all items, looks at the requests of earlier tries, and then checks what is to be submitted. After a park, an
 * item is read and checked when its turn comes, because all items were checked before the first submit. Never throws.
 */
export async function planAll(batch: Batch): Promise<Plan> {
	const { ledger } = batch.session;
	const plan = await readAll(batch);
	await lookAtAll(batch, plan);
	if (ledger.resumed || batch.tally.hasFailed) return plan;
	plan.queue.sort((a, b) => a.index - b.index);
	await expectOneAccount(batch, plan);
	await checkAll(batch, plan);
	if (!batch.tally.hasFailed) await refuseLost(batch, plan);
	return plan;
}

async function readAll(batch: Batch): Promise<Plan> {
	const { context, operation, session, tally } = batch;
	const { ledger } = session;
	const plan: Plan = { queue: [], pickedUp: [] };
	// Reading a thousand items takes seconds. Without pauses, n8n could not answer anybody in that time.
	const turn = takingTurns(session.host);
	for (const index of context.getInputData().keys()) {
		if (tally.settled.has(index)) continue;
		await turn();
		const work: Work = { index };
		const isPickedUp = requestOf(ledger.entry(index)) && (operation.accepted ?? operation.ended);
		await attempt(batch, work, () => {
			if (!isPickedUp && ledger.resumed) return void plan.queue.push(work);
			work.item = readItem(context, index);
			expectNoEnd(batch, work);
			if (isPickedUp) return void plan.pickedUp.push(work);
			readAgain(batch, work);
			plan.queue.push(work);
		});
	}
	return plan;
}

/** @throws RunComfyError the failure of an earlier try, if it must not be paid for again */
function expectNoEnd({ session }: Batch, { index }: Work): void {
	const entry = session.ledger.entry(index);
	const end = endErrorOf(entry);
	if (!end) return;
	const isPaid = paidRequestOf(entry) && requestOutcome(end).request === 'ended';
	// Only a person, or a loop that somebody has drawn, pays for a failed run again.
	throw isPaid ? end.with({ hint: `${end.hint} ${LOOP}` }) : end;
}

const LOOP =
	'Retry On Fail never submits an item again that was accepted. To repeat a failed run, lead the error output through an If node back to this node, or choose Executions > Retry.';

/** Reads the parameters of an item that is to be submitted. @throws RunComfyError */
function readAgain({ operation, session }: Batch, work: Work): void {
	session.ledger.drop(work.index);
	work.parameters = operation.read(work.item!);
}

/** How many requests are looked at, or canceled, at the same time. */
export const CALLS_AT_ONCE = 20;

/** Looks once at each request of an earlier try; after a wake-up, only at those that it names. */
async function lookAtAll(batch: Batch, { pickedUp, queue }: Plan): Promise<void> {
	const { operation, session } = batch;
	const { ledger } = session;
	const toLookAt = pickedUp.filter((work) => {
		const { requestId } = requestOf(ledger.entry(work.index))!;
		work.isUnderWay = ledger.woken?.has(requestId) === false;
		return !work.isUnderWay && (operation.ended ?? ledger.retried);
	});
	const gone = new Set<Work>();
	await mapSettled(toLookAt, CALLS_AT_ONCE, async (work) => {
		const entry = ledger.entry(work.index)!;
		const { seen } = entry.receipt!;
		const look = await lookAt(session.client, requestOf(entry)!, { signal: session.signal, seen });
		if (ledger.retried && isGone(entry.receipt!, look, session.host.now())) gone.add(work);
		else note(batch, work, look);
	});
	for (const work of gone) {
		pickedUp.splice(pickedUp.indexOf(work), 1);
		await attempt(batch, work, () => {
			readAgain(batch, work);
			queue.push(work);
		});
	}
}

/** RunComfy knows a request for so many milliseconds. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Whether *Executions > Retry* submits the item again: its request has failed, or RunComfy has forgotten it. */
function isGone({ state, at }: Receipt, { result, error }: Look, now: number): boolean {
	if (state !== 'accepted') return false;
	if (result) return result.status !== 'succeeded';
	const isUnknown = error instanceof RunComfyError && error.code === 'not_found';
	return isUnknown && now - at > KEPT_MS;
}

function note({ session: { ledger } }: Batch, work: Work, { result, seen }: Look): void {
	work.result = result;
	if (!seen) return;
	ledger.keep(work.index, observedReceipt(ledger.entry(work.index)!.receipt!, seen));
	work.isUnderWay = seen.state === 'in_queue' || seen.state === 'in_progress';
}

/** All items must use the same account. Otherwise, nothing is submitted. */
async function expectOneAccount({ session, tally }: Batch, { queue }: Plan): Promise<void> {
	try {
		await session.tokens.expectOneAccount(queue.map(({ index }) => index));
	} catch (error) {
		for (const { index } of queue.splice(0)) tally.fail(index, error);
	}
}

async function checkAll(batch: Batch, plan: Plan): Promise<void> {
	const turn = takingTurns(batch.session.host);
	const toCheck = plan.queue.splice(0);
	await mapSettled(toCheck, batch.options.limit, (work) =>
		attempt(batch, work, async () => {
			await turn();
			await check(batch, work);
		}),
	);
	plan.queue.push(...toCheck.filter(({ isChecked }) => isChecked));
}

/** Checks an item's parameters against the account, without any cost; reads them first if need be. @throws RunComfyError */
export async function check({ context, operation, session }: Batch, work: Work): Promise<void> {
	if (work.isChecked) return;
	work.item ??= readItem(context, work.index);
	work.parameters ??= operation.read(work.item);
	if (operation.check) {
		work.parameters = await operation.check(work.parameters, work.item, session);
	}
	work.isChecked = true;
}

/**
 * If n8n was killed before it stored its requests, the first retry refuses to submit items that may have been paid
 * for. A retry of that retry submits them, because the user then knows about the risk.
 */
async function refuseLost({ operation, session, tally, note }: Batch, plan: Plan): Promise<void> {
	const { ledger } = session;
	if (!operation.submits || !ledger.retried || plan.queue.length === 0) return;
	if (!(await note.isFound())) return;
	const isLost = ({ index }: Work) => !ledger.known.has(index);
	const lost = plan.queue.filter(isLost);
	plan.queue = plan.queue.filter((work) => !isLost(work));
	for (const { index, parameters } of lost) {
		const { target } = operation.submits(parameters);
		const error = new RunComfyError('submit_unconfirmed', lostMessage(lost.length), {
			...target,
			hint: lostHint(ledger.retryOf),
		});
		ledger.noteLost(index, error);
		tally.fail(index, error);
	}
}

function lostMessage(count: number): string {
	const what = count === 1 ? 'the request of this item' : `the requests of ${count} items`;
	return `It is not known whether RunComfy accepted ${what}: the execution ended before n8n could store that`;
}

function lostHint(retryOf: string | undefined): string {
	const which = retryOf
		? `"execution ${retryOf},"`
		: 'the number of the execution that you retried';
	return `If it did, you pay for that, and n8n’s log has the IDs: search it for "RunComfy request" and ${which}, and fetch the results with Get Result. Then run the workflow again for the other items, or choose Executions > Retry for this execution, which submits all of these again.`;
}

/** Does a part of an item's work. If it throws, the item has failed. */
async function attempt(
	{ tally }: Batch,
	{ index }: Work,
	part: () => void | Promise<void>,
): Promise<void> {
	try {
		await part();
	} catch (error) {
		tally.fail(index, error);
	}
}
