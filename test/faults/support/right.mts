// The table of correct behavior in the matrix of faults. It follows from the contract (errors, retries, "submit is
// not idempotent") and from the API's pages, not from what the code does.
import { type ErrorCode } from '../../../core/errors';

/** Groups of endpoints that must behave alike. */
export type Group =
	| 'read'
	| 'cancel'
	| 'update'
	| 'delete'
	/** Paid for, and with no key against a second one. */
	| 'paid'
	/** Does what nobody knows, so it is not done twice. */
	| 'once'
	/** Its failure is a note, not an error. */
	| 'object_info'
	| 'download';

export interface Right {
	/** `ok`: the answer is taken; `note`: the call goes on without it, and says so. */
	code: ErrorCode | 'ok' | 'note';
	/** How many calls are made while the fault lasts. */
	sends: number;
}

type Row = readonly [read: Right, paid: Right, once: Right, download: Right];

const r = (code: Right['code'], sends = 1): Right => ({ code, sends });

/** How many calls a read, or a file, takes before it is given up. */
const READS = 6;
/** How many calls are made for what must not be done twice, if none arrived or was accepted. */
const SUBMITS = 4;

const OK = r('ok');
const UNKNOWN = r('submit_unconfirmed');
const LOST = r('output_unavailable');
const LOST_LATE = r('output_unavailable', READS);
/** One more call, with the address that the result then gives. */
const LOST_TWICE = r('output_unavailable', 2);
const AWAY = r('service_unavailable');
const AWAY_LATE = r('service_unavailable', READS);
const AWAY_SUBMITS = r('service_unavailable', SUBMITS);
const BUSY_LATE = r('rate_limited', READS);
const BUSY_SUBMITS = r('rate_limited', SUBMITS);
const BAD = r('bad_response');
const BAD_LATE = r('bad_response', READS);

/** A refusal is certain, whichever call gets it. */
const refusal = (code: ErrorCode, download: Right = LOST): Row => [
	r(code),
	r(code),
	r(code),
	download,
];

const ROWS = {
	undelivered: [AWAY_LATE, AWAY_SUBMITS, AWAY_SUBMITS, LOST_LATE],
	broken: [AWAY_LATE, UNKNOWN, AWAY, LOST_LATE],
	silent: [AWAY_LATE, UNKNOWN, AWAY, LOST_LATE],
	untrusted: [AWAY, AWAY, AWAY, LOST_LATE],
	// Something in front of RunComfy redirects, and has passed nothing on. The token does not follow.
	redirect: [BAD, BAD, BAD, OK],
	redirect_loop: [BAD, BAD, BAD, LOST],
	malformed: refusal('invalid_request', LOST_TWICE),
	unauthorized: refusal('auth_failed', LOST_TWICE),
	unpaid: refusal('insufficient_funds'),
	forbidden: refusal('forbidden', LOST_TWICE),
	missing: refusal('not_found', LOST_TWICE),
	gone: refusal('invalid_request', LOST_TWICE),
	refused: refusal('invalid_request'),
	unfit: refusal('invalid_request'),
	no_funds: refusal('insufficient_funds'),
	disabled: refusal('deployment_disabled'),
	deleted: refusal('deployment_deleted'),
	late: [AWAY_LATE, UNKNOWN, AWAY, LOST_LATE],
	throttled: [BUSY_LATE, BUSY_SUBMITS, BUSY_SUBMITS, LOST_LATE],
	throttled_inside: [BUSY_LATE, BUSY_SUBMITS, BUSY_SUBMITS, LOST],
	throttled_long: refusal('rate_limited'),
	unavailable: [AWAY_LATE, UNKNOWN, AWAY, LOST_LATE],
	unavailable_told: [AWAY_LATE, AWAY_SUBMITS, AWAY_SUBMITS, LOST_LATE],
	unavailable_long: [AWAY, AWAY, AWAY, LOST],
	page: [BAD_LATE, UNKNOWN, BAD, LOST_LATE],
	cut_off: [BAD_LATE, UNKNOWN, OK, LOST_LATE],
	text: [BAD_LATE, UNKNOWN, OK, OK],
	empty: [BAD_LATE, UNKNOWN, OK, LOST_LATE],
	wrong_form: [BAD_LATE, UNKNOWN, OK, OK],
	// An answer that is too large will be too large again, and may be correct, so the call is not repeated.
	too_large: [BAD, UNKNOWN, BAD, LOST],
	harmless: [OK, OK, OK, OK],
} satisfies Record<string, Row>;

/** The category of a fault. */
export type Kind = keyof typeof ROWS;

/** Some endpoints need less: any answer to a cancel or a delete says that the call arrived. */
const CONTENT: Partial<Record<Group, Partial<Record<Kind, Right>>>> = {
	cancel: { empty: OK, wrong_form: OK },
	delete: { empty: OK, wrong_form: OK },
	// After that, it reads the deployment.
	update: { empty: OK },
};

const COLUMN: Record<Exclude<Group, 'object_info'>, 0 | 1 | 2 | 3> = {
	read: 0,
	cancel: 0,
	update: 0,
	delete: 0,
	paid: 1,
	once: 2,
	download: 3,
};

const NO_NOTE: readonly Kind[] = ['redirect', 'harmless'];

export function rightOf(group: Group, kind: Kind): Right {
	if (group === 'object_info') return NO_NOTE.includes(kind) ? OK : r('note');
	return CONTENT[group]?.[kind] ?? ROWS[kind][COLUMN[group]];
}
