import type { IExecuteFunctions } from 'n8n-workflow';
import {
	compact,
	idsIn,
	idsOf,
	kindOf,
	messageOf,
	requestOutcome,
	RunComfyError,
	targetId,
} from '../../../core';
import { isAgentCall } from '../items/agent';
import { toNodeError } from '../items/errors';
import { type Entry, paidRequestOf, requestStatus, unclearSubmit } from '../session/entry';
import type { Ledger } from '../session/ledger';
import { openSession, type Session } from '../session/session';
import { isOnNewEngine } from '../wait/reentry';

type Entries = ReadonlyArray<[itemIndex: number, entry: Entry]>;

/** A request of this run, or a submit that may have been accepted. */
interface Named {
	item: number;
	request_id?: string;
	status: string;
}

interface Told {
	severalItems: boolean;
	/** Whether n8n has *Executions > Retry* for this execution. */
	hasRetry?: boolean;
	/** Items for which nothing was submitted. */
	unsent?: readonly number[];
}

/** How many requests a message names. The error's data has all of them. */
const MOST_NAMED = 20;

/**
 * Adds to the error the requests of the run, and what to do about them, so that the user does not pay for them twice.
 * The error of a single item says by itself that its submit is unclear.
 */
export function withRequests(
	thrown: unknown,
	entries: Entries,
	{ severalItems, hasRetry = true, unsent = [] }: Told,
): unknown {
	const named = entries.flatMap(([item, entry]): Array<[Named, line: string]> => {
		const ref = paidRequestOf(entry) ?? (severalItems ? unclearSubmit(entry) : undefined);
		if (!ref) return [];
		const status = requestStatus(entry);
		const target = `${kindOf(ref)} ${targetId(ref) ?? 'unknown'}`;
		const where = severalItems ? ` [item ${item}]` : '';
		const line = `- ${ref.requestId ?? 'a submit'} of ${target}${where} ${WORDS[status] ?? status}`;
		return [[{ item, ...idsOf(idsIn(ref)), status }, line]];
	});
	if (named.length === 0) return thrown;
	const error = withHint(thrown);
	const requests = named.map(([one]) => one);
	const lines = named.slice(0, MOST_NAMED).map(([, line]) => line);
	const more = named.length - lines.length;
	const paragraphs = [
		error.hint,
		severalItems ? 'Requests of this run:' : 'Request:',
		...lines,
		...(more > 0 ? [`- and ${more} more`] : []),
		...(severalItems ? adviceOn(requests, hasRetry) : adviceOnOne(error)),
		...(unsent.length > 0 ? [`Items without a request: ${firstOf(unsent)}.`] : []),
	];
	return error.with({ hint: paragraphs.join('\n'), details: { ...error.details, requests } });
}

/** States that may have changed in the meantime, or that need an explanation. */
const WORDS: Record<string, string> = {
	in_queue: '(last seen in the queue)',
	in_progress: '(last seen in progress)',
	unconfirmed: '(RunComfy may have accepted it)',
};

function firstOf(items: readonly number[]): string {
	const more = items.length - MOST_NAMED;
	return items.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const OVER = ['failed', 'canceled', 'cancellation_requested'];

/** What to do about the requests of several items. */
function adviceOn(requests: readonly Named[], hasRetry: boolean): string[] {
	const has = (is: (one: Named) => boolean, advice: string) => (requests.some(is) ? [advice] : []);
	const how = hasRetry ? 'Executions > Retry picks it up, and ' : '';
	return [
		...has(
			({ request_id, status }) => request_id !== undefined && !OVER.includes(status),
			`What has succeeded, runs or is queued is not lost, and is not paid for again: ${how}Get Result fetches each by its ID.`,
		),
		...has(
			({ status }) => status === 'succeeded',
			'To output their results right away, set On Error to Continue in the node’s settings.',
		),
		...has(
			({ status }) => status === 'unconfirmed',
			'Look for unconfirmed submits on RunComfy before you run their items again, or you may pay twice.',
		),
	];
}

function adviceOnOne(error: RunComfyError): string[] {
	const goesOn = requestOutcome(error).request === 'goes_on';
	return goesOn ? ['Get Result fetches what it gives.'] : [];
}

/**
 * Opens the session of this try. If the credential cannot be read, or has another base URL by now, the try ends with an
 * error that names the requests of earlier tries.
 * @throws NodeApiError, NodeOperationError
 */
export async function openOrName(context: IExecuteFunctions, ledger: Ledger): Promise<Session> {
	try {
		const session = await openSession(context, ledger.baseUrl);
		ledger.staysAt(session.client.baseUrl);
		return session;
	} catch (thrown) {
		const error = withHint(thrown, CREDENTIAL_HINT);
		const told = error.with({ hint: `${error.hint} ${PICKED_UP}` });
		const severalItems = context.getInputData().length > 1;
		const named = withRequests(told, ledger.entries(), { severalItems });
		ledger.close('failed');
		throw toNodeError(named === told ? thrown : named, shownTo(context));
	}
}

/** Who reads the node's errors, and what parts they see. */
export function shownTo(context: IExecuteFunctions) {
	const agent = isAgentCall(context);
	return {
		node: context.getNode(),
		forAgent: agent,
		messageOnly: agent || isOnNewEngine(context),
	};
}

/** Errors of n8n itself, such as those of expressions, have their hint in another field. */
function withHint(thrown: unknown, fallback?: string): RunComfyError {
	if (thrown instanceof RunComfyError) return thrown;
	const { description } = Object(thrown) as { description?: unknown };
	const hint = typeof description === 'string' && description !== '' ? description : fallback;
	return new RunComfyError('invalid_input', messageOf(thrown), compact({ hint }));
}

const CREDENTIAL_HINT = 'Choose a RunComfy API credential in the node.';

const PICKED_UP =
	'Once you have fixed that, Executions > Retry picks up what was submitted and pays for nothing again; Get Result fetches it by its ID.';
