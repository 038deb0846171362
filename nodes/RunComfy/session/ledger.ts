import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import {
	afterError,
	type CancelOutcome,
	type ErrorCode,
	type ErrorFacts,
	type Notes,
	type RequestRef,
	RunComfyError,
	type SubmitAnswer,
} from '../../../core';

/** What one item has submitted. Plain data, since n8n stores it with the execution. */
export interface Entry {
	/** Absent where RunComfy may or may not have accepted the request. */
	accepted?: Accepted;
	/** The deployment that the item has created, as it comes out. */
	created?: IDataObject;
	/** State of the request as last seen from here, in the API's words. */
	status: string;
	/** Whether the item failed and its request was left running, such as after a timeout. */
	leftRunning?: boolean;
	/** Why nothing more comes of the request. */
	ended?: Ended;
	/** Tells the submit from another one: the parameters and the input item that it was made of. */
	fingerprint: string;
}

/** A request that RunComfy has accepted: it is paid for. */
export interface Accepted {
	answer: SubmitAnswer;
	/** Milliseconds since the epoch. */
	at: number;
	/** What the items that come out say of its inputs. */
	notes: Notes;
}

interface Ended extends ErrorFacts {
	code: ErrorCode;
	message: string;
}

/** One run of the node with all of its tries. */
interface NodeRun {
	tries: number;
	/** Whether it failed, so that another try or execution may take its requests up. */
	failed: boolean;
	entries: Record<number, Entry>;
}

/** In the context that n8n keeps for the node: its runs by their index. */
interface NodeContext {
	requests?: Record<string, NodeRun>;
}

/**
 * What this run of the node has submitted, try after try. n8n keeps the context of a node while it
 * retries the node (Retry On Fail), and stores it with a failed execution, which a user may retry.
 */
export interface Ledger {
	/** Whether n8n runs the node again should this try fail. */
	readonly triesLeft: boolean;
	/** What an earlier try has submitted for the item. */
	find(itemIndex: number): Entry | undefined;
	entries(): Array<[itemIndex: number, entry: Entry]>;
	accept(itemIndex: number, accepted: Accepted): void;
	/** Notes a deployment: it may cost money as long as it is there. */
	create(itemIndex: number, created: IDataObject): void;
	/** Notes the state of a request, in the API's words. */
	setStatus(itemIndex: number, status: string): void;
	/** Notes what an item's failure says about its request. */
	fail(itemIndex: number, error: unknown): void;
	/** Notes the answer to a cancel that nobody waits for; undefined where none came. */
	noteCancel(itemIndex: number, answer: CancelOutcome | undefined): void;
	/** Lets the item be submitted anew. */
	drop(itemIndex: number): void;
	/** Ends this try. Only what may still be taken up is kept. */
	close(end: 'done' | 'failed' | 'retry'): void;
}

export interface LedgerOptions {
	/** Of the submit of an item, the same in every try. */
	fingerprint(itemIndex: number): string;
	/** Called for each request that RunComfy has accepted. */
	onAccepted(itemIndex: number, accepted: Accepted): void;
	/** Called for each cancel that is answered when the node has ended already. */
	onLateCancel(itemIndex: number, entry: Entry): void;
}

