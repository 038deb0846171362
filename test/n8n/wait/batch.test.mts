// Several items, tries and nodes in an execution that parks: each works as in memory, and nothing is paid for twice.
import { describe, expect, it } from '@jest/globals';
import type { IRunExecutionData } from 'n8n-workflow';
import { paymentRequired, serverError } from '../../support/answers.mts';
import { waitUntil } from '../../support/expect.mts';
import { LONG_MS, useLongRuns, useSmallN8n } from '../support/parked.mts';
import {
	again,
	byId,
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	loopOf,
	RETRY,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true, nodeTypes: { 'test.again': again(1) } });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const stepOf = (options: Json = {}, settings: Json = {}, more: Json = {}) =>
	workflowOf({ parameters: runs.toRun(options, more), settings });

const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }];

describe('several items', () => {
	it('come out together, in their order, each submitted and downloaded once', async () => {
		rig.simulator.inject({ name: 'slow_submit', ms: 600, after: 1, times: 1 });
		const options = { concurrency: 2, downloadFiles: true };
		const { id, until } = await n8n.park(stepOf(options), { inputs });
		// The node did not leave before the submit of every item was answered.
		expect(rig.paid()).toHaveLength(2);
		await runs.comeBack(id);
		expect(n8n.read(id).status).toBe('waiting');
		expect(rig.countOf('submit')).toBe(3);
		await runs.comeBack(id);
		const done = await until();
		const items = itemsOf(done);
		expect(idsOf(done)).toEqual(rig.paid());
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(items.every(({ binary }) => binary?.['data']?.mimeType === 'image/png')).toBe(true);
		expect([rig.countOf('submit'), rig.countOf('storage')]).toEqual([3, 3]);
	});

	it('of which one has failed go on as the others end, and wait for the last', async () => {
		rig.simulator.inject({ name: 'run_failed', times: 1 });
		for (const hours of [2, 3]) {
			rig.simulator.inject({ name: 'run_time', ms: hours * LONG_MS, after: 1, times: 1 });
		}
		const options = { concurrency: 3, timeout: 0, downloadFiles: true };
		const { id, until } = await n8n.park(stepOf(options), { inputs });
		await runs.comeBack(id, 3);
		expect([codeOf(await until()), rig.countOf('submit')]).toEqual(['run_failed', 3]);
		expect(rig.countOf('storage')).toBe(0);
	});

	it('that were refused before the wait are not tried again', async () => {
		const { disabled } = rig.simulator.deploymentIds;
		const where = byId(`={{ $json.n === 0 ? '${disabled}' : '${runs.deploymentId}' }}`);
		const { id, until } = await n8n.park(stepOf({}, CONTINUE, { deploymentId: where }), { inputs });
		await runs.comeBack(id);
		const [refused, ...good] = itemsOf(await until());
		expect(refused?.json).toMatchObject({ error_code: 'deployment_disabled' });
		expect(good.map(({ json }) => json['status'])).toEqual(['succeeded', 'succeeded']);
		expect(rig.countOf('submit')).toBe(3);
	});
});

