// Faults of one exchange with the simulator, over real HTTP: which code each has, and how often the call is sent.
// test/faults covers every fault of every call.
import { describe, expect, it } from '@jest/globals';
import {
	cancel,
	getResult,
	getStatus,
	refOf,
	type RequestRef,
	run,
	type SubmitInput,
} from '../../core/index';
import { type ErrorCode, submit } from '../../core/parsers';
import { type Fault, INPUTS, type Rig, start } from './rig.mts';

type Leaf = 'submit' | 'status' | 'result' | 'cancel';
type Calls = Leaf | `models.${Leaf}`;

const CALLS: Record<Leaf, (rig: Rig, ref: RequestRef, input: SubmitInput) => Promise<unknown>> = {
	submit: ({ client }, _ref, input) => submit(client, input),
	status: ({ client }, ref) => getStatus(client, ref),
	result: ({ client }, ref) => getResult(client, ref),
	cancel: ({ client }, ref) => cancel(client, ref),
};

const SUBMITS = ['submit', 'models.submit'] as const;
const READS = ['status', 'models.result'] as const;

async function faulty(call: Calls, fault: Fault) {
	const rig = await start();
	const input = INPUTS[call.startsWith('models.') ? 'a hosted model' : 'a deployment'](rig);
	const ref = refOf(await submit(rig.client, input));
	const before = rig.sim.count(call);
	rig.sim.inject({ ...fault, on: call });
	const outcome = await CALLS[call.split('.').at(-1) as Leaf](rig, ref, input).then(
		() => ({ code: undefined, text: '' }),
		(error: { code?: unknown }) => ({ code: error.code, text: JSON.stringify(error) }),
	);
	return { ...outcome, sent: rig.sim.count(call) - before, rig };
}

/** What a read and a submit make of a fault that stays, and how many calls each makes. */
interface Made {
	read: ErrorCode;
	reads: number;
	submit: ErrorCode;
	submits: number;
}

const mayPass = (read: ErrorCode = 'service_unavailable'): Made => ({
	read,
	reads: 6,
	submit: 'submit_unconfirmed',
	submits: 1,
});
const isRefusedForNow = (code: ErrorCode): Made => ({
	read: code,
	reads: 6,
	submit: code,
	submits: 4,
});
const isCertain = (code: ErrorCode): Made => ({
	read: code,
	reads: 1,
	submit: code,
	submits: 1,
});

/** Faults of one exchange. */
const TRANSPORT: Array<[Fault, Made]> = [
	[{ name: 'rate_limited' }, isRefusedForNow('rate_limited')],
	[{ name: 'rate_limited', retry_after: 7 }, isRefusedForNow('rate_limited')],
	[{ name: 'html_error_page', status: 429 }, isRefusedForNow('rate_limited')],
	[
		{ name: 'html_error_page', status: 503, retry_after: 3 },
		isRefusedForNow('service_unavailable'),
	],
	...[500, 502, 504].map((status): [Fault, Made] => [{ name: 'server_error', status }, mayPass()]),
	[{ name: 'server_error', status: 503, retry_after: 3 }, mayPass()],
	[{ name: 'html_error_page' }, mayPass()],
	[{ name: 'html_error_page', status: 408 }, mayPass()],
	[{ name: 'reset' }, mayPass()],
	[{ name: 'stall' }, mayPass()],
	[{ name: 'truncated_body' }, mayPass()],
	[{ name: 'not_json' }, mayPass('bad_response')],
	[{ name: 'empty_body' }, mayPass('bad_response')],
	[{ name: 'error_in_200' }, mayPass()],
	[{ name: 'error_in_200', code: 422001, message: 'bad' }, isCertain('invalid_request')],
	[{ name: 'forbidden_message' }, isCertain('forbidden')],
	[{ name: 'gateway_402' }, isCertain('insufficient_funds')],
	[{ name: 'unauthorized' }, isCertain('auth_failed')],
	[{ name: 'not_found' }, isCertain('not_found')],
	[{ name: 'redirect' }, isCertain('bad_response')],
	[{ name: 'token_echo' }, mayPass()],
	[{ name: 'token_echo', status: 401 }, mayPass()],
];

const nameOf = (fault: Fault) =>
	Object.entries(fault)
		.map(([key, value]) => (key === 'name' ? String(value) : `${key} ${String(value)}`))
		.join(', ');

describe.each(TRANSPORT.map(([fault, expected]) => [nameOf(fault), fault, expected] as const))(
	'%s',
	(_name, fault, expected) => {
		it.each([...READS, ...SUBMITS])('on %s', async (call) => {
			const { code, sent, text, rig } = await faulty(call, { ...fault, times: Infinity });
			const { read, reads, submit, submits } = expected;
			expect([code, sent]).toEqual(call.endsWith('submit') ? [submit, submits] : [read, reads]);
			expect(text).not.toContain(rig.sim.token);
		});
	},
);

it.each(['cancel', 'models.cancel'] as const)(
	'a %s that is answered without a body is no refusal',
	async (call) => {
		expect(await faulty(call, { name: 'empty_body' })).toMatchObject({ code: undefined });
	},
);

describe('a submit that was carried out though no answer came', () => {
	const lost: Fault[] = [
		{ name: 'reset_after_accept' },
		{ name: 'stall', accepted: true },
		{ name: 'truncated_body' },
	];
	it.each(SUBMITS.flatMap((call) => lost.map((fault) => [call, fault] as const)))(
		'%s, %j: one job only, and the user is told',
		async (call, fault) => {
			const { code, rig } = await faulty(call, fault);
			expect(code).toBe('submit_unconfirmed');
			expect(rig.sim.jobs.size).toBe(2);
		},
	);

	it('comes late within the time limit: it is taken', async () => {
		const rig = await start();
		rig.sim.inject({ name: 'slow_submit', ms: 60 });
		const deploymentId = rig.sim.deploymentIds.textToImage;
		expect((await run(rig.client, { deploymentId })).status).toBe('succeeded');
		expect(rig.sim.jobs.size).toBe(1);
	});
});

describe('an account or deployment that may not run', () => {
	const gates: Array<['noFunds' | 'disabled' | 'deleted' | 'foreign', ErrorCode]> = [
		['noFunds', 'insufficient_funds'],
		['disabled', 'deployment_disabled'],
		['deleted', 'deployment_deleted'],
		['foreign', 'forbidden'],
	];
	it.each(gates)('%s is %s', async (name, code) => {
		const { sim, client } = await start();
		const deploymentId = sim.deploymentIds[name];
		await expect(run(client, { deploymentId })).rejects.toMatchObject({ code, deploymentId });
		expect(sim.count('submit')).toBe(1);
	});

	it.each([
		[{ 99: { inputs: { text: 'x' } } }],
		[{ 6: { inputs: { nope: 'x' } } }],
		[{ 31: { inputs: { seed: 'many' } } }],
	])('overrides that do not fit are invalid_overrides: %j', async (overrides) => {
		const { sim, client } = await start();
		const deploymentId = sim.deploymentIds.textToImage;
		await expect(run(client, { deploymentId, overrides })).rejects.toMatchObject({
			code: 'invalid_overrides',
			httpStatus: 422,
		});
		expect(sim.jobs.size).toBe(0);
	});
});
