// A run that is paid for once, despite odd states, failing calls and changes of the clock.
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type PursuitOptions, RunComfyError, type SubmitInput } from '../../core/index';
import { fakeJob, type FakeJobOptions, REF } from '../core/support/fakeJob.mts';
import { clientOf, json, type Reply } from '../core/support/virtualHost.mts';
import { run } from '../support/pursued.mts';
import { EPOCH } from '../support/virtualClock.mts';
import { RESULT } from './support/endpoints.mts';
import { type Fault, FAULTS } from './support/faults.mts';
import { type Kind, rightOf } from './support/right.mts';

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(1));

const QUEUE_MS = 2_000;
const RUN_MS = 30_000;
const HOUR_MS = 3_600_000;

const INPUTS: Record<string, SubmitInput> = {
	'a ComfyUI deployment': { deploymentId: REF.deploymentId },
	'a LoRA deployment': { deploymentId: REF.deploymentId, inputs: { prompt: 'a cat' } },
	'a hosted model': { modelId: 'lab/flux', inputs: { prompt: 'a cat' } },
};

/** The time of the run and until its end is noticed, plus the pause of a patient retry if a call fails. */
const SOON_MS = QUEUE_MS + RUN_MS + 20_000;
/** The longest time for which the status may hide an existing result. */
const PROBED_MS = QUEUE_MS + RUN_MS + 65_000;

interface Case {
	input?: SubmitInput | undefined;
	job?: FakeJobOptions;
	options?: Partial<PursuitOptions>;
	clockSetBy?: (ms: number) => number;
	code?: string;
	/** Milliseconds from the submit. */
	withinMs?: number;
}

async function expectRun(one: Case) {
	const { job = {}, options = {}, clockSetBy, code = 'ok', withinMs = SOON_MS } = one;
	const { input = INPUTS['a ComfyUI deployment']! } = one;
	const { script } = fakeJob({ queueMs: QUEUE_MS, runMs: RUN_MS, ...job });
	const { client, host } = clientOf(script, { latencyMs: 5, ...(clockSetBy && { clockSetBy }) });
	const ended = await run(client, input, options).then(
		({ status, files }) => ({ code: status === 'succeeded' && files.length === 1 ? 'ok' : status }),
		(thrown: unknown) => thrown as RunComfyError,
	);
	expect(ended.code).toBe(code);
	if (ended instanceof RunComfyError) {
		const { deploymentId, modelId } = input;
		expect(ended).toMatchObject({ requestId: REF.requestId, deploymentId, modelId });
		expect(ended.hint).toMatch(/\S/);
	}
	const sent = host.calls.filter(
		({ request, leaf }) => request.method === 'POST' && leaf !== 'cancel',
	);
	expect(sent).toHaveLength(1);
	expect(host.monotonic()).toBeLessThanOrEqual(withinMs);
}

const STATES: Record<string, Case> = {
	'that nobody knows': { job: { says: () => 'warming_up' }, withinMs: PROBED_MS },
	'that go back to the queue': {
		job: { says: (state, ms) => (ms > 8_000 && ms < 12_000 ? 'in_queue' : state) },
	},
	'that end too early, and go back': {
		job: { says: (state, ms) => (ms > 5_000 && ms < 9_000 ? 'completed' : state) },
	},
	'that stay in progress': {
		job: { says: (state) => (state === 'completed' ? 'in_progress' : state) },
		withinMs: PROBED_MS,
	},
	'that stay in the queue': {
		job: { says: () => 'in_queue' },
		options: { timeoutMs: 120_000 },
		withinMs: 125_000,
	},
	'that are empty': {
		job: { says: () => '' },
		code: 'bad_response',
		withinMs: 730_000,
	},
	'of a run that never ends': {
		job: { runMs: Infinity },
		options: { timeoutMs: 600_000 },
		code: 'timed_out',
		withinMs: 605_000,
	},
	'that nobody knows, of a run that never ends': {
		job: { runMs: Infinity, says: () => 'warming_up', timestamps: false },
		options: { timeoutMs: 600_000 },
		code: 'timed_out',
		withinMs: 605_000,
	},
	'that say failed': {
		job: { says: (state) => (state === 'completed' ? 'failed' : state), result: FAILED() },
		code: 'run_failed',
	},
	'that say completed of a failed run': {
		job: { result: FAILED() },
		code: 'run_failed',
	},
	'that say cancelled': {
		job: {
			says: (_, ms) => (ms > 9_000 ? 'cancelled' : 'in_progress'),
			result: { status: 'cancelled' },
		},
		code: 'run_canceled',
	},
	'that are not there for 10 s': { job: { hiddenMs: 10_000 } },
	'that are never there': {
		job: { hiddenMs: Infinity },
		code: 'not_found',
		withinMs: 320_000,
	},
};

