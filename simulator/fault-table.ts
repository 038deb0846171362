import type { ParamKind, ValueOf } from './params';
import type { RouteName } from './routes/endpoints';
import { ROUTE_NAMES } from './routes/endpoints';

/**
 * Where faults can strike: a route, a group of routes (`deployments`, `models`), `webhook`, or `*` for every call.
 * `submit`, `status`, `result` and `cancel` include those of hosted models.
 */
export type FaultTarget = RouteName | 'deployments' | 'models' | 'webhook' | '*';
export const FAULT_TARGETS = ['*', 'deployments', 'models', 'webhook', ...ROUTE_NAMES] as const;

export const isTarget = (name: string): name is (typeof FAULT_TARGETS)[number] =>
	(FAULT_TARGETS as readonly string[]).includes(name);

/** Parameters that every fault accepts. */
export interface FaultMatch {
	/** Where the fault strikes; defaults to the table. */
	on?: FaultTarget | FaultTarget[];
	/** How many times it strikes; defaults to the table (1 or Infinity). */
	times?: number;
	/** Number of matching calls to let through first. */
	after?: number;
	/** Strike for this deployment only. */
	deployment_id?: string;
	/** Strike for this hosted model only. */
	model_id?: string;
	/** Strike for this request only. */
	request_id?: string;
}

/** How to validate the parameters of `FaultMatch`; `on` is validated against the targets. */
export const MATCH_PARAMS = {
	times: 'number',
	after: 'number',
	deployment_id: 'text',
	model_id: 'text',
	request_id: 'text',
} as const satisfies Record<Exclude<keyof FaultMatch, 'on'>, ParamKind>;

type Params = Readonly<Record<string, ParamKind>>;

export interface FaultRow {
	on: FaultTarget | FaultTarget[];
	times: number;
	what: string;
	/** Parameters that only this fault accepts. */
	params: Params;
}

const row = <const P extends Params = Record<never, never>>(
	on: FaultRow['on'],
	times: number,
	what: string,
	params: P = {} as P,
) => ({ on, times, what, params });

const ALWAYS = Number.POSITIVE_INFINITY;

const TABLE = {
	rate_limited: row('*', 1, '429; `retry_after` sets the header', {
		retry_after: 'number or text',
	}),
	server_error: row('*', 1, '`status` (500) with a 500001 body; `retry_after` optional', {
		status: 'number',
		retry_after: 'number or text',
	}),
	html_error_page: row('*', 1, '`status` (502) with an HTML page; `retry_after` optional', {
		status: 'number',
		retry_after: 'number or text',
	}),
	reset: row('*', 1, 'socket destroyed before the request is read'),
	reset_after_accept: row('submit', 1, 'request is carried out, then the socket is destroyed'),
	error_after_accept: row(
		'submit',
		1,
		'request is carried out, then `status` (200) with `code` (10011) beside its id',
		{ status: 'number', code: 'number', message: 'text' },
	),
	stall: row('*', 1, 'no answer, or only after `ms`; `accepted` carries the request out first', {
		ms: 'number',
		accepted: 'flag',
	}),
	slow_submit: row('submit', 1, 'job is created at once, the answer comes after `ms` (2000)', {
		ms: 'number',
	}),
	truncated_body: row('*', 1, 'half of the body, then the socket is destroyed'),
	not_json: row('*', 1, '`status` (200) with plain text', { status: 'number' }),
	empty_body: row('*', 1, '`status` (200) without a body', { status: 'number' }),
	error_in_200: row('*', 1, '200 (`status`) with `error_code` = `code` (500001) and `message`', {
		code: 'number',
		message: 'text',
		status: 'number',
	}),
	forbidden_message: row('*', 1, '403 `{"message":"Forbidden"}`', { message: 'text' }),
	gateway_402: row('*', 1, '402 `{"message":"Payment Required"}`'),
	unauthorized: row(
		'*',
		1,
		'401 with a 401001 body (of a model 400004), as after a token was replaced',
	),
	not_found: row('*', 1, '404 with a 404001 body'),
	redirect: row('*', 1, '`status` (302) to `location` (same path on localhost)', {
		location: 'text',
		status: 'number',
	}),
	token_echo: row('*', 1, '`status` (500), the message repeats the Authorization header', {
		status: 'number',
	}),
	utf8_bom: row('*', 1, 'JSON body starts with a byte order mark'),
	frozen_status: row('status', ALWAYS, 'finished jobs still say `in_progress`'),
	unknown_status: row('status', 1, 'status says `value` (`warming_up`)', { value: 'text' }),
	status_failed: row('status', ALWAYS, 'failed runs say `failed` instead of `completed`'),
	run_failed: row(
		'submit',
		1,
		'the job fails; `shape` (array), `error`, `details`, `code` (10011), `node_id`, `log_url`',
		{
			shape: ['array', 'object', 'string'],
			error: 'text',
			details: 'text',
			code: 'number',
			node_id: 'text',
			log_url: 'text',
		},
	),
	run_canceled: row('submit', 1, 'the service itself cancels the job'),
	run_time: row('submit', 1, 'the job runs `ms` (60000) instead of the set latency', {
		ms: 'number',
	}),
	empty_outputs: row('submit', 1, 'the job succeeds with `outputs: {}`'),
	null_output: row('submit', 1, 'the job succeeds with `outputs: null`, or `output: null`'),
	odd_cost: row('result', ALWAYS, 'the `cost` of a hosted model is `value` (`unknown`)', {
		value: 'number or text',
	}),
	missing_url: row('submit', 1, 'the job succeeds, its files have no `url`'),
	cancel_family: row('cancel', ALWAYS, 'answer in the `family` `outcome` (or `status`)', {
		family: ['outcome', 'status'],
	}),
	cancel_refused: row('cancel', 1, '`not_cancellable`, nothing is cancelled'),
	cancel_slow: row('cancel', 1, 'accepted, takes effect after `ms` (5000)', { ms: 'number' }),
	storage_expired: row('storage', 1, '403 until the result is fetched again (new signed URL)'),
	webhook_duplicate: row('webhook', 1, 'event is delivered twice'),
	webhook_reorder: row('webhook', 1, 'one job: final event first, intermediate ones after it'),
	webhook_lost: row('webhook', 1, 'event is not delivered'),
};

/** Every fault: what it does, and where and how often it strikes by default. */
export const FAULT_TABLE: Record<FaultName, FaultRow> = TABLE;

export type FaultName = keyof typeof TABLE;
/** Faults in simulated runs, which have no meaning with a real ComfyUI. */
export const MADE_UP_FAULTS: readonly FaultName[] = [
	...(['run_failed', 'run_canceled', 'run_time', 'empty_outputs', 'null_output'] as const),
	...(['odd_cost', 'missing_url', 'cancel_slow'] as const),
];

type ParamsOf<N extends FaultName> = (typeof TABLE)[N]['params'];
export type FaultOf<N extends FaultName> = N extends FaultName
	? { name: N } & FaultMatch & { -readonly [P in keyof ParamsOf<N>]?: ValueOf<ParamsOf<N>[P]> }
	: never;
export type Fault = { [N in FaultName]: FaultOf<N> }[FaultName];

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULT_TABLE, name);

/** Creates a fault from its name, with defaults for everything left out. */
export const plainFault = (name: FaultName, match: FaultMatch & Record<string, unknown>): Fault =>
	({ name, ...match }) as Fault;
