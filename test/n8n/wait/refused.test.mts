// RunComfy refuses an item's submit for now: accepted requests of other items are stored with the execution, and the
// item is submitted again once one of them has ended.
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

const stepOf = (options: Json = {}, settings: Json = {}, more: Json = {}) =>
	workflowOf({ parameters: runs.toRun(options, more), settings });

const itemsOfSize = (count: number) => Array.from({ length: count }, (_item, n) => ({ n }));

/** RunComfy accepts this many submits, and then asks to wait. */
const refuse = (after: number, seconds: number, times = Infinity) =>
	rig.simulator.inject(rateLimited({ on: 'submit', after, times, retryAfter: seconds }));

/** Starts an execution in which RunComfy refuses one item for now. @returns the parked execution */
async function parked(count: number, options: Json = {}, settings: Json = {}) {
	const started = n8n.start(stepOf(options, settings), { inputs: itemsOfSize(count) });
	await started.until('waiting');
	return started;
}

describe('an item that is refused for now', () => {
	it('holds nobody back: the others are stored, and it is submitted once one of them has ended (P21)', async () => {
		refuse(2, 40, 1);
		const goOn = rig.clock.hold();
		const { id, until } = await parked(3);
		expect([rig.paid().length, rig.countOf('submit')]).toEqual([2, 3]);
		for (const request of rig.paid()) {
			expect(JSON.stringify(n8n.read(id).stored)).toContain(request);
		}
		goOn();
		rig.simulator.update({ latencyMs: 100 });
		await runs.comeBack(id);
		const ids = idsOf(await until());
		expect(new Set(ids)).toEqual(new Set(rig.paid()));
		expect([rig.paid().length, rig.countOf('submit')]).toEqual([3, 4]);
	});

	it('is paid for once, and so are the others, if n8n is killed as soon as they are stored', async () => {
		refuse(2, 20, 1);
		const goOn = rig.clock.hold();
		const { id } = await parked(3);
		await n8n.crash(id, 'Step 1');
		goOn();
		rig.simulator.update({ latencyMs: 100 });
		runs.end();
		const ids = idsOf(await n8n.retry(id).until());
		expect(new Set(ids)).toEqual(new Set(rig.paid()));
		expect(rig.paid()).toHaveLength(3);
	});

	it('is not sent again while n8n’s timer renews the wait and no request has ended (P21)', async () => {
		refuse(1, 20);
		const { id, until } = await parked(2, {}, CONTINUE);
		for (const entries of [2, 3]) {
			await n8n.timer(id);
			await waitUntil(() => n8n.read(id).entries === entries && n8n.read(id).status === 'waiting');
		}
		expect(rig.countOf('submit')).toBe(2);
		await runs.comeBack(id);
		const [good, refused] = itemsOf(await until()).map(({ json }) => json);
		expect(good).toMatchObject({ status: 'succeeded', request_id: rig.paid()[0] });
		expect(refused).toMatchObject({ error_code: 'rate_limited' });
		expect(refused).not.toHaveProperty('status');
	});

	it('is sent four times more, and then fails, once nothing else of the node is open', async () => {
		refuse(1, 20);
		rig.simulator.update({ latencyMs: 100 });
		const { until } = n8n.start(stepOf({ waitMode: 'poll' }, CONTINUE), { inputs: itemsOfSize(2) });
		expect(itemsOf(await until()).map(({ json }) => json)).toMatchObject([
			{ status: 'succeeded' },
			{ error_code: 'rate_limited' },
		]);
		expect(rig.countOf('submit')).toBe(2 + 4);
	});

	it('does not have an execution parked in which nothing is accepted', async () => {
		refuse(0, 40, 2);
		rig.simulator.update({ latencyMs: 100 });
		const paidAtPark: number[] = [];
		n8n.whenPutToWait = () => void paidAtPark.push(rig.paid().length);
		const { until } = n8n.start(stepOf(), { inputs: itemsOfSize(2) });
		expect(idsOf(await until())).toHaveLength(2);
		expect(paidAtPark).not.toContain(0);
		expect(rig.countOf('submit')).toBe(4);
	});

	it('whose refusal comes before other answers leaves those their places', async () => {
		refuse(2, 5, 2);
		rig.simulator.inject({ name: 'slow_submit', ms: 300, times: 2 });
		rig.simulator.inject({ name: 'run_time', ms: 10_000, times: 1 });
		const { id } = n8n.start(stepOf({ concurrency: 4, waitMode: 'poll' }), {
			inputs: itemsOfSize(4),
		});
		await waitUntil(() => rig.paid().length === 2);
		await rig.clock.sleep(60_000);
		expect(rig.paid().length).toBeGreaterThan(2);
		await n8n.stop(id);
	});

	it('of Submit slows down the others only until RunComfy accepts again', async () => {
		refuse(0, 1, 1);
		rig.simulator.inject({ name: 'stall', on: 'submit', after: 40, times: Infinity });
		const json = stepOf({ concurrency: 20 }, {}, { operation: 'submit' });
		const { id } = n8n.start(json, { inputs: itemsOfSize(80) });
		await waitUntil(() => rig.paid().length === 40 && rig.countOf('submit') === 1 + 40 + 20);
		await n8n.stop(id);
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
		refuse(1, 20, 5);
		const { until, id } = await parked(2);
		rig.simulator.update({ latencyMs: 100 });
		await runs.comeBack(id);
		expect(codeOf(await until())).toBe('rate_limited');
		const ids = idsOf(await n8n.retry(id).until());
		expect(new Set(ids)).toEqual(new Set(rig.paid()));
		expect(rig.paid()).toHaveLength(2);
	});
});
