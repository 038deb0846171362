// Single faults of the simulator over real HTTP: the resulting error code, and how often the call is sent. test/faults
// covers every fault of every call, with a table of the correct behavior.
import { describe, expect, it } from '@jest/globals';
import {
	cancel,
	getResult,
	getStatus,
	refOf,
	type RequestRef,
	type SubmitInput,
} from '../../core/index';
import { submit } from '../../core/request/submit';
import { type Kind, rightOf } from '../faults/support/right.mts';
import {
	emptyBody,
	errorCode,
	errorPage,
	notJson,
	rateLimited,
	redirect,
	serverError,
	tokenEcho,
	unauthorized,
} from '../support/answers.mts';
import { run } from '../support/pursued.mts';
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

/** Long enough to be a secret. */
const TOKEN = 'token-of-the-account';

async function faulty(call: Calls, fault: Fault) {
	const rig = await start({ token: TOKEN });
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

/** Transport faults that do not go away. */
const TRANSPORT: Array<[Fault, Kind]> = [
	[rateLimited(), 'throttled'],
	[errorPage({ status: 503, retryAfter: 3 }), 'unavailable_told'],
	[serverError({ status: 503, retryAfter: 3 }), 'unavailable'],
	[{ name: 'reset' }, 'broken'],
	[{ name: 'stall' }, 'silent'],
	[{ name: 'truncated_body' }, 'broken'],
	[notJson(), 'page'],
	[emptyBody(), 'empty'],
	[errorCode(500001), 'unavailable'],
	[unauthorized(), 'unauthorized'],
	[redirect('http://localhost:9/'), 'redirect'],
	[tokenEcho(TOKEN), 'unavailable'],
	[tokenEcho(TOKEN, { status: 401 }), 'unavailable'],
];

describe.each(TRANSPORT)('%j', (fault, kind) => {
	it.each([...READS, ...SUBMITS])('on %s', async (call) => {
		const { code, sent, text, rig } = await faulty(call, { ...fault, times: Infinity });
		const right = rightOf(call.endsWith('submit') ? 'paid' : 'read', kind);
		expect({ code, sends: sent }).toEqual(right);
		expect(text).not.toContain(rig.sim.token);
	});
});

it.each(['cancel', 'models.cancel'] as const)(
	'a %s that is answered without a body is no refusal',
	async (call) => {
		expect(await faulty(call, emptyBody())).toMatchObject({ code: undefined });
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
});

describe('an account or deployment that may not run', () => {
	it('overrides that do not fit are refused', async () => {
		const overrides = { 99: { inputs: { text: 'x' } } };
		const { sim, client } = await start();
		const deploymentId = sim.deploymentIds.textToImage;
		await expect(run(client, { deploymentId, overrides })).rejects.toMatchObject({
			code: 'invalid_request',
			httpStatus: 422,
		});
		expect(sim.jobs.size).toBe(0);
	});
});
