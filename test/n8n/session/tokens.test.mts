// Which account pays, and where its token goes, if the credential has expressions or changes.
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type * as Library from '../../../simulator/index.ts';
import { tokenEcho } from '../../support/answers.mts';
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
	type Simulator,
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
	])('is refused for all of them: %s', async (_which, fields) => {
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
	it('what runs stays where it was accepted, what is submitted goes to the new one, and no token to another', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const running = rig.runNode(toRun({ concurrency: 1 }), [{}, {}]);
		await waitUntil(() => rig.countOf('status') > 0);
		moveAway();
		const ids = idsOf(await running);
		expect(ids).toEqual([...submitsTo(rig.simulator), ...submitsTo(other)]);
		expect([submitsTo(rig.simulator).length, submitsTo(other).length]).toEqual([1, 1]);
		expect([...refusedIn(rig.simulator), ...refusedIn(other)]).toEqual([]);
	});

	it('a stop cancels it where it was accepted', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const { id, until } = n8n.start(workflowOf({ parameters: toRun() }));
		await waitUntil(() => rig.countOf('status') > 0);
		moveAway();
		await n8n.stop(id);
		await until('canceled');
		await waitUntil(() => rig.countOf('cancel') > 0);
		expect(rig.paid().map((one) => rig.stateOf(one))).toEqual(['canceled']);
		expect(refusedIn(rig.simulator)).toEqual([]);
	});

	it('a parked execution is watched, woken and ends where it was accepted', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const goOn = rig.clock.hold();
		const { id, until } = n8n.start(workflowOf({ parameters: toRun({ waitMode: 'auto' }) }));
		await until('waiting');
		moveAway();
		goOn();
		expect(idsOf(await until())).toEqual(rig.paid());
		expect(n8n.calls).toEqual([id]);
		expect([refusedIn(rig.simulator), other.requests]).toEqual([[], []]);
	});

	it('no token shows in an error, neither the old nor the new one', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const running = rig.runNode(toRun({ concurrency: 1 }), [{}, {}], CONTINUE);
		await waitUntil(() => rig.countOf('status') > 0);
		moveAway();
		for (const simulator of [rig.simulator, other]) {
			simulator.inject(tokenEcho(simulator.token, { status: 400, on: 'result', times: Infinity }));
		}
		const shown = everythingOf(await running);
		expect(shown.split('Cannot verify')).toHaveLength(3);
		for (const token of [TOKEN, OTHER_TOKEN]) expect(shown).not.toContain(token);
	});

	it('and n8n has forgotten the old token, no other one is sent, and the request is picked up once it is back', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const json = workflowOf({ parameters: toRun({ waitMode: 'auto' }) });
		const { id, until } = await n8n.park(json);
		const before = rig.simulator.requests.length;
		moveAway();
		rig.clock.elapse(LONG_MS);
		await n8n.timer(id);
		const failed = await until();
		expect(codeOf(failed)).toBe('auth_failed');
		expect(refusal(failed.error)).toContain(rig.paid()[0]);
		expect(refusal(failed.error)).toContain(rig.simulator.url);
		expect([rig.simulator.requests.slice(before), other.requests]).toEqual([[], []]);

		Object.assign(rig.credential, { baseUrl: rig.simulator.url, apiToken: TOKEN });
		expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid());
		expect(rig.paid()).toHaveLength(1);
	});
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
