/** The stable codes: users branch on them, so a code is never renamed or given another meaning. */
export type ErrorCode = keyof typeof CODES;

interface CodeFacts {
	/** How to get unstuck, where the place that throws knows nothing better. */
	hint: string;
	/** Whether the same call may succeed later without any change by the user. */
	retryable: boolean;
}

export const CODES = {
	auth_failed: {
		hint: 'Check the API token: copy it anew from your RunComfy profile page.',
		retryable: false,
	},
	forbidden: {
		hint: 'The deployment or request belongs to another RunComfy account. Use the token of the account that owns it.',
		retryable: false,
	},
	not_found: {
		hint: 'Check the deployment id and the request id. RunComfy keeps a request for 7 days.',
		retryable: false,
	},
	invalid_request: {
		hint: 'Change what is sent as the message says.',
		retryable: false,
	},
	invalid_overrides: {
		hint: 'Node ids, input names and value types must match the workflow of the deployment, exported in API format.',
		retryable: false,
	},
	insufficient_funds: {
		hint: 'Top up your RunComfy balance, then enable the deployment again by hand: it stays disabled until you do.',
		retryable: false,
	},
	deployment_disabled: {
		hint: 'Enable the deployment on its RunComfy page, then run again.',
		retryable: false,
	},
	deployment_deleted: {
		hint: 'Choose another deployment: this one was deleted.',
		retryable: false,
	},
	rate_limited: {
		hint: 'Wait a little, and lower the concurrency.',
		retryable: true,
	},
	service_unavailable: {
		hint: 'Try again in a minute; check the network and the base URL if it goes on.',
		retryable: true,
	},
	submit_unconfirmed: {
		hint: 'The request may be running and be billed. Look at the deployment’s requests on RunComfy before you run it again.',
		retryable: false,
	},
	run_failed: {
		hint: 'Open the named node in ComfyUI and check its inputs and models.',
		retryable: false,
	},
	run_canceled: {
		hint: 'Submit it again if it should run after all.',
		retryable: false,
	},
	timed_out: {
		hint: 'The request goes on at RunComfy. Fetch its result later by its request id, or raise the timeout.',
		retryable: true,
	},
	aborted: {
		hint: 'The flow was stopped. Start it again if you need the result.',
		retryable: false,
	},
	bad_response: {
		hint: 'Check the base URL: the answer did not come in the form that RunComfy’s API uses.',
		retryable: true,
	},
	output_unavailable: {
		hint: 'Outputs are kept for 7 days. Fetch the result again for fresh links; if they are gone, run it again.',
		retryable: true,
	},
	invalid_input: {
		hint: 'Correct the value that the message names.',
		retryable: false,
	},
} as const satisfies Record<string, CodeFacts>;
