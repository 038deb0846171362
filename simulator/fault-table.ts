import type { ParamKind, ValueOf } from './params';
import type { RouteName } from './routes/endpoints';
import { ROUTE_NAMES } from './routes/endpoints';

/**
 * Where faults can strike: a route, a group of routes (`deployments`, `models`), or `*` for every call. `submit`, `status`, `result` and `cancel` include those of hosted models.
 */
export type FaultTarget = RouteName | 'deployments' | 'models' | '*';
export const FAULT_TARGETS = ['*', 'deployments', 'models', ...ROUTE_NAMES] as const;

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
	answer: row('*', 1, 'answers with `status` (200), `body` and `headers` instead', {
		status: 'number',
		body: 'any',
		headers: 'texts',
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
	utf8_bom: row('*', 1, 'JSON body starts with a byte order mark'),
	frozen_status: row('status', ALWAYS, 'finished jobs still say `in_progress`'),
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
	missing_url: row('submit', 1, 'the job succeeds, its files have no `url`'),
	cancel_family: row('cancel', ALWAYS, 'answer in the `family` `outcome` (or `status`)', {
		family: ['outcome', 'status'],
	}),
	cancel_refused: row('cancel', 1, '`not_cancellable`, nothing is cancelled'),
	cancel_slow: row('cancel', 1, 'accepted, takes effect after `ms` (5000)', { ms: 'number' }),
};

/** Every fault: what it does, and where and how often it strikes by default. */
export const FAULT_TABLE: Record<FaultName, FaultRow> = TABLE;

export type FaultName = keyof typeof TABLE;
/** Faults in simulated runs, which have no meaning with a real ComfyUI. */
export const MADE_UP_FAULTS: readonly FaultName[] = [
	...(['run_failed', 'run_canceled', 'run_time', 'empty_outputs'] as const),
	...(['missing_url', 'cancel_slow'] as const),
];

type ParamsOf<N extends FaultName> = (typeof TABLE)[N]['params'];
export type FaultOf<N extends FaultName> = N extends FaultName
	? { name: N } & FaultMatch & { -readonly [P in keyof ParamsOf<N>]?: ValueOf<ParamsOf<N>[P]> }
	: never;
export type Fault = { [N in FaultName]: FaultOf<N> }[FaultName];

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULT_TABLE, name);
