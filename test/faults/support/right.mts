// The table of correct behavior for the matrix of faults, derived from the contract (errors, retries, "submit is not
// idempotent") and the API's documentation, not from the code.
import { type ErrorCode } from '../../../core/errors';

/** Groups of endpoints that must behave alike. */
export type Group =
	| 'read'
	| 'cancel'
	| 'update'
	/** Paid calls without an idempotency key. */
	| 'paid'
	/** Calls whose failure is a note, not an error. */
	| 'object_info'
	| 'download';

export interface Right {
	/** `ok`: the answer is used; `note`: the call succeeds without it, and says so. */
	code: ErrorCode | 'ok' | 'note';
	/** Number of calls while the fault lasts. */
	sends: number;
}

type Row = readonly [read: Right, paid: Right, download: Right];

const r = (code: Right['code'], sends = 1): Right => ({ code, sends });

/** Attempts for a read or a file. */
const READS = 6;
/** Attempts for a call that must not be repeated, if none arrived or was accepted. */
const SUBMITS = 4;

const OK = r('ok');
const UNKNOWN = r('submit_unconfirmed');
const LOST = r('output_unavailable');
const LOST_LATE = r('output_unavailable', READS);
const AWAY = r('service_unavailable');
const AWAY_LATE = r('service_unavailable', READS);
const AWAY_SUBMITS = r('service_unavailable', SUBMITS);
const BUSY_LATE = r('rate_limited', READS);
const BUSY_SUBMITS = r('rate_limited', SUBMITS);
const BAD = r('bad_response');
const BAD_LATE = r('bad_response', READS);

/** A refusal is certain, whichever call gets it. */
const refusal = (code: ErrorCode, download: Right = LOST): Row => [r(code), r(code), download];

const ROWS = {
	undelivered: [AWAY_LATE, AWAY_SUBMITS, LOST_LATE],
	broken: [AWAY_LATE, UNKNOWN, LOST_LATE],
	silent: [AWAY_LATE, UNKNOWN, LOST_LATE],
	slow: [AWAY_LATE, UNKNOWN, OK],
	untrusted: [AWAY, AWAY, LOST_LATE],
	// A proxy in front of RunComfy redirects without forwarding the call. The token does not follow.
	redirect: [BAD, BAD, OK],
	redirect_loop: [BAD, BAD, LOST],
	malformed: refusal('invalid_request'),
	unauthorized: refusal('auth_failed'),
	unpaid: refusal('insufficient_funds'),
	forbidden: refusal('forbidden', LOST_LATE),
	missing: refusal('not_found', LOST_LATE),
	gone: refusal('invalid_request'),
	refused: refusal('invalid_request'),
	unfit: refusal('invalid_request'),
	no_funds: refusal('insufficient_funds'),
	disabled: refusal('deployment_disabled'),
	deleted: refusal('deployment_deleted'),
	late: [AWAY_LATE, UNKNOWN, LOST_LATE],
	throttled: [BUSY_LATE, BUSY_SUBMITS, LOST_LATE],
	throttled_inside: [BUSY_LATE, BUSY_SUBMITS, LOST],
	throttled_long: refusal('rate_limited', LOST_LATE),
	unavailable: [AWAY_LATE, UNKNOWN, LOST_LATE],
	unavailable_told: [AWAY_LATE, AWAY_SUBMITS, LOST_LATE],
	unavailable_long: [AWAY, AWAY, LOST_LATE],
	page: [BAD_LATE, UNKNOWN, LOST_LATE],
	cut_off: [BAD_LATE, UNKNOWN, LOST_LATE],
	text: [BAD_LATE, UNKNOWN, OK],
	empty: [BAD_LATE, UNKNOWN, LOST_LATE],
	wrong_form: [BAD_LATE, UNKNOWN, OK],
	// An oversized answer may be correct and would be too large again, so the call is not repeated.
	too_large: [BAD, UNKNOWN, LOST],
	harmless: [OK, OK, OK],
} satisfies Record<string, Row>;

/** The category of a fault. */
export type Kind = keyof typeof ROWS;

/** Endpoints that need less: any answer to a cancel proves that the call arrived. */
const CONTENT: Partial<Record<Group, Partial<Record<Kind, Right>>>> = {
	cancel: { empty: OK, wrong_form: OK },
	// The update then reads the deployment.
	update: { empty: OK },
};

const COLUMN: Record<Exclude<Group, 'object_info'>, 0 | 1 | 2> = {
	read: 0,
	cancel: 0,
	update: 0,
	paid: 1,
	download: 2,
};

const NO_NOTE: readonly Kind[] = ['redirect', 'harmless'];

export function rightOf(group: Group, kind: Kind): Right {
	if (group === 'object_info') return NO_NOTE.includes(kind) ? OK : r('note');
	return CONTENT[group]?.[kind] ?? ROWS[kind][COLUMN[group]];
}
