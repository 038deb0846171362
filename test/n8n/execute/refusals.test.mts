// An item is refused before its submit, while another item, paid for in an earlier try, goes on.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useSmallN8n } from '../support/parked.mts';
import { codeOf, idsOf, type Json, namedIn, RETRY, useRig, workflowOf } from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const RUN_MS = 60_000;
const REFUSED_MS = 10 * RUN_MS;

/** Whether the node has submitted a request, for use in an expression. */
const SUBMITTED = "$execution.customData.get('runcomfy_requests')";
const LIMIT = { stopBelowBalance: `={{ ${SUBMITTED} ? 20 : 0 }}` };

beforeEach(() => rig.simulator.update({ latencyMs: RUN_MS }));

/** Three items; RunComfy accepts the first and refuses the second. */
function start(options: Json, { overrides = '{}', settings = RETRY } = {}) {
	rig.simulator.inject({ name: 'gateway_402', on: 'submit', after: 1, times: 1 });
	const parameters = rig.toRun({ overrides, options: { concurrency: 2, ...options } });
	return n8n.start(workflowOf({ parameters, settings }), {
		inputs: [{ n: 0 }, { n: 1 }, { n: 2 }],
	});
}

describe.each(['auto', 'poll'])('from the second try on (Wait Mode: %s)', (waitMode) => {
	const REFUSALS: Array<[string, string, () => ReturnType<typeof start>]> = [
		[
			'if the balance is below the limit',
			'insufficient_funds',
			() => {
				rig.simulator.update({ balanceUsd: 10 });
				return start({ waitMode, ...LIMIT });
			},
		],
		[
			'if the balance cannot be read',
			'service_unavailable',
			() => {
				rig.simulator.inject({ name: 'server_error', on: 'balance', times: Infinity });
				return start({ waitMode, ...LIMIT });
			},
		],
		[
			'if a value is wrong',
			'invalid_input',
			() => {
				const until = rig.clock.now() + REFUSED_MS;
				const isWrong = `$json.n === 1 && ${SUBMITTED} && Date.now() < ${until}`;
				return start({ waitMode }, { overrides: `={{ ${isWrong} ? "{" : "{}" }}` });
			},
		],
	];

	it.each(REFUSALS)(
		'%s, what is paid for is waited for and named, and Executions > Retry picks it up',
		async (_why, code, begin) => {
			const { id, until } = begin();
			const failed = await until();
			expect(codeOf(failed)).toBe(code);
			expect(rig.countOf('cancel')).toBe(0);
			const [paid, ...none] = rig.paid();
			expect(none).toEqual([]);
			expect(namedIn(failed)).toMatchObject([{ item: 0, request_id: paid, status: 'succeeded' }]);

			rig.simulator.clearFaults();
			rig.simulator.update({ balanceUsd: 25 });
			void rig.clock.elapse(REFUSED_MS);
			const ids = idsOf(await n8n.retry(id).until());
			expect(ids[0]).toBe(paid);
			expect(ids.sort()).toEqual(rig.paid().sort());
			expect(ids).toHaveLength(3);
		},
	);
});

it('a try after the wait submits the refused items once that is possible', async () => {
	rig.simulator.inject({ name: 'server_error', on: 'balance', times: 8 });
	const done = await start(LIMIT).until();
	expect(done.error?.message).toBeUndefined();
	expect(idsOf(done).sort()).toEqual(rig.paid().sort());
	expect([rig.paid().length, rig.countOf('cancel')]).toEqual([3, 0]);
});

it('what is paid for is waited for, also after the last try, if RunComfy refuses a submit for now', async () => {
	const refused = { name: 'rate_limited', retry_after: 600 } as const;
	rig.simulator.inject({ ...refused, on: 'submit', after: 1, times: Infinity });
	const json = workflowOf({ parameters: rig.toRun() });
	const failed = await n8n.start(json, { inputs: [{}, {}] }).until();
	expect(codeOf(failed)).toBe('rate_limited');
	expect(namedIn(failed)).toMatchObject([{ request_id: rig.paid()[0], status: 'succeeded' }]);
	expect(rig.countOf('cancel')).toBe(0);
});

it('what was canceled before Executions > Retry is not submitted again while others are refused', async () => {
	rig.simulator.inject({ name: 'run_canceled', times: 1 });
	rig.simulator.update({ balanceUsd: 10 });
	const { id, until } = start({ ...LIMIT, cancelOnFailure: false }, { settings: {} });
	await until();
	void rig.clock.elapse(RUN_MS);
	const refused = n8n.retry(id);
	expect(codeOf(await refused.until())).toBe('insufficient_funds');
	expect(rig.paid()).toHaveLength(1);

	rig.simulator.update({ balanceUsd: 25 });
	const ids = idsOf(await n8n.retry(refused.id).until());
	expect(ids.sort()).toEqual(rig.paid().slice(1).sort());
});

it('an item that is refused since its own run has failed cancels the others, after the last try', async () => {
	rig.simulator.update({ latencyMs: REFUSED_MS });
	rig.simulator.inject({ name: 'run_failed', after: 1, times: 1 });
	rig.simulator.inject({ name: 'run_time', ms: 1_000, after: 1, times: 1 });
	const parameters = rig.toRun();
	const json = workflowOf({ parameters, settings: RETRY });
	const failed = await n8n.start(json, { inputs: [{}, {}] }).until();
	expect(codeOf(failed)).toBe('run_failed');
	expect(rig.paid().map((id) => rig.stateOf(id))).toEqual(['canceled', 'failed']);
});
