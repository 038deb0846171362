// Random faults of the service, for sequences in both hosts.
import type * as Library from '../../simulator/index.cts';
import fc from './properties.mts';

export type Fault = Library.Fault;

/** What RunComfy runs, by the names of the simulator's ids. */
export type Kind = keyof typeof SUBMITS;

/** The route on which each is submitted. */
const SUBMITS = { textToImage: '/inference', lora: '/inference', model: '/text-to-image' };

export const KIND = fc.constantFrom<Kind>('textToImage', 'lora', 'model');

/** How the address of a call ends. */
export const pathOf = (kind: Kind, call: 'submit' | 'status' | 'result' | 'cancel'): string =>
	call === 'submit' ? SUBMITS[kind] : `/${call}`;

/** Some whole seconds, in milliseconds. */
export const seconds = (most: number) => fc.integer({ min: 1, max: most }).map((s) => s * 1_000);

const anywhere = (on: string) =>
	fc
		.constantFrom<
			Fault['name']
		>(...(['rate_limited', 'server_error', 'html_error_page', 'reset', 'truncated_body'] as const), ...(['not_json', 'empty_body', 'error_in_200', 'unauthorized', 'not_found'] as const))
		.chain((name) => fc.record({ name: fc.constant(name), on: fc.constant(on), times: TIMES }));

const TIMES = fc.constantFrom(1, 1, 2, 5, 1_000);

/** A fault that may strike a run of either host. */
export const FAULT: fc.Arbitrary<Fault> = fc.oneof(
	fc
		.constantFrom(
			...(['reset_after_accept', 'error_after_accept', 'run_failed', 'run_canceled'] as const),
			...(['cancel_refused', 'cancel_race', 'cancel_slow', 'frozen_status'] as const),
			...(['unknown_status', 'not_found_after_submit', 'empty_outputs'] as const),
		)
		.map((name) => ({ name })),
	fc.constantFrom('submit', 'status', 'result', 'cancel').chain(anywhere),
) as fc.Arbitrary<Fault>;

/** Seconds that RunComfy asks a submit to wait; if they are more than two minutes, the submit is given up. */
const RETRY_AFTER = fc.constantFrom(1, 20, 50, 100, 600);

/** RunComfy says to come back later. */
const THROTTLING = fc
	.record({
		answer: fc.constantFrom(
			{ name: 'rate_limited' as const },
			{ name: 'html_error_page' as const, status: 503 },
		),
		retry_after: RETRY_AFTER,
		times: fc.constantFrom(1, 2, 3, 5, 1_000),
	})
	.map(({ answer, ...more }) => ({ ...answer, on: 'submit' as const, ...more }));

/** A fault with which nothing is accepted: RunComfy refuses the submit, or does not answer a question before it. */
export const REFUSAL: fc.Arbitrary<Fault> = fc.oneof(
	{ weight: 3, arbitrary: THROTTLING },
	{
		weight: 1,
		arbitrary: fc.record({
			name: fc.constantFrom('gateway_402' as const, 'forbidden_message' as const),
			on: fc.constant('submit' as const),
			times: TIMES,
		}),
	},
	{
		weight: 2,
		arbitrary: fc
			.constantFrom('deployments.get', 'object_info', 'models.get', 'balance')
			.chain(anywhere),
	},
) as fc.Arbitrary<Fault>;
