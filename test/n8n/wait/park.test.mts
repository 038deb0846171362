// Run and Wait leaves n8n's memory while the run goes on at RunComfy, and comes back for the result.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { useSmallN8n } from '../support/parked.mts';
import {
	byId,
	codeOf,
	copyOf,
	countOf,
	type Json,
	paidIn,
	runAndWait,
	useRig,
	workflowOf,
} from '../support/rig.mts';

let aheadMs = 0;

const rig = useRig({ now: () => Date.now() + aheadMs });

const n8n = useSmallN8n(rig);

let deploymentId: unknown;

// One for each test: n8n's process remembers how long the runs of a deployment take.
beforeEach(async () => {
	deploymentId = byId(await copyOf(rig));
});

const stepOf = (options: Json = {}, settings: Json = {}) =>
	workflowOf(
		{ parameters: runAndWait(rig, { deploymentId, options }), settings },
		{
			parameters: runAndWait(rig, {
				operation: 'getStatus',
				deploymentId,
				requestId: '={{ $json.request_id }}',
			}),
		},
	);

const until = (condition: () => boolean) => waitUntil(condition);

/** Of a length that no test waits for. */
const LONG_MS = 3_600_000;

const endRuns = () => void (aheadMs += LONG_MS);

describe('a run that takes longer than a moment', () => {
	it.each([
		['in a new workflow', {}, {}],
		['if the node always puts something out', { alwaysOutputData: true }, {}],
		['in a workflow with the order of execution of old', {}, { executionOrder: 'v0' }],
	])('parks the execution, and its watcher has n8n go on: %s', async (_where, node, settings) => {
		rig.simulator.update({ latencyMs: 2_000 });
		const json = stepOf({ downloadFiles: true }, node);
		const started = n8n.start({ ...json, settings: { ...json.settings, ...settings } });
		const parked = await started.until('waiting');
		expect(parked.items('Step 1')).toEqual([]);
		expect(JSON.stringify(parked.stored.executionData?.contextData)).toContain(paidIn(rig)[0]);
		const done = await started.until();
		expect(done.error?.message).toBeUndefined();
		expect(done.items('Step 2')[0]?.json).toMatchObject({ status: 'completed' });
		const [item] = done.items('Step 1');
		expect(item?.json).toMatchObject({ status: 'succeeded', request_id: paidIn(rig)[0] });
		expect(item?.binary?.['data']?.mimeType).toBe('image/png');
		expect(item?.pairedItem).toEqual({ item: 0 });
		expect(done.runData['Step 1']).toHaveLength(1);
		expect(done.runData['Step 2']).toHaveLength(1);
		expect([countOf(rig, 'submit'), countOf(rig, 'storage'), done.entries]).toEqual([1, 1, 2]);
		expect(done.stored.executionData?.contextData['node:Step 1']).toEqual({});
	});

	it('is looked at each time that n8n comes back by itself, and paid for once', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf());
		const { waitTill } = await started.until('waiting');
		expect(waitTill!.getTime()).toBeGreaterThan(Date.now());
		n8n.reachable = false;
		for (let entries = 2; entries <= 4; entries += 1) {
			const looks = countOf(rig, 'status');
			await n8n.timer(started.id);
			expect(n8n.read(started.id)).toMatchObject({ status: 'waiting', entries });
			expect(countOf(rig, 'status')).toBeGreaterThan(looks);
		}
		endRuns();
		await n8n.timer(started.id);
		const done = await started.until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(done.runData['Step 1']).toHaveLength(1);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('outlives the process that has submitted it, parked or just coming back', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf());
		await started.until('waiting');
		await n8n.restart();
		void n8n.timer(started.id);
		const looks = countOf(rig, 'status');
		await until(() => countOf(rig, 'status') > looks);
		await n8n.restart();
		endRuns();
		await n8n.timer(started.id);
		const done = await started.until();
		expect(done.status).toBe('success');
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it.each([['auto'], ['suspend']])(
		'is stored with its id before anybody looks at it (%s)',
		async (waitMode) => {
			rig.simulator.update({ latencyMs: LONG_MS });
			const { until, id } = n8n.start(stepOf({ waitMode }));
			const parked = await until('waiting');
			expect(countOf(rig, 'status')).toBe(0);
			expect(JSON.stringify(parked.stored.executionData?.contextData)).toContain(paidIn(rig)[0]);
			await n8n.restart();
			endRuns();
			await n8n.timer(id);
			expect((await until()).status).toBe('success');
			expect(countOf(rig, 'submit')).toBe(1);
		},
	);

	it('parks even if the run is known to end at once', async () => {
		rig.simulator.update({ latencyMs: 50 });
		for (let run = 0; run < 2; run += 1) {
			const done = await n8n.start(stepOf()).until();
			expect(done.items('Step 1')[0]?.json['status']).toBe('succeeded');
			expect(done.entries).toBe(2);
		}
	});

	it.each([
		['poll', 'trigger'] as const,
		['auto', 'evaluation'] as const,
		['auto', 'cli'] as const,
	])(
		'stays where it is with the mode %s in an execution of the kind %s',
		async (waitMode, mode) => {
			rig.simulator.update({ latencyMs: 1_500 });
			const started = n8n.start(stepOf({ waitMode }), { mode });
			const done = await started.until();
			expect([done.status, done.entries]).toEqual(['success', 1]);
			expect(n8n.calls).toEqual([]);
		},
	);
});