const RESULTS: Record<string, Case> = {
	'that comes five minutes late': { job: { resultLagMs: 300_000 }, withinMs: 360_000 },
	'that never comes': {
		job: { resultLagMs: Infinity },
		code: 'output_unavailable',
		withinMs: 670_000,
	},
	'of a state that nobody knows': {
		job: { result: { status: 'cooling_down' } },
		code: 'output_unavailable',
		withinMs: 670_000,
	},
	'with an error code beside what failed': {
		job: { result: { ...FAILED(), error_code: 10011, error_message: 'no' } },
		code: 'run_failed',
	},
	...Object.fromEntries(
		[
			['a number', '7'],
			['__proto__', '{"__proto__":{"error":"x"},"details":"node __proto__ failed"}'],
			['a node that is a name of every object', '{"node_id":"constructor","details":"no"}'],
		].map(([what, error]): [string, Case] => [
			`that failed for ${what}`,
			{
				job: {
					instead: ({ leaf, at }): Reply | undefined =>
						leaf === 'result' && at > 0
							? { body: `{"status":"failed","error":${error}}` }
							: undefined,
				},
				code: 'run_failed',
			},
		]),
	),
};

function FAILED() {
	return { status: 'failed', error: [{ error: 'OutOfMemory', details: 'node 3 KSampler: no' }] };
}

const CLOCKS: Record<string, Case> = Object.fromEntries(
	[-HOUR_MS, HOUR_MS].flatMap((jumpMs) =>
		[-1, 1_000, 15_000, 31_000].flatMap((afterMs): Array<[string, Case]> => {
			const clockSetBy = (ms: number) => (ms > afterMs ? jumpMs : 0);
			const name = `set by ${jumpMs / HOUR_MS} h after ${afterMs / 1000} s`;
			const now = (at: number) => new Date(at).toUTCString();
			let told = false;
			return [
				[name, { clockSetBy }],
				[`${name}, with a timeout`, { clockSetBy, options: { timeoutMs: 60_000 } }],
				[
					`${name}, asked to wait until a date`,
					{
						clockSetBy,
						job: {
							instead({ leaf, at }) {
								if (told || leaf !== 'status' || at % 60_000 < 5_000) return undefined;
								told = true;
								return json({}, 429, { date: now(at), 'retry-after': now(at + 5_000) });
							},
						},
					},
				],
			];
		}),
	),
);

/** Faults that end the watch of a paid run at once: requests to wait for longer than calls may fail in a row. */
const ENDS: readonly Kind[] = ['throttled_long', 'unavailable_long'];

function struckOnce(on: 'status' | 'result', fault: Fault): Case {
	let left = 1;
	const from = on === 'status' ? EPOCH : EPOCH + QUEUE_MS + RUN_MS;
	return {
		job: {
			instead({ leaf, request, at }) {
				// Reading the result before the end does no harm.
				if (leaf !== on || left === 0 || at < from) return undefined;
				left -= 1;
				const good = on === 'status' ? '{"status":"in_queue"}' : RESULT;
				return fault.answer({ url: request.url, body: good, token: 'not-told-0123456789' });
			},
		},
		code: ENDS.includes(fault.kind) ? rightOf('read', fault.kind).code : 'ok',
		withinMs: SOON_MS + 70_000,
	};
}

const ANSWERS = FAULTS.filter(({ streamOnly }) => !streamOnly);

describe('status', () => {
	it.each(Object.entries(STATES))('states of a run %s', (_, one) => expectRun(one));
	it.each(Object.entries(CLOCKS))('the clock, %s', (_, one) => expectRun(one));
	describe.each(Object.entries(INPUTS))('of %s', (_kind, input) => {
		it.each(ANSWERS)('$name, while it runs', (fault) =>
			expectRun({ ...struckOnce('status', fault), input }),
		);
	});
});

describe('result', () => {
	it.each(Object.entries(RESULTS))('one %s', (_, one) => expectRun(one));
	describe.each(Object.entries(INPUTS))('of %s', (_kind, input) => {
		it.each(ANSWERS)('$name, at its end', (fault) =>
			expectRun({ ...struckOnce('result', fault), input }),
		);
	});
});