describe('items in an execution that has come back', () => {
	const many = (count: number) => Array.from({ length: count }, (_item, n) => ({ n }));

	/** Resolves once the node has parked again. */
	const again = (id: string, entries: number) =>
		waitUntil(() => n8n.read(id).entries === entries && n8n.read(id).status === 'waiting');

	it('have every free place before it parks again', async () => {
		rig.simulator.inject({ name: 'run_time', ms: 5_000, times: 2 });
		rig.simulator.inject({ name: 'stall', on: 'storage', ms: 3_000, times: 1 });
		const options = { concurrency: 3, downloadFiles: true };
		const { id, until } = n8n.start(stepOf(options), { inputs: many(6) });
		await until('waiting');
		await again(id, 2);
		expect(rig.paid()).toHaveLength(5);
	});

	it('are canceled at their timeout, also if the node goes on for others', async () => {
		const options = { timeout: '={{ $json.n === 0 ? 20 : 0 }}', cancelOnTimeout: true };
		const begun = rig.clock.now();
		const { id, until } = n8n.start(stepOf(options, CONTINUE), { inputs: many(2) });
		await until('waiting');
		await again(id, 2);
		expect(rig.paid().map((one) => rig.stateOf(one))).toEqual(['canceled', 'in_progress']);
		expect(rig.clock.now() - begun).toBeLessThan(30_000);
	});

	it('are waited for to the end of all, also beside one that RunComfy has refused', async () => {
		const refusing = rig.copyOf();
		rig.simulator.inject(paymentRequired({ on: 'submit', deployment_id: refusing }));
		rig.simulator.inject({ name: 'run_time', ms: 30_000, deployment_id: runs.deploymentId });
		rig.simulator.update({ latencyMs: 60_000 });
		const where = byId(`={{ $json.n === 0 ? '${refusing}' : '${runs.deploymentId}' }}`);
		const json = stepOf({}, CONTINUE, { deploymentId: where });
		const done = await n8n.start(json, { inputs }).until();
		expect(itemsOf(done)[0]?.json).toMatchObject({ error_code: 'insufficient_funds' });
		expect([rig.paid().length, done.entries]).toEqual([2, 2]);
	});

	it('are waited for to the end of all, without a wake-up for each, once nothing more is submitted', async () => {
		rig.simulator.inject({ name: 'run_time', ms: 30_000, after: 1, times: 1 });
		rig.simulator.inject({ name: 'run_time', ms: 60_000, after: 1, times: 1 });
		const options = { concurrency: 3, timeout: '={{ $json.n === 0 ? 10 : 0 }}' };
		const done = await n8n.start(stepOf(options), { inputs: many(4) }).until();
		expect([codeOf(done), rig.countOf('submit'), done.entries]).toEqual(['timed_out', 3, 3]);
	});
});

it.each([
	{ concurrency: 2, endsFirst: 0, paid: 5 },
	{ concurrency: 1, endsFirst: 1, paid: 4 },
])(
	'items of a retry whose requests still run keep their places, so that it is not woken again and again: %j (P23)',
	async ({ concurrency, endsFirst, paid }) => {
		rig.simulator.inject({ name: 'run_failed', times: 2 });
		rig.simulator.inject({ name: 'run_time', ms: 5_000, times: 2 });
		rig.simulator.inject({ name: 'run_time', ms: 60_000, after: endsFirst, times: 1 });
		const six = Array.from({ length: 6 }, (_item, n) => ({ n }));
		const json = stepOf({ concurrency: 4, timeout: 10 });
		const failed = n8n.start(json, { inputs: six });
		expect(codeOf(await failed.until())).toBe('run_failed');
		const { id, until } = n8n.retry(failed.id, stepOf({ concurrency }));
		await until('waiting');
		expect(rig.paid()).toHaveLength(4);
		await rig.clock.sleep(120_000);
		expect([rig.paid().length, n8n.read(id).entries]).toEqual([paid, 2]);
	},
);

const itemsIn = (data: IRunExecutionData) =>
	data.executionData!.nodeExecutionStack.flatMap(({ data: { main = [] } }) =>
		main.flatMap((items) => items ?? []),
	);

/** Moves a file received by a webhook, as n8n does once the id of the execution is known. */
function putFile(data: IRunExecutionData, execution: string, among: 'binary' | 'json' = 'binary') {
	const id = `filesystem-v2:workflows/w1/executions/${execution}/binary_data/6f7e`;
	for (const item of itemsIn(data)) {
		item[among] = { data: { data: 'filesystem-v2', mimeType: 'image/png', id } };
	}
}

