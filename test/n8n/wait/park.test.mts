// Run and Wait leaves n8n's memory while the run goes on at RunComfy, and returns for the result.
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { useLongRuns, useSmallN8n } from '../support/parked.mts';
import { idsOf, runtime, useRig, workflowOf } from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const { stepsOf } = runs;

describe('a run that takes longer than a moment', () => {
	it.each([
		['in a new workflow', {}, {}],
		['if the node always puts something out', { alwaysOutputData: true }, {}],
		['in a workflow with the order of execution of old', {}, { executionOrder: 'v0' }],
	])('parks the execution, and its watcher has n8n go on: %s', async (_where, node, settings) => {
		rig.simulator.update({ latencyMs: 2_000 });
		const json = stepsOf({ downloadFiles: true }, {}, node);
		const goOn = rig.clock.hold();
		const started = n8n.start({ ...json, settings: { ...json.settings, ...settings } });
		const parked = await started.until('waiting');
		expect(parked.items('Step 1')).toEqual([]);
		expect(JSON.stringify(parked.stored.executionData?.contextData)).toContain(rig.paid()[0]);
		goOn();
		const done = await started.until();
		expect(done.items('Step 2')[0]?.json).toMatchObject({ status: 'completed' });
		const [item] = done.items('Step 1');
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			request_id: rig.paid()[0],
			timings: { total_ms: 2_000 },
		});
		expect(item?.binary?.['data']?.mimeType).toBe('image/png');
		expect(item?.pairedItem).toEqual({ item: 0 });
		expect(done.runData['Step 1']).toHaveLength(1);
		expect(done.runData['Step 2']).toHaveLength(1);
		expect([rig.countOf('submit'), rig.countOf('storage'), done.entries]).toEqual([1, 1, 2]);
		expect(done.stored.executionData?.contextData['node:Step 1']).toEqual({});
	});

	it('is looked at each time that n8n comes back by itself, less often each time, and paid for once (P20)', async () => {
		const { id, until } = n8n.start(stepsOf());
		await until('waiting');
		const lengths = [];
		for (let entries = 2; entries <= 5; entries += 1) {
			const { at, until: end } = n8n.parkOf(id);
			lengths.push(end - at);
			expect(n8n.read(id).waitTill?.getTime()).toBe(end);
			// The execution stays parked while its watcher polls.
			const goOn = await rig.clock.stopAt('/status');
			const looks = rig.countOf('result');
			const back = n8n.timer(id);
			goOn();
			await back;
			expect(n8n.read(id)).toMatchObject({ status: 'waiting', entries });
			expect(rig.countOf('result')).toBeGreaterThan(looks);
		}
		expect(lengths).toEqual([90_000, 180_000, 300_000, 300_000]);
		await runs.comeBack(id);
		const done = await until();
		expect(idsOf(done)).toEqual(rig.paid());
		expect(done.runData['Step 1']).toHaveLength(1);
		expect(rig.countOf('submit')).toBe(1);
	});

	it('is no longer watched once n8n has come back by itself (P34)', async () => {
		rig.simulator.update({ latencyMs: 22_000 });
		const { id, until } = n8n.start(stepsOf({ timeout: 24 }));
		const goOn = await rig.clock.stopAt('/status', 2);
		await until('waiting');
		// Too little time is left for parking again.
		rig.clock.elapse(20_000);
		const back = n8n.timer(id);
		goOn();
		await back;
		const done = await until();
		expect(idsOf(done)).toEqual(rig.paid());
		await rig.clock.sleep(60_000);
		expect([done.entries, n8n.calls]).toEqual([2, []]);
	});

	it('outlives the process that has submitted it, parked or just coming back (P39)', async () => {
		const { id, until } = await n8n.park(stepsOf());
		void n8n.timer(id);
		const looks = rig.countOf('status');
		await waitUntil(() => rig.countOf('status') > looks);
		await n8n.restart();
		await runs.comeBack(id);
		expect(idsOf(await until())).toEqual(rig.paid());
		expect(rig.countOf('submit')).toBe(1);
	});

	it('is stored with its id before anybody looks at it (P36)', async () => {
		const goOn = rig.clock.hold();
		const { until, id } = n8n.start(stepsOf());
		const parked = await until('waiting');
		expect(rig.countOf('status')).toBe(0);
		expect(JSON.stringify(parked.stored.executionData?.contextData)).toContain(rig.paid()[0]);
		await n8n.restart();
		goOn();
		await runs.comeBack(id);
		expect((await until()).status).toBe('success');
		expect(rig.countOf('submit')).toBe(1);
	});

	it('tells the user what it waits for', async () => {
		const { id } = await n8n.park(workflowOf({ parameters: runs.toRun() }), {
			inputs: Array.from({ length: 7 }, () => ({})),
		});
		const first = rig.paid().slice(0, 5).join(', ');
		expect(JSON.stringify(n8n.read(id).runData['Step 1'])).toContain(
			`n8n has stored this execution while RunComfy works on requests ${first} and 2 more.`,
		);
	});
});

