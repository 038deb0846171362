import { describe, expect, it } from '@jest/globals';
import {
	cancel,
	type DeploymentRef,
	type ErrorCode,
	getBalance,
	getResult,
	getStatus,
	listDeployments,
	run,
	submit,
} from '../../core/index';
import { type Fault, refOf, type Rig, start } from './rig.mts';

type Calls = 'submit' | 'status' | 'result' | 'cancel' | 'balance' | 'deployments.list';

const CALLS: Record<Calls, (rig: Rig, ref: DeploymentRef) => Promise<unknown>> = {
	submit: ({ client }, ref) => submit(client, ref),
	status: ({ client }, ref) => getStatus(client, ref),
	result: ({ client }, ref) => getResult(client, ref),
	cancel: ({ client }, ref) => cancel(client, ref),
	balance: ({ client }) => getBalance(client),
	'deployments.list': ({ client }) => listDeployments(client),
};

async function faulty(call: Calls, fault: Fault, apiVersion?: string) {
	const rig = await start({ ...(apiVersion ? { apiVersion } : {}) });
	const ref = refOf(await submit(rig.client, { deploymentId: rig.sim.deploymentIds.textToImage }));
	const before = rig.sim.count(call);
	rig.sim.inject({ ...fault, on: call });
	const outcome = await CALLS[call](rig, ref).then(
		() => ({ code: undefined, text: '' }),
		(error: { code?: unknown }) => ({ code: error.code, text: JSON.stringify(error) }),
	);
	return { ...outcome, sent: rig.sim.count(call) - before, rig, ref };
}

/** Faults of one exchange: what a read and what a submit make of a fault that stays. */
const TRANSPORT: Array<
	[Fault, { read: ErrorCode; reads: number; submit: ErrorCode; submits: number }]
> = [
	[
		{ name: 'rate_limited' },
		{ read: 'rate_limited', reads: 6, submit: 'submit_unconfirmed', submits: 2 },
	],
	[
		{ name: 'rate_limited', retry_after: 7 },
		{ read: 'rate_limited', reads: 6, submit: 'submit_unconfirmed', submits: 2 },
	],
	...[500, 502, 504].map((status): (typeof TRANSPORT)[number] => [
		{ name: 'server_error', status },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	]),
	[
		{ name: 'server_error', status: 503, retry_after: 3 },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 2 },
	],
	[
		{ name: 'html_error_page' },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'html_error_page', status: 408 },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'reset' },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'stall' },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'truncated_body' },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'not_json' },
		{ read: 'bad_response', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'error_in_200' },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'error_in_200', code: 422001, message: 'bad' },
		{ read: 'invalid_request', reads: 1, submit: 'invalid_request', submits: 1 },
	],
	[{ name: 'forbidden_message' }, { read: 'forbidden', reads: 1, submit: 'forbidden', submits: 1 }],
	[
		{ name: 'gateway_402' },
		{ read: 'insufficient_funds', reads: 1, submit: 'insufficient_funds', submits: 1 },
	],
	[{ name: 'unauthorized' }, { read: 'auth_failed', reads: 1, submit: 'auth_failed', submits: 1 }],
	[{ name: 'not_found' }, { read: 'not_found', reads: 1, submit: 'not_found', submits: 1 }],
	[{ name: 'redirect' }, { read: 'bad_response', reads: 1, submit: 'bad_response', submits: 1 }],
	[
		{ name: 'token_echo' },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
	[
		{ name: 'token_echo', status: 401 },
		{ read: 'service_unavailable', reads: 6, submit: 'submit_unconfirmed', submits: 1 },
	],
];

const nameOf = (fault: Fault) =>
	Object.entries(fault)
		.map(([key, value]) => (key === 'name' ? String(value) : `${key} ${String(value)}`))
		.join(', ');

describe.each(TRANSPORT.map(([fault, expected]) => [nameOf(fault), fault, expected] as const))(
	'%s',
	(_name, fault, expected) => {
		it.each(['status', 'result', 'balance', 'deployments.list'] as const)(
			'on %s has its code',
			async (call) => {
				const { code, sent, text, rig } = await faulty(call, { ...fault, times: Infinity });
				expect([code, sent]).toEqual([expected.read, expected.reads]);
				expect(text).not.toContain(rig.sim.token);
			},
		);

		it('on cancel is repeated like a read', async () => {
			const { code, sent } = await faulty('cancel', { ...fault, times: Infinity });
			expect([code, sent]).toEqual([expected.read, expected.reads]);
		});

		it('on submit has its code, and is never sent twice where it may have arrived', async () => {
			const { code, sent, text, rig } = await faulty('submit', { ...fault, times: Infinity });
			expect([code, sent]).toEqual([expected.submit, expected.submits]);
			expect(text).not.toContain(rig.sim.token);
		});

		it('that passes is survived by a read, if waiting helps', async () => {
			const { code, sent } = await faulty('status', { ...fault, times: 2 });
			expect([code, sent]).toEqual(expected.reads === 1 ? [expected.read, 1] : [undefined, 3]);
		});
	},
);

describe('an answer without a body', () => {
	it.each(['status', 'result', 'balance', 'deployments.list'] as const)('on %s', async (call) => {
		expect(await faulty(call, { name: 'empty_body', times: Infinity })).toMatchObject({
			code: 'bad_response',
			sent: 6,
		});
	});

	it('on submit leaves open whether it runs; on cancel is no refusal', async () => {
		expect(await faulty('submit', { name: 'empty_body' })).toMatchObject({
			code: 'submit_unconfirmed',
			sent: 1,
		});
		expect(await faulty('cancel', { name: 'empty_body' })).toMatchObject({ code: undefined });
	});
});

describe('a submit that was carried out though no answer came', () => {
	it.each<Fault>([
		{ name: 'reset_after_accept' },
		{ name: 'stall', accepted: true },
		{ name: 'truncated_body' },
	])('%j: one job only, and the user is told', async (fault) => {
		const { code, rig } = await faulty('submit', fault);
		expect(code).toBe('submit_unconfirmed');
		expect(rig.sim.jobs.size).toBe(2);
	});

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
	it.each(gates)('%s is %s, in a 200 or a 4xx', async (name, code) => {
		for (const status of [undefined, 403, 402, 422, 500]) {
			const { sim, client } = await start();
			if (status) sim.inject({ name: 'gating_status', status });
			const deploymentId = sim.deploymentIds[name];
			await expect(run(client, { deploymentId })).rejects.toMatchObject({ code, deploymentId });
			expect(sim.count('submit')).toBe(1);
		}
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