describe('an item that n8n hands back not as it was', () => {
	it.each<[string, (data: IRunExecutionData) => void]>([
		['with its file moved', (data) => putFile(data, '7')],
		[
			'changed in any other way',
			(data) => {
				for (const item of itemsIn(data)) item.json = { rounded: 1 };
			},
		],
	])('still counts as paid after the wait, also in a later try: %s', async (_how, change) => {
		n8n.tamper = (data) => putFile(data, 'temp');
		const { id, until } = await n8n.park(stepOf({ timeout: 8 }, RETRY));
		n8n.tamper = change;
		rig.simulator.inject(serverError({ on: 'result', times: 8 }));
		await runs.comeBack(id);
		expect(idsOf(await until())).toEqual(rig.paid());
		expect(rig.countOf('submit')).toBe(1);
	});

	it.each([
		['the item’s files', 'binary'],
		['its fields, as in workflows with combined binary data', 'json'],
	] as const)('is picked up by a retry if its file was moved: among %s', async (_what, among) => {
		const json = stepOf({ timeout: 2, waitMode: 'poll' });
		n8n.tamper = (data) => putFile(data, 'temp', among);
		const failed = await n8n.start(json).until();
		expect(codeOf(failed)).toBe('timed_out');
		runs.end();
		putFile(failed.stored, '7', among);
		expect(idsOf(await rig.engine.run(json, { retryOf: failed as never }).outcome)).toEqual(
			rig.paid(),
		);
		expect(rig.countOf('submit')).toBe(1);
	});
});

it('nodes of one execution park one after the other, and each run of a node for itself', async () => {
	const step = { parameters: runs.toRun() };
	const { id, until } = await n8n.park(loopOf(step, step));
	await runs.comeBack(id, 4);
	const done = await until();
	const ids = ['Step 1', 'Step 2', 'Step 1', 'Step 2'].map(
		(node, at) =>
			done.runData[node]?.[Math.floor(at / 2)]?.data?.['main']?.[0]?.[0]?.json['request_id'],
	);
	expect(ids).toEqual(rig.paid());
	expect(new Set(ids).size).toBe(4);
	expect(done.entries).toBe(5);
});

describe('Get Result', () => {
	const waiting = (requestId: string, options: Json = {}) =>
		stepOf(options, {}, { operation: 'getResult', requestId, waitForCompletion: true });

	async function submitted() {
		const { until } = n8n.start(stepOf({}, {}, { operation: 'submit' }));
		return String(idsOf(await until())[0]);
	}

	it('parks while it waits, and fetches the files', async () => {
		const requestId = await submitted();
		const { id, until } = await n8n.park(waiting(requestId, { downloadFiles: true }));
		await runs.comeBack(id);
		const [item] = itemsOf(await until());
		expect(item?.json).toMatchObject({ request_id: requestId, status: 'succeeded' });
		expect(item?.binary?.['data']?.mimeType).toBe('image/png');
		expect([rig.countOf('submit'), rig.countOf('storage')]).toEqual([1, 1]);
	});

	it('asks at once only about what has ended when it is woken: the rest was looked at a moment ago', async () => {
		rig.simulator.inject({ name: 'run_time', ms: 10_000, times: 1 });
		const json = stepOf({}, {}, { operation: 'submit' });
		const requests = idsOf(await n8n.start(json, { inputs }).until());
		const more = { operation: 'getResult', waitForCompletion: true };
		const waits = stepOf({ concurrency: 2 }, {}, { ...more, requestId: '={{ $json.id }}' });
		const goOn = rig.clock.hold();
		const { id, until } = n8n.start(waits, { inputs: requests.map((one) => ({ id: one })) });
		await until('waiting');
		goOn();
		await waitUntil(() => n8n.read(id).entries === 2 && n8n.read(id).status === 'waiting');
		const about = (route: string) =>
			rig.work().filter((call) => call.route === route && call.requestId === requests[1]);
		const times = about('status').map(({ at }) => at);
		expect(times.length).toBeGreaterThan(5);
		expect(new Set(times).size).toBe(times.length);
		expect(about('result')).toEqual([]);
	});

	it('leaves its request alone if it is stopped while it is parked', async () => {
		rig.simulator.inject({ name: 'run_time', ms: 600_000, times: 1 });
		const requestId = await submitted();
		const goOn = rig.clock.hold();
		const { id, until } = n8n.start(waiting(requestId));
		await until('waiting');
		await n8n.stop(id);
		goOn();
		await rig.clock.sleep(120_000);
		expect([rig.stateOf(requestId), rig.countOf('cancel')]).toEqual(['in_progress', 0]);
	});
});
