/** What a parameter takes: a number ≥ 0, a text, true or false, either of the first two, or one of some words. */
export type ParamKind = 'number' | 'text' | 'flag' | 'number or text' | readonly string[];

type ValueOf<K> = K extends 'number'
	? number
	: K extends 'text'
		? string
		: K extends 'flag'
			? boolean
			: K extends 'number or text'
				? number | string
				: K extends readonly (infer Word)[]
					? Word
					: never;

/** The parameters that each fault has besides those of every fault. */
export const FAULT_PARAMS = {
	rate_limited: { retry_after: 'number or text' },
	server_error: { status: 'number', retry_after: 'number or text' },
	html_error_page: { status: 'number' },
	reset: {},
	reset_after_accept: {},
	error_after_accept: { status: 'number', code: 'number', message: 'text' },
	stall: { ms: 'number', accepted: 'flag' },
	slow_submit: { ms: 'number' },
	truncated_body: {},
	not_json: { status: 'number' },
	empty_body: { status: 'number' },
	error_in_200: { code: 'number', message: 'text', status: 'number' },
	forbidden_message: { message: 'text' },
	gateway_402: {},
	unauthorized: {},
	not_found: {},
	redirect: { location: 'text', status: 'number' },
	token_echo: { status: 'number' },
	utf8_bom: {},
	frozen_status: {},
	unknown_status: { value: 'text' },
	status_failed: {},
	not_found_after_submit: {},
	queue_position_missing: {},
	run_failed: {
		shape: ['array', 'object', 'string'],
		error: 'text',
		details: 'text',
		code: 'number',
		node_id: 'text',
		log_url: 'text',
	},
	run_canceled: {},
	run_time: { ms: 'number' },
	empty_outputs: {},
	missing_url: {},
	huge_result: { bytes: 'number' },
	cancel_family: { family: ['outcome', 'status'] },
	cancel_refused: {},
	cancel_race: {},
	cancel_slow: { ms: 'number' },
	spelling: { value: ['cancelled', 'canceled'] },
	gating_status: { status: 'number' },
	new_keys_refused: {},
	huge_object_info: { bytes: 'number' },
	zero_byte_download: {},
	storage_forbidden: {},
	storage_expired: {},
	storage_redirect: { location: 'text', cross_origin: 'flag' },
	storage_truncated: {},
	storage_not_found: {},
	webhook_duplicate: {},
	webhook_reorder: {},
	webhook_output_key: { key: ['output', 'outputs'] },
	webhook_lost: {},
} as const satisfies Record<string, Record<string, ParamKind>>;

export type FaultName = keyof typeof FAULT_PARAMS;
export type FaultParams = {
	[N in FaultName]: {
		-readonly [P in keyof (typeof FAULT_PARAMS)[N]]?: ValueOf<(typeof FAULT_PARAMS)[N][P]>;
	};
};

/** What a value must be, undefined where it is that. */
export function paramProblem(kind: ParamKind, value: unknown): string | undefined {
	const number = typeof value === 'number' && value >= 0;
	switch (kind) {
		case 'number':
			return number ? undefined : 'must be a number ≥ 0';
		case 'text':
			return typeof value === 'string' ? undefined : 'must be a text';
		case 'flag':
			return typeof value === 'boolean' ? undefined : 'must be true or false';
		case 'number or text':
			return number || typeof value === 'string' ? undefined : 'must be a number ≥ 0 or a text';
		default:
			return kind.some((word) => word === value) ? undefined : `must be one of ${kind.join(', ')}`;
	}
}

/** A parameter's value as it stands on a command line or in a form; what does not fit stays text. */
export function readParam(kind: ParamKind, text: string): unknown {
	const number = text.trim() === '' ? NaN : Number(text);
	if ((kind === 'number' || kind === 'number or text') && !Number.isNaN(number)) return number;
	return kind === 'flag' && /^(true|false)$/.test(text) ? text === 'true' : text;
}
