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

type Request = { item: number; request_id: string; status: string };

interface Told {
	/** Whether n8n has *Executions > Retry* for this execution. */
	hasRetry?: boolean;
	/** Items for which nothing was submitted. */
	unsent?: readonly number[];
}

/** How many requests a message names. The error's data has all of them. */
const MOST_NAMED = 20;

/**
 * Adds to the error the requests of the run, how to fetch paid results, and which submits are
 * unclear, so that the user does not pay for them twice.
 */
export function withRequests(
	thrown: unknown,
	entries: Entries,
	severalItems: boolean,
	{ hasRetry = true, unsent = [] }: Told = {},
): unknown {
	const error = withHint(thrown);
	const requests = entries.flatMap(([item, entry]): Request[] => {
		const ref = paidRequestOf(entry);
		return ref ? [{ item, ...idsOf(ref), status: requestStatus(entry) }] : [];
	});
	const unclear = severalItems ? unclearIn(entries) : [];
	const itemLabel = (item: number) => (severalItems ? [`[item ${item}]`] : []);
	const [[, one = {}] = []] = unclear;
	const paragraphs = [
		...list(
			severalItems ? 'Requests of this run:' : 'Request:',
			requests,
			({ item, request_id, status }) => [
				request_id,
				...itemLabel(item),
				SEEN_UNDER_WAY[status] ?? status,
			],
		),
		...(requests.length > 0 ? adviceOn(requests, severalItems, error, hasRetry) : []),
		...list(
			`RunComfy may have accepted these submits. Look at the requests of the ${kindOf(one)} on RunComfy before you run the items again, or you may pay twice:`,
			unclear,
			([item, target]) => [`[item ${item}]`, String(targetId(target))],
		),
	];
	if (paragraphs.length === 0) return thrown;
	if (unsent.length > 0) paragraphs.push(`Items without a request: ${firstOf(unsent)}.`);
	const unconfirmed = unclear.map(([item, target]) => {
		return { item, ...idsOf(idsIn(target)) };
	});
	const lists = Object.entries({ requests, unconfirmed });
	const filled = lists.filter(([, { length }]) => length > 0);
	return error.with({
		hint: [error.hint, ...paragraphs].join('\n'),
		details: { ...error.details, ...Object.fromEntries(filled) },
	});
}

/** States that may have changed in the meantime. */
const SEEN_UNDER_WAY: Record<string, string> = {
	in_queue: '(last seen in the queue)',
	in_progress: '(last seen in progress)',
};

/** Targets of submits that RunComfy may or may not have accepted. */
function unclearIn(entries: Entries): Array<[item: number, target: object]> {
	return entries.flatMap(([item, entry]) => {
		const target = unclearSubmit(entry);
		return target ? [[item, target]] : [];
	});
}

function list<T>(title: string, all: readonly T[], words: (one: T) => string[]): string[] {
	if (all.length === 0) return [];
	const named = all.slice(0, MOST_NAMED).map((one) => `- ${words(one).join(' ')}`);
	const more = all.length - named.length;
	return [title, ...named, ...(more > 0 ? [`- and ${more} more`] : [])];
}

function firstOf(items: readonly number[]): string {
	const more = items.length - MOST_NAMED;
	return items.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** What to do about paid requests. */
function adviceOn(
	requests: readonly Request[],
	severalItems: boolean,
	error: RunComfyError,
	hasRetry: boolean,
): string[] {
	if (!severalItems) {
		const goesOn = requestOutcome(error).request === 'goes_on';
		return goesOn ? ['Get Result fetches what it gives.'] : [];
	}
	if (!requests.some(({ status }) => status === 'succeeded')) {
		return ['Get Result fetches what they gave.'];
	}
	const how = hasRetry
		? 'Executions > Retry picks them up, and Get Result fetches each by its ID.'
		: 'Get Result fetches each by its ID.';
	return [
		`Those that succeeded are not lost, and are not paid for again: ${how}`,
		'To output their results right away, set On Error to Continue in the node’s settings.',
	];
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
		const entries = ledger.entries();
		const error = withHint(thrown, CREDENTIAL_HINT);
		const told = error.with({ hint: `${error.hint} ${PICKED_UP}` });
		const named = withRequests(told, entries, context.getInputData().length > 1);
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
