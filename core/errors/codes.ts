/** Stable error codes. Users branch on them, so a code is never renamed or given another meaning. */
export type ErrorCode = keyof typeof CODES;

type Reasons<Code extends ErrorCode> = (typeof CODES)[Code] extends { reasons: infer Own }
	? keyof Own
	: never;

/** The values of an error's `details.reason`, which are as stable as the codes. */
export type ErrorReason = { [Code in ErrorCode]: Reasons<Code> }[ErrorCode];

interface CodeFacts {
	/** What happened, for the list of codes in the documentation. */
	meaning: string;
	/** How to get unstuck. The code that throws may give a more specific hint. */
	hint: string;
	/**
	 * Whether the same call may be repeated. `later`: it may succeed by itself. `after_help`: you must change something
	 * else first. `no`: you must change the call.
	 */
	repeat: 'later' | 'after_help' | 'no';
	/** Who caused the error: the user (including limits of their account) or the service. */
	fault: 'user' | 'service';
	/**
	 * What becomes of a request that RunComfy has accepted: it ended as `failed` or `canceled`, it `goes_on`, or
	 * RunComfy may or may not have accepted it (`unknown`).
	 */
	request: 'failed' | 'canceled' | 'goes_on' | 'unknown';
	/** Different causes of the same code, each with a description for the documentation. */
	reasons?: Readonly<Record<string, string>>;
}

/** The call must change: retrying cannot succeed. */
const REFUSED = { repeat: 'no', fault: 'user', request: 'goes_on' } as const;

/** The user must change something in the account first. */
const NEEDS_HELP = { repeat: 'after_help', fault: 'user', request: 'goes_on' } as const;

const MAY_PASS = { repeat: 'later', fault: 'service', request: 'goes_on' } as const;

/** For a run that may be paid for: repeating the call may cost money again. */
const PAID_RUN = { repeat: 'no', fault: 'service' } as const;

/** What each code means, and how to handle it. */
export const CODES = {
	auth_failed: {
		meaning: 'the token is missing, wrong, expired or revoked, or the account is not active',
		hint: 'Check the API token: copy it again from your RunComfy profile page. Look there, too, whether the account is active.',
		...NEEDS_HELP,
	},
	forbidden: {
		meaning: 'the deployment, model or request belongs to another account, or is closed to yours',
		hint: 'What you asked for belongs to another RunComfy account, or is closed to yours. Use the token of the account that owns it.',
		...REFUSED,
	},
	not_found: {
		meaning: 'there is no such deployment, model or request (requests are kept for 7 days)',
		hint: 'Check the ids: choose the deployment or model from the list, or copy its id from its page on RunComfy. RunComfy keeps a request for 7 days, and knows it only as a request of its own deployment, or of a hosted model.',
		...REFUSED,
	},
	invalid_request: {
		meaning: 'RunComfy refused what was sent',
		hint: 'Change what is sent as the message says.',
		...REFUSED,
	},
	invalid_overrides: {
		meaning: 'the inputs (overrides) do not fit the workflow',
		hint: 'Node ids, input names and value types must match the workflow of the deployment, exported in API format.',
		...REFUSED,
	},
	insufficient_funds: {
		meaning: 'the balance is used up',
		hint: 'Top up your RunComfy balance. If RunComfy has disabled the deployment, enable it again by hand: it stays disabled until you do.',
		...NEEDS_HELP,
	},
	deployment_disabled: {
		meaning: 'the deployment is disabled',
		hint: 'Enable the deployment on its RunComfy page, then run again.',
		...NEEDS_HELP,
	},
	deployment_deleted: {
		meaning: 'the deployment is gone',
		hint: 'Choose another deployment: this one was deleted.',
		...REFUSED,
	},
	rate_limited: {
		meaning: 'too many calls',
		hint: 'Wait a little, and lower the concurrency.',
		repeat: 'later',
		fault: 'user',
		request: 'goes_on',
	},
	service_unavailable: {
		meaning: 'RunComfy gave no answer, or had an error of its own (HTTP 5xx), after all retries',
		hint: 'Try again in a minute; check the network and the base URL if it goes on.',
		...MAY_PASS,
		reasons: {
			ssrf_protection: 'the SSRF protection of the host blocks the address; nothing was sent',
		},
	},
	submit_unconfirmed: {
		meaning: 'a submit got no clear answer: it **may be running and billed**',
		hint: 'The request may be running and billed. Look at the deployment’s requests on RunComfy before you run it again.',
		...PAID_RUN,
		request: 'unknown',
	},
	run_failed: {
		meaning: 'the run failed; the message names the node (id, class, title) if RunComfy does',
		hint: 'Change the inputs as the message says, and run it again.',
		...PAID_RUN,
		request: 'failed',
	},
	run_canceled: {
		meaning: 'the request was canceled',
		hint: 'Submit it again if you still want it to run.',
		...PAID_RUN,
		request: 'canceled',
	},
	timed_out: {
		meaning:
			'the request had not ended within the timeout; it **goes on** unless you chose to cancel',
		hint: 'The request goes on at RunComfy. Fetch its result later by its request id, or raise the timeout.',
		...MAY_PASS,
	},
	aborted: {
		meaning: 'the run was stopped, or could not go on after a restart',
		hint: 'The flow was stopped. Start it again if you need the result.',
		...NEEDS_HELP,
	},
	bad_response: {
		meaning: 'the answer did not come from RunComfy, or only in part (such as the page of a proxy)',
		hint: 'Check the base URL: the answer did not come in the form that RunComfy’s API uses.',
		...MAY_PASS,
		reasons: {
			lora: 'the inputs of a LoRA deployment were asked for: it has no workflow',
			no_workflow: 'the deployment shows no workflow, so it may be a LoRA',
		},
	},
	output_unavailable: {
		meaning: 'a file could not be fetched, or is larger than the limit',
		hint: 'Outputs are kept for 7 days. Fetch the result again; if they are gone, run it again.',
		...MAY_PASS,
	},
	invalid_input: {
		meaning: 'a value that you gave cannot be used',
		hint: 'Correct the value that the message names.',
		...REFUSED,
		reasons: {
			lora: 'the deployment runs a LoRA, and no inputs are given by name, or some by node',
			not_lora: 'the deployment runs a ComfyUI workflow, and the inputs are given by name',
		},
	},
} as const satisfies Record<string, CodeFacts>;