describe('a deadline', () => {
	it('that has passed still leaves a look at the result', async () => {
		const { id, until } = await n8n.park(stepsOf({ timeout: 7 }));
		await runs.comeBack(id);
		expect((await until()).items('Step 1')[0]?.json['status']).toBe('succeeded');
	});

	it.each([
		[4.999, 1],
		[5, 2],
	])('in %p s: the node runs %i times', async (timeout, entries) => {
		expect(await n8n.start(stepsOf({ timeout })).until()).toMatchObject({
			status: 'error',
			entries,
		});
	});
});

describe('the address where n8n goes on', () => {
	it.each(['nobody', 'another server'] as const)(
		'that leads to %s keeps the execution in memory, and says so',
		async (answers) => {
			rig.simulator.update({ latencyMs: 2_500 });
			n8n.answers = answers;
			const done = await n8n.start(stepsOf()).until();
			expect([done.status, done.entries]).toEqual(['success', 1]);
			const said = JSON.stringify(done.runData['Step 1']);
			expect(said).toMatch(
				/holds the execution in its memory .* cannot reach itself .*N8N_WEBHOOK_URL \(before n8n 2.30: WEBHOOK_URL\)/,
			);
		},
	);

	it('that answers only some time after a start of n8n is asked for again', async () => {
		rig.simulator.update({ latencyMs: 20_000 });
		n8n.answers = 'nobody';
		const { until } = n8n.start(stepsOf());
		await waitUntil(() => rig.countOf('status') > 1);
		n8n.answers = 'n8n';
		const done = await until();
		expect([done.status, done.entries]).toEqual(['success', 2]);
		expect(JSON.stringify(done.runData)).not.toContain('cannot reach itself');
	});

	it('is no news where the node would not have left anyway', async () => {
		rig.simulator.update({ latencyMs: 2_500 });
		n8n.answers = 'nobody';
		const done = await n8n.start(stepsOf({ timeout: 4 })).until();
		expect(done.status).toBe('success');
		expect(JSON.stringify(done.runData)).not.toContain('cannot reach itself');
	});

	it('that redirects what is posted there wakes nothing, and is not used again', async () => {
		rig.simulator.update({ latencyMs: 2_500 });
		n8n.answers = 'a redirect';
		const { id, until } = n8n.start(stepsOf());
		await until('waiting');
		await waitUntil(() => [...runtime.answering.values()].includes(false));
		await n8n.timer(id);
		expect((await until()).entries).toBe(2);
		const next = await n8n.start(stepsOf()).until();
		expect([next.status, next.entries, n8n.calls]).toEqual(['success', 1, []]);
	});
});

it.each(['v0', 'v1'])(
	'two nodes on branches of one execution each pay once, in the order of execution %s',
	async (executionOrder) => {
		const json = workflowOf({ parameters: runs.toRun() }, { parameters: runs.toRun() });
		const to = (node: string) => ({ node, type: 'main', index: 0 });
		const { id, until } = n8n.start({
			...json,
			connections: { Start: { main: [[to('Step 1'), to('Step 2')]] } },
			settings: { ...json.settings, executionOrder },
		});
		await until('waiting');
		for (let times = 0; times < 2; times += 1) {
			await n8n.restart();
			await runs.comeBack(id);
		}
		const done = await until();
		const ids = [...idsOf(done, 1), ...idsOf(done, 2)];
		expect(ids.sort()).toEqual(rig.paid().sort());
		expect([rig.countOf('submit'), done.entries]).toEqual([2, 3]);
		expect(done.runData['Step 1']).toHaveLength(1);
	},
);
