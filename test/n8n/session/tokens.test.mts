// Which account pays, and where its token goes, if the credential has expressions or changes.
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type * as Library from '../../../simulator/index.ts';
import { paymentRequired, tokenEcho } from '../../support/answers.mts';
import { waitUntil } from '../../support/expect.mts';
import { LONG_MS, useSmallN8n } from '../support/parked.mts';
import {
	codeOf,
	CONTINUE,
	everythingOf,
	idsOf,
	itemsOf,
	type Json,
	refusal,
	RETRY,
	type Simulator,
	spyOnLog,
	TOKEN,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const require = createRequire(import.meta.url);
const { createSimulator } = require('../../../dist/simulator/index.js') as typeof Library;

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const OTHER_TOKEN = 'sim-token-of-another-address-51';

/** Another RunComfy, with its own token. */
let other: Simulator;

beforeEach(async () => {
	other = await createSimulator({ token: OTHER_TOKEN, latencyMs: 100, now: rig.clock.now });
});

afterEach(() => other.close());

/** Changes the credential to the address and token of the other RunComfy. */
const moveAway = () => Object.assign(rig.credential, { baseUrl: other.url, apiToken: OTHER_TOKEN });

/** Each RunComfy answers an unknown token with 401. */
const refusedIn = ({ requests }: Simulator) => requests.filter(({ status }) => status === 401);

const submitsTo = ({ requests }: Simulator) =>
	requests.flatMap(({ route, requestId }) => (route === 'submit' && requestId ? [requestId] : []));

const toRun = (options: Json = {}) => rig.toRun({ options: { waitMode: 'poll', ...options } });

describe('a credential whose expressions give the items several accounts', () => {
	it.each([
		['tokens', () => ({ apiToken: `={{ $json.n === 2 ? "${OTHER_TOKEN}" : "${TOKEN}" }}` })],
		[
			'addresses',
			() => ({ baseUrl: `={{ $json.n === 2 ? "${other.url}" : "${rig.simulator.url}" }}` }),
		],
		[
			'tokens, and none for one of them',
			() => ({ apiToken: `={{ $json.n === 2 ? "" : "${TOKEN}" }}` }),
		],
	])('is refused for all of them: %s (P14)', async (_which, fields) => {
		Object.assign(rig.credential, fields());
		const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];
		const items = itemsOf(await rig.runNode(toRun(), inputs, CONTINUE));
		expect(items.map(({ json }) => json['error_code'])).toEqual(Array(4).fill('invalid_input'));
		for (const { json } of items) expect(json['error']).toMatch(/item 2/);
		expect([submitsTo(rig.simulator), submitsTo(other)]).toEqual([[], []]);
	});

	it('is used if it gives all items the same', async () => {
		Object.assign(rig.credential, { apiToken: '={{ $json.token }}' });
		const inputs = [{ token: TOKEN }, { token: ` ${TOKEN}` }];
		expect(itemsOf(await rig.runNode(toRun(), inputs))).toHaveLength(2);
	});
});

describe('if the address and the token of the credential change', () => {
	/** Fields of the credential before. */
	const moveBack = () =>
		Object.assign(rig.credential, { baseUrl: rig.simulator.url, apiToken: TOKEN });

	/** Neither address has received a token of the other one. */
	const expectNothingAstray = () =>
		expect([refusedIn(rig.simulator), other.requests]).toEqual([[], []]);

	it('a run sends nothing more, names its request, and is picked up once the address is back (P15)', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const json = workflowOf({ parameters: toRun({ concurrency: 1 }) });
		const { id, until } = n8n.start(json, { inputs: [{}, {}] });
		await waitUntil(() => rig.countOf('status') > 0);
		moveAway();
		const failed = await until();
		expect(codeOf(failed)).toBe('auth_failed');
		for (const named of [rig.paid()[0], rig.simulator.url, other.url]) {
			expect(refusal(failed.error)).toContain(named);
		}
		expectNothingAstray();

		moveBack();
		expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid());
		expect(rig.paid()).toHaveLength(2);
	});

	it('so does an execution that is parked, as soon as it is resumed (P15, P32)', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const goOn = rig.clock.hold();
		const { id, until } = n8n.start(workflowOf({ parameters: toRun({ waitMode: 'auto' }) }));
		await until('waiting');
		const before = rig.simulator.requests.length;
		moveAway();
		goOn();
		await rig.clock.sleep(60_000);
		await n8n.timer(id);
		const failed = await until();
		expect([codeOf(failed), failed.entries]).toEqual(['auth_failed', 2]);
		expect(refusal(failed.error)).toContain(rig.paid()[0]);
		expect(rig.simulator.requests.slice(before)).toEqual([]);
		expectNothingAstray();

		moveBack();
		rig.clock.elapse(LONG_MS);
		expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid());
		expect(rig.paid()).toHaveLength(1);
	});

	it('a stop leaves in the log what it could not cancel', async () => {
		const { warn } = spyOnLog();
		rig.simulator.update({ latencyMs: LONG_MS });
		const { id, until } = n8n.start(workflowOf({ parameters: toRun() }));
		await waitUntil(() => rig.countOf('status') > 0);
		moveAway();
		await n8n.stop(id);
		await until('canceled');
		const lines = warn.mock.calls.map(([line]) => line).join();
		expect(lines).toContain(`${rig.paid()[0]} of deployment`);
		expectNothingAstray();
	});

	it('a run that has submitted nothing goes on at the new one', async () => {
		rig.simulator.inject(paymentRequired({ on: 'submit', times: 1 }));
		const { until } = n8n.start(workflowOf({ parameters: toRun(), settings: RETRY }));
		const goOn = await rig.clock.stopAt('/inference');
		moveAway();
		goOn();
		expect(idsOf(await until())).toEqual(submitsTo(other));
		expect([rig.countOf('submit'), rig.paid(), refusedIn(other)]).toEqual([1, [], []]);
	});
});

it('no token shows in an error, neither a replaced nor a new one', async () => {
	rig.simulator.update({ latencyMs: 60_000 });
	const running = rig.runNode(toRun({ concurrency: 1 }), [{}, {}], CONTINUE);
	await waitUntil(() => rig.countOf('status') > 0);
	Object.assign(rig.credential, { apiToken: OTHER_TOKEN });
	await waitUntil(() => refusedIn(rig.simulator).length > 0);
	Object.assign(rig.credential, { apiToken: TOKEN });
	const both = `${TOKEN} ${OTHER_TOKEN}`;
	rig.simulator.inject(tokenEcho(both, { status: 400, on: 'result', times: Infinity }));
	const shown = everythingOf(await running);
	expect(shown.split('Cannot verify')).toHaveLength(3);
	for (const token of [TOKEN, OTHER_TOKEN]) expect(shown).not.toContain(token);
});

it('a token that is replaced at the same address is used at once', async () => {
	Object.assign(rig.credential, { apiToken: 'too old' });
	rig.simulator.update({ latencyMs: 60_000 });
	const running = rig.runNode(toRun());
	await waitUntil(() => refusedIn(rig.simulator).length > 0);
	const { error } = await running;
	expect(error?.message).toBeDefined();
	Object.assign(rig.credential, { apiToken: TOKEN });
	const next = rig.runNode(toRun());
	await waitUntil(() => rig.countOf('status') > 0);
	Object.assign(rig.credential, { apiToken: 'revoked' });
	await waitUntil(() =>
		rig.simulator.requests.some(({ route, status }) => route === 'status' && status === 401),
	);
	Object.assign(rig.credential, { apiToken: TOKEN });
	expect(idsOf(await next)).toEqual(rig.paid());
});
