import { describe, expect, it } from '@jest/globals';
import {
	cancel,
	getBalance,
	getModel,
	getResult,
	getStatus,
	listDeployments,
	refOf,
	type RequestRef,
	run,
} from '../../core/index';
import { type ErrorCode, submit } from '../../core/parsers';
import { type Fault, type Rig, start } from './rig.mts';

type Leaf = 'submit' | 'status' | 'result' | 'cancel';
type Calls = Leaf | `models.${Leaf | 'get'}` | 'balance' | 'deployments.list';

const submitTo = {
	deployment: ({ client, sim }: Rig) =>
		submit(client, { deploymentId: sim.deploymentIds.textToImage }),
	model: ({ client, sim }: Rig) =>
		submit(client, {
			service: 'model',
			modelId: sim.modelIds.textToImage,
			inputs: { prompt: 'a fox' },
		}),
};

const CALLS: Record<Calls, (rig: Rig, ref: RequestRef) => Promise<unknown>> = {
	submit: submitTo.deployment,
	status: ({ client }, ref) => getStatus(client, ref),
	result: ({ client }, ref) => getResult(client, ref),
	cancel: ({ client }, ref) => cancel(client, ref),
	'models.submit': submitTo.model,
	'models.status': ({ client }, ref) => getStatus(client, ref),
	'models.result': ({ client }, ref) => getResult(client, ref),
	'models.cancel': ({ client }, ref) => cancel(client, ref),
	'models.get': ({ client, sim }) => getModel(client, sim.modelIds.textToImage),
	balance: ({ client }) => getBalance(client),
	'deployments.list': ({ client }) => listDeployments(client),
};

const SUBMITS = ['submit', 'models.submit'] as const;
const CANCELS = ['cancel', 'models.cancel'] as const;
const READS = [
	...(['status', 'result', 'balance', 'deployments.list'] as const),
	...(['models.status', 'models.result', 'models.get'] as const),
] as const;

async function faulty(call: Calls, fault: Fault, apiVersion?: string) {
	const rig = await start({ ...(apiVersion ? { apiVersion } : {}) });
	const ref = refOf(await submitTo[call.startsWith('models.') ? 'model' : 'deployment'](rig));
	const before = rig.sim.count(call);
	rig.sim.inject({ ...fault, on: call });
	const outcome = await CALLS[call](rig, ref).then(
		() => ({ code: undefined, text: '' }),
		(error: { code?: unknown }) => ({ code: error.code, text: JSON.stringify(error) }),
	);
	return { ...outcome, sent: rig.sim.count(call) - before, rig, ref };
}

/** What a read makes of a fault that stays, and a submit, and how many calls each makes. */
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
		// A cancel does no more the second time.
		it.each([...READS, ...CANCELS])('on %s has its code', async (call) => {
			const { code, sent, text, rig } = await faulty(call, { ...fault, times: Infinity });
			expect([code, sent]).toEqual([expected.read, expected.reads]);
			expect(text).not.toContain(rig.sim.token);
		});

		it.each(SUBMITS)(
			'on %s has its code, and is never sent twice where it may have arrived',
			async (call) => {
				const { code, sent, text, rig } = await faulty(call, { ...fault, times: Infinity });
				expect([code, sent]).toEqual([expected.submit, expected.submits]);
				expect(text).not.toContain(rig.sim.token);
			},
		);

		it.each(['status', 'models.status'] as const)(
			'that passes is survived by %s, if waiting helps',
			async (call) => {
				const { code, sent } = await faulty(call, { ...fault, times: 2 });
				expect([code, sent]).toEqual(expected.reads === 1 ? [expected.read, 1] : [undefined, 3]);
			},
		);
	},
);

describe('an answer without a body', () => {
	it.each(READS)('on %s', async (call) => {
		expect(await faulty(call, { name: 'empty_body', times: Infinity })).toMatchObject({
			code: 'bad_response',
			sent: 6,
		});
	});

	it.each(SUBMITS)('on %s leaves open whether it runs', async (call) => {
		const ended = await faulty(call, { name: 'empty_body' });
		expect(ended).toMatchObject({ code: 'submit_unconfirmed', sent: 1 });
	});

	it.each(CANCELS)('on %s is no refusal', async (call) => {
		expect(await faulty(call, { name: 'empty_body' })).toMatchObject({ code: undefined });
	});
});

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