export function openLedger(
	context: IExecuteFunctions,
	{ fingerprint, onAccepted, onLateCancel }: LedgerOptions,
): Ledger {
	const stored: NodeContext = context.getContext('node');
	const runs = (stored.requests ??= {});
	const index = String(context.getWorkflowDataProxy(0).$runIndex);
	const run = runs[index] ?? takeOver(context, runs, fingerprint) ?? emptyRun();
	for (const entry of Object.values(run.entries)) rename(entry);
	run.tries += 1;
	run.failed = false;
	runs[index] = run;
	let closed = false;
	const update = (itemIndex: number, facts: Partial<Entry>): Entry => {
		const before = run.entries[itemIndex] ?? { status: 'unknown', fingerprint: '' };
		return (run.entries[itemIndex] = { ...before, ...facts });
	};

	return {
		triesLeft: run.tries < triesOf(context),
		find(itemIndex) {
			const entry = run.entries[itemIndex];
			return entry && entry.fingerprint === fingerprint(itemIndex) ? entry : undefined;
		},
		entries: () => Object.entries(run.entries).map(([item, entry]) => [Number(item), entry]),
		accept(itemIndex, accepted) {
			run.entries[itemIndex] = {
				accepted,
				status: accepted.answer.status,
				fingerprint: fingerprint(itemIndex),
			};
			onAccepted(itemIndex, accepted);
		},
		create(itemIndex, created) {
			run.entries[itemIndex] = {
				created,
				status: 'created',
				fingerprint: fingerprint(itemIndex),
			};
		},
		setStatus: (itemIndex, status) => void update(itemIndex, { status, leftRunning: false }),
		fail(itemIndex, error) {
			const entry = run.entries[itemIndex];
			if (!(error instanceof RunComfyError) || entry?.ended) return;
			const known = entry !== undefined;
			// A request whose id is known can be asked for: no need to guess whether it was accepted.
			const waitable = entry?.accepted !== undefined && isUnconfirmed(error);
			const ended = endsRequest(error) && !waitable ? toEnded(error) : undefined;
			if (!known && !ended) return;
			const { status } = afterError(error);
			update(itemIndex, {
				...(known ? {} : { fingerprint: fingerprint(itemIndex) }),
				...(ended ? { ended } : {}),
				...(status === undefined ? {} : { status }),
				leftRunning: leavesRunning(error),
			});
		},
		noteCancel(itemIndex, answer) {
			const { status = 'unknown' } = afterError(canceledWith(answer));
			const entry = update(itemIndex, { status });
			if (closed) onLateCancel(itemIndex, entry);
		},
		drop: (itemIndex) => void delete run.entries[itemIndex],
		close(end) {
			closed = true;
			if (end === 'retry') {
				run.failed = true;
				return;
			}
			const entries = end === 'failed' ? unfinished(run) : {};
			delete runs[index];
			if (Object.keys(entries).length > 0) runs[index] = { tries: 0, failed: true, entries };
			if (Object.keys(runs).length === 0) delete stored.requests;
		},
	};
}

export function refOf({ answer }: Accepted): RequestRef {
	return { deploymentId: answer.deployment_id, requestId: answer.request_id };
}

/** What a request was ended with that was canceled; its details say what RunComfy answered. */
export function canceledWith(answer: CancelOutcome | undefined): RunComfyError {
	return new RunComfyError('aborted', 'Canceled', { details: { cancel: answer ?? 'no answer' } });
}

/** The error that ended the request of an entry. */
export function endErrorOf({ ended }: Entry): RunComfyError | undefined {
	return ended && new RunComfyError(ended.code, ended.message, ended);
}

/**
 * Whether the request of an item that failed with this error goes on at RunComfy. Its result can be
 * fetched by its id, and another try takes it up: the failure is no reason to cancel anything.
 */
export function leavesRunning(error: unknown): boolean {
	return error instanceof RunComfyError && afterError(error).request === 'goes_on';
}

/** Executions that an earlier version has stored may still be retried. */
function rename(entry: Entry & { goesOn?: boolean }): void {
	if (entry.goesOn === undefined) return;
	entry.leftRunning ??= entry.goesOn;
	delete entry.goesOn;
}

function emptyRun(): NodeRun {
	return { tries: 0, failed: false, entries: {} };
}

/**
 * Where an agent calls its tools itself, each try counts as another run: the one to go on with is the
 * failed call with the same input.
 */
function takeOver(
	context: IExecuteFunctions,
	runs: Record<string, NodeRun>,
	fingerprint: (itemIndex: number) => string,
): NodeRun | undefined {
	if (!context.isToolExecution?.()) return undefined;
	for (const [index, run] of Object.entries(runs)) {
		if (!run.failed || run.entries[0]?.fingerprint !== fingerprint(0)) continue;
		delete runs[index];
		return run;
	}
	return undefined;
}

// The bounds are n8n's own.
function triesOf(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries } = context.getNode();
	return retryOnFail === true ? Math.min(5, Math.max(2, maxTries || 3)) : 1;
}

/** Whether RunComfy may have accepted a submit that it did not confirm. */
export function isUnconfirmed(error: RunComfyError): boolean {
	return afterError(error).status === 'unconfirmed';
}

/** Whether waiting for the request again could only give the same, or must not be tried. */
function endsRequest(error: RunComfyError): boolean {
	const { request } = afterError(error);
	return request === 'ended' || request === 'unknown';
}

function toEnded(error: RunComfyError): Ended {
	return error.toJSON();
}

function unfinished({ entries }: NodeRun): Record<number, Entry> {
	return Object.fromEntries(Object.entries(entries).filter(([, { ended }]) => !ended));
}
