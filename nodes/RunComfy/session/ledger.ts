import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import {
	afterError,
	RunComfyError,
	type ErrorCode,
	type ErrorFacts,
	type Notes,
	type RequestRef,
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
	/** Whether the request is to go on although its item failed, such as after a timeout. */
	goesOn?: boolean;
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
interface Page {
	tries: number;
	/** Whether it failed, so that another try or execution may take its requests up. */
	failed: boolean;
	entries: Record<number, Entry>;
}

/** Pages by run, in the context that n8n keeps for the node. */
interface Kept {
	requests?: Record<string, Page>;
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
	see(itemIndex: number, status: string): void;
	/** Notes what an item's failure says about its request. */
	fail(itemIndex: number, error: unknown): void;
	/** Lets the item be submitted anew. */
	drop(itemIndex: number): void;
	/** Ends this try. Only what may still be taken up is kept. */
	close(end: 'done' | 'failed' | 'retry'): void;
}

/** `fingerprint`: of the submit of an item, the same in every try. */
export function openLedger(
	context: IExecuteFunctions,
	fingerprint: (itemIndex: number) => string,
): Ledger {
	const kept: Kept = context.getContext('node');
	const pages = (kept.requests ??= {});
	const run = String(context.getWorkflowDataProxy(0).$runIndex);
	const page = pages[run] ?? takeOver(context, pages, fingerprint) ?? emptyPage();
	page.tries += 1;
	page.failed = false;
	pages[run] = page;
	const note = (itemIndex: number, facts: Partial<Entry>) => {
		const before = page.entries[itemIndex] ?? { status: 'unknown', fingerprint: '' };
		page.entries[itemIndex] = { ...before, ...facts };
	};

	return {
		triesLeft: page.tries < triesOf(context),
		find(itemIndex) {
			const entry = page.entries[itemIndex];
			return entry && entry.fingerprint === fingerprint(itemIndex) ? entry : undefined;
		},
		entries: () => Object.entries(page.entries).map(([item, entry]) => [Number(item), entry]),
		accept(itemIndex, accepted) {
			page.entries[itemIndex] = {
				accepted,
				status: accepted.answer.status,
				fingerprint: fingerprint(itemIndex),
			};
		},
		create(itemIndex, created) {
			page.entries[itemIndex] = {
				created,
				status: 'created',
				fingerprint: fingerprint(itemIndex),
			};
		},
		see: (itemIndex, status) => note(itemIndex, { status, goesOn: false }),
		fail(itemIndex, error) {
			const entry = page.entries[itemIndex];
			if (!(error instanceof RunComfyError) || entry?.ended) return;
			const known = entry !== undefined;
			const ended = endsRequest(error) ? toEnded(error) : undefined;
			if (!known && !ended) return;
			const { status } = afterError(error);
			note(itemIndex, {
				...(known ? {} : { fingerprint: fingerprint(itemIndex) }),
				...(ended ? { ended } : {}),
				...(status === undefined ? {} : { status }),
				goesOn: goesOn(error),
			});
		},
		drop: (itemIndex) => void delete page.entries[itemIndex],
		close(end) {
			if (end === 'retry') {
				page.failed = true;
				return;
			}
			const entries = end === 'failed' ? alive(page) : {};
			delete pages[run];
			if (Object.keys(entries).length > 0) pages[run] = { tries: 0, failed: true, entries };
			if (Object.keys(pages).length === 0) delete kept.requests;
		},
	};
}

export function refOf({ answer }: Accepted): RequestRef {
	return { deploymentId: answer.deployment_id, requestId: answer.request_id };
}

/** The error that ended the request of an entry. */
export function endOf({ ended }: Entry): RunComfyError | undefined {
	return ended && new RunComfyError(ended.code, ended.message, ended);
}

/** Whether the request that an item failed with goes on at RunComfy and can be fetched later. */
export function goesOn(error: unknown): boolean {
	if (!(error instanceof RunComfyError) || error.requestId === undefined) return false;
	return error.retryable && !endsRequest(error);
}

function emptyPage(): Page {
	return { tries: 0, failed: false, entries: {} };
}

/**
 * Where an agent calls its tools itself, each try counts as another run: the page to go on with is
 * that of a failed call with the same input.
 */
function takeOver(
	context: IExecuteFunctions,
	pages: Record<string, Page>,
	fingerprint: (itemIndex: number) => string,
): Page | undefined {
	if (!context.isToolExecution?.()) return undefined;
	for (const [run, page] of Object.entries(pages)) {
		if (!page.failed || page.entries[0]?.fingerprint !== fingerprint(0)) continue;
		delete pages[run];
		return page;
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

function alive({ entries }: Page): Record<number, Entry> {
	return Object.fromEntries(Object.entries(entries).filter(([, { ended }]) => !ended));
}