describe('a deadline', () => {
	it('counts from the submit, however often the execution was parked', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf({ timeout: 7 }));
		await started.until('waiting');
		const done = await started.until();
		expect(codeOf(done as never)).toBe('timed_out');
		expect(done.error?.description).toContain(paidIn(rig)[0]);
		expect([countOf(rig, 'submit'), countOf(rig, 'cancel')]).toEqual([1, 0]);
	});

	it('that has passed still leaves a look at the result', async () => {
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf({ timeout: 7 }));
		await started.until('waiting');
		await n8n.restart();
		await new Promise((resolve) => setTimeout(resolve, 7_000));
		endRuns();
		await n8n.timer(started.id);
		expect((await started.until()).items('Step 1')[0]?.json['status']).toBe('succeeded');
	});
});

describe('the address where n8n goes on', () => {
	it('that cannot be reached keeps the execution in memory, and says so', async () => {
		rig.simulator.update({ latencyMs: 2_500 });
		n8n.reachable = false;
		const done = await n8n.start(stepOf()).until();
		expect([done.status, done.entries]).toEqual(['success', 1]);
		expect(JSON.stringify(done.runData['Step 1'])).toMatch(/WEBHOOK_URL/);
	});

	it('is not needed if the user wants it parked: n8n comes back by itself', async () => {
		rig.simulator.update({ latencyMs: 1_500 });
		n8n.reachable = false;
		const started = n8n.start(stepOf({ waitMode: 'suspend' }));
		await started.until('waiting');
		endRuns();
		await n8n.timer(started.id);
		expect((await started.until()).status).toBe('success');
		expect(countOf(rig, 'submit')).toBe(1);
	});
});

describe('two nodes on branches of one execution', () => {
	it.each([['v0'], ['v1']])(
		'each pay once, in the order of execution %s',
		async (executionOrder) => {
			rig.simulator.update({ latencyMs: LONG_MS });
			const parameters = runAndWait(rig, { deploymentId: byId(await copyOf(rig)) });
			const json = workflowOf({ parameters }, { parameters });
			const to = (node: string) => ({ node, type: 'main', index: 0 });
			json.connections = { Start: { main: [[to('Step 1'), to('Step 2')]] } } as never;
			const { id, until } = n8n.start({ ...json, settings: { ...json.settings, executionOrder } });
			await until('waiting');
			for (let times = 0; times < 2; times += 1) {
				await n8n.restart();
				aheadMs += LONG_MS;
				await n8n.timer(id);
			}
			const done = await until();
			const ids = ['Step 1', 'Step 2'].map((node) => done.items(node)[0]?.json['request_id']);
			expect(ids.sort()).toEqual(paidIn(rig).sort());
			expect([countOf(rig, 'submit'), done.entries]).toEqual([2, 3]);
			expect(done.runData['Step 1']).toHaveLength(1);
		},
	);
});
