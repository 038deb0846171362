// An item is refused before its submit, while another item, paid for in an earlier try, goes on.
import { beforeEach, expect, it } from '@jest/globals';
import { paymentRequired, rateLimited } from '../../support/answers.mts';
import { useSmallN8n } from '../support/parked.mts';
import { codeOf, idsOf, type Json, namedIn, RETRY, useRig, workflowOf } from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const RUN_MS = 60_000;
const REFUSED_MS = 10 * RUN_MS;

/** Overrides that are wrong for item 1 once the node has submitted a request, for a while. */
const wrong = () =>
	`={{ $json.n === 1 && $execution.customData.get('runcomfy_requests') && Date.now() < ${rig.clock.now() + REFUSED_MS} ? "{" : "{}" }}`;

beforeEach(() => rig.simulator.update({ latencyMs: RUN_MS }));

/** Three items; RunComfy accepts the first and refuses the second. */
function start(options: Json, { overrides = '{}', settings = RETRY } = {}) {
	rig.simulator.inject(paymentRequired({ on: 'submit', after: 1, times: 1 }));
	const parameters = rig.toRun({ overrides, options: { concurrency: 2, ...options } });
	return n8n.start(workflowOf({ parameters, settings }), {
		inputs: [{ n: 0 }, { n: 1 }, { n: 2 }],
	});
}

it.each(['auto', 'poll'])(
	'if a value is wrong from the second try on (Wait Mode: %s), what is paid for is waited for and named, and Executions > Retry picks it up',
	async (waitMode) => {
		const { id, until } = start({ waitMode }, { overrides: wrong() });
		const failed = await until();
		expect(codeOf(failed)).toBe('invalid_input');
		expect(rig.countOf('cancel')).toBe(0);
		const [paid, ...none] = rig.paid();
		expect(none).toEqual([]);
		expect(namedIn(failed)).toMatchObject([{ item: 0, request_id: paid, status: 'succeeded' }]);

		rig.simulator.clearFaults();
		void rig.clock.elapse(REFUSED_MS);
		const ids = idsOf(await n8n.retry(id).until());
		expect(ids[0]).toBe(paid);
		expect(ids.sort()).toEqual(rig.paid().sort());
		expect(ids).toHaveLength(3);
	},
);

it('what is paid for is waited for, also after the last try, if RunComfy refuses a submit for now', async () => {
	const refused = rateLimited({ retryAfter: 600 });
	rig.simulator.inject({ ...refused, on: 'submit', after: 1, times: Infinity });
	const json = workflowOf({ parameters: rig.toRun() });
	const failed = await n8n.start(json, { inputs: [{}, {}] }).until();
	expect(codeOf(failed)).toBe('rate_limited');
	expect(namedIn(failed)).toMatchObject([{ request_id: rig.paid()[0], status: 'succeeded' }]);
	expect(rig.countOf('cancel')).toBe(0);
});

it('what was canceled before Executions > Retry is not submitted again while others are refused', async () => {
	rig.simulator.inject({ name: 'run_canceled', times: 1 });
	const { id, until } = start({ cancelOnFailure: false }, { overrides: wrong(), settings: {} });
	await until();
	void rig.clock.elapse(RUN_MS);
	const refused = n8n.retry(id);
	expect(codeOf(await refused.until())).toBe('invalid_input');
	expect(rig.paid()).toHaveLength(1);

	void rig.clock.elapse(REFUSED_MS);
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
