// RunComfy refuses an item's submit for now: accepted requests of other items are stored with the execution, and the
// node returns for the next attempt.
import { describe, expect, it } from '@jest/globals';
import { rateLimited } from '../../support/answers.mts';
import { waitUntil } from '../../support/expect.mts';
import { useLongRuns, useSmallN8n } from '../support/parked.mts';
import {
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const stepOf = (options: Json = {}, settings: Json = {}) =>
	workflowOf({ parameters: runs.toRun(options), settings });

const itemsOfSize = (count: number) => Array.from({ length: count }, (_item, n) => ({ n }));

/** RunComfy accepts this many submits, and then asks to wait. */
const refuse = (after: number, seconds: number, times = Infinity) =>
	rig.simulator.inject(rateLimited({ on: 'submit', after, times, retryAfter: seconds }));

/** Starts an execution in which RunComfy refuses one item for now. @returns the parked execution */
async function parked(count: number, options: Json = {}, settings: Json = {}) {
	const begun = rig.clock.now();
	const started = n8n.start(stepOf(options, settings), { inputs: itemsOfSize(count) });
	await started.until('waiting');
	return { ...started, begun };
}

describe('an item that is refused for now', () => {
	it('holds nobody back: the others are stored before it is submitted, as soon as RunComfy takes it', async () => {
		refuse(2, 40, 1);
		const goOn = rig.clock.hold();
		const { id, until, begun } = await parked(3);
		expect([rig.paid().length, rig.countOf('submit')]).toEqual([2, 3]);
		for (const request of rig.paid()) {
			expect(JSON.stringify(n8n.read(id).stored)).toContain(request);
		}
		goOn();
		await waitUntil(() => rig.paid().length === 3);
		// The next timer of n8n would fire only after 90 s.
		const job = rig.simulator.jobs.get(rig.paid()[2]!)!;
		expect(job.createdAt - begun).toBeGreaterThanOrEqual(40_000);
		expect(job.createdAt - begun).toBeLessThan(50_000);
		await until('waiting');
		await runs.comeBack(id);
		const ids = idsOf(await until());
		expect(new Set(ids)).toEqual(new Set(rig.paid()));
		expect(rig.countOf('submit')).toBe(4);
	});

	it.each([
		['as soon as it is stored', 0],
		['when it has come back', 1],
	])('is paid for once, and so are the others, if n8n is killed %s', async (_what, comeBacks) => {
		refuse(2, 20, 1 + comeBacks);
		const goOn = rig.clock.hold();
		const { id } = await parked(3);
		if (comeBacks > 0) {
			goOn();
			await waitUntil(() => n8n.read(id).entries > comeBacks && n8n.read(id).status === 'waiting');
		}
		await n8n.crash(id, 'Step 1');
		goOn();
		rig.simulator.update({ latencyMs: 100 });
		runs.end();
		const again = n8n.retry(id);
		const ids = idsOf(await again.until());
		expect(new Set(ids)).toEqual(new Set(rig.paid()));
		expect(rig.paid()).toHaveLength(3);
	});

	it('is sent four times in all, however often the execution is parked', async () => {
		refuse(1, 20);
		const { id, until } = await parked(2, {}, CONTINUE);
		await waitUntil(() => rig.countOf('submit') === 5);
		await waitUntil(() => n8n.read(id).status === 'waiting');
		await runs.comeBack(id);
		const [good, refused] = itemsOf(await until()).map(({ json }) => json);
		expect(good).toMatchObject({ status: 'succeeded', request_id: rig.paid()[0] });
		expect(refused).toMatchObject({ error_code: 'rate_limited' });
		expect(refused).not.toHaveProperty('status');
		expect(rig.countOf('submit')).toBe(5);
		expect(n8n.read(id).entries).toBeGreaterThan(3);
	});

	it.each([
		['after two minutes', {}, 130_000],
		['after its timeout', { timeout: 60 }, 80_000],
	])('is not sent %s, if n8n comes back only then', async (_what, options, ms) => {
		refuse(1, 40, 1);
		const goOn = rig.clock.hold();
		const { id, until } = await parked(2, options, CONTINUE);
		await n8n.restart();
		rig.clock.elapse(ms);
		void n8n.timer(id);
		goOn();
		await waitUntil(() => n8n.read(id).entries === 2 && n8n.read(id).status !== 'running');
		await runs.comeBack(id);
		const refused = itemsOf(await until()).at(-1)?.json;
		expect(refused).toMatchObject({ error_code: 'rate_limited' });
		expect(rig.countOf('submit')).toBe(2);
	});

	it.each(['poll', 'auto'])(
		'waits until its timeout, which counts from its first attempt (Wait Mode: %s)',
		async (waitMode) => {
			rig.simulator.inject({ name: 'run_time', ms: 60_000, times: 1 });
			refuse(1, 40, 1);
			const begun = rig.clock.now();
			const { id } = n8n.start(stepOf({ waitMode, timeout: 100 }), { inputs: itemsOfSize(2) });
			const passed = () => rig.clock.now() - begun;
			await waitUntil(() => n8n.read(id).status === 'error' || passed() > 120_000);
			expect(codeOf(n8n.read(id))).toBe('timed_out');
			expect(passed()).toBeGreaterThanOrEqual(100_000);
			expect(passed()).toBeLessThan(110_000);
		},
	);

	it('is what the execution is stored for once all others have ended', async () => {
		rig.simulator.update({ latencyMs: 1_000 });
		refuse(1, 40, 2);
		const goOn: Array<() => void> = [];
		n8n.whenPutToWait = () => void goOn.push(rig.clock.hold());
		const { id, until } = await parked(2);
		goOn[0]?.();
		await waitUntil(() => goOn.length === 2 && n8n.read(id).status === 'waiting');
		const said = JSON.stringify(n8n.read(id).runData['Step 1']);
		expect(said).toContain('stored this execution until RunComfy takes its next request.');
		n8n.whenPutToWait = undefined;
		goOn[1]?.();
		await until();
	});

	it('does not have an execution parked in which nothing is accepted yet', async () => {
		refuse(0, 40, 2);
		rig.simulator.update({ latencyMs: 100 });
		const paidAtPark: number[] = [];
		n8n.whenPutToWait = () => void paidAtPark.push(rig.paid().length);
		const { until } = n8n.start(stepOf(), { inputs: itemsOfSize(2) });
		expect(idsOf(await until())).toHaveLength(2);
		expect(paidAtPark).not.toContain(0);
		expect(rig.countOf('submit')).toBe(4);
	});

	it('of an execution that is stopped meanwhile is not submitted, and the others are canceled', async () => {
		refuse(1, 40, 1);
		const goOn = rig.clock.hold();
		const { id } = await parked(2);
		await n8n.stop(id);
		goOn();
		await waitUntil(() => rig.stateOf(rig.paid()[0]) === 'canceled');
		await rig.clock.sleep(120_000);
		expect(rig.countOf('submit')).toBe(2);
	});

	it('is submitted again by a retry: what counts is what RunComfy says then', async () => {
		refuse(1, 20, 4);
		const { id, until } = await parked(2);
		await waitUntil(() => rig.countOf('submit') === 5);
		await waitUntil(() => n8n.read(id).status === 'waiting');
		await runs.comeBack(id);
		expect(codeOf(await until())).toBe('rate_limited');
		rig.simulator.update({ latencyMs: 100 });
		const ids = idsOf(await n8n.retry(id).until());
		expect(new Set(ids)).toEqual(new Set(rig.paid()));
		expect([rig.paid().length, rig.countOf('submit')]).toEqual([2, 6]);
	});
});
