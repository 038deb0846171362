// Several items, tries and nodes in an execution that parks: what each does while it stays in memory,
// it does parked, and nothing is paid for twice.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useSmallN8n } from '../support/parked.mts';
import {
	again,
	byId,
	codeOf,
	copyOf,
	countOf,
	type Json,
	loopOf,
	namedIn,
	paidIn,
	RETRY,
	runAndWait,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true, nodeTypes: { 'test.again': again(1) } });
const n8n = useSmallN8n(rig);

const LONG_MS = 3_600_000;
const endRuns = () => void rig.clock.elapse(LONG_MS);

let deploymentId: string;
beforeEach(async () => {
	deploymentId = await copyOf(rig);
	rig.simulator.update({ latencyMs: LONG_MS });
});

const stepOf = (options: Json = {}, settings: Json = {}, more: Json = {}) =>
	workflowOf({
		parameters: runAndWait(rig, { deploymentId: byId(deploymentId), ...more, options }),
		settings,
	});

const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }];

/** Comes back `times` times by n8n's timer, all runs having ended each time. */
async function comeBack(id: string, times: number) {
	for (let done = 0; done < times; done += 1) {
		endRuns();
		await n8n.timer(id);
	}
}

describe('several items', () => {
	it('come out together, in their order, each submitted and downloaded once', async () => {
		n8n.reachable = false;
		const options = { concurrency: 2, waitMode: 'suspend', downloadFiles: true };
		const started = n8n.start(stepOf(options), { inputs });
		await started.until('waiting');
		expect(countOf(rig, 'submit')).toBe(2);
		await comeBack(started.id, 1);
		expect(n8n.read(started.id).status).toBe('waiting');
		expect(countOf(rig, 'submit')).toBe(3);
		await comeBack(started.id, 1);
		const done = await started.until();
		const items = done.items('Step 1');
		expect(items.map(({ json }) => json['request_id'])).toEqual(paidIn(rig));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(items.every(({ binary }) => binary?.['data']?.mimeType === 'image/png')).toBe(true);
		expect([countOf(rig, 'submit'), countOf(rig, 'storage')]).toEqual([3, 3]);
	});

	it('of which one fails end with its error, which names all', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', times: 1 });
		const { id, until } = n8n.start(stepOf({ concurrency: 2 }), { inputs });
		await until('waiting');
		await n8n.restart();
		await comeBack(id, 1);
		const done = await until();
		expect(codeOf(done as never)).toBe('run_failed');
		const [first, second] = paidIn(rig);
		expect(namedIn(done as never).map(({ request_id }) => request_id)).toEqual([first, second]);
		expect(done.error?.description).toMatch(/Get Result fetches/);
	});

	it.each([['continueRegularOutput'], ['continueErrorOutput']])(
		'of which one fails come out all the same with %s',
		async (onError) => {
			rig.simulator.inject({ name: 'run_failed', node_id: '31', times: 1 });
			n8n.reachable = false;
			const options = { concurrency: 2, waitMode: 'suspend' };
			const { id, until } = n8n.start(stepOf(options, { onError }), { inputs });
			await until('waiting');
			await comeBack(id, 2);
			const done = await until();
			const failed = done.items('Step 1', onError === 'continueErrorOutput' ? 1 : 0)[0];
			expect(failed?.json).toMatchObject({
				error_code: 'run_failed',
				request_id: paidIn(rig)[0],
			});
			// Nobody was asked for another try.
			expect(JSON.stringify(failed?.json)).not.toMatch(/Retry/);
			const good = done.items('Step 1').filter(({ json }) => json['status'] === 'succeeded');
			expect(good.map(({ json }) => json['request_id'])).toEqual(paidIn(rig).slice(1));
			expect(countOf(rig, 'submit')).toBe(3);
		},
	);

	it('that were refused before the wait are not tried again', async () => {
		const { foreign } = rig.simulator.deploymentIds;
		const where = byId(`={{ $json.n === 0 ? '${foreign}' : '${deploymentId}' }}`);
		const settings = { onError: 'continueRegularOutput' };
		const { id, until } = n8n.start(stepOf({}, settings, { deploymentId: where }), { inputs });
		await until('waiting');
		await n8n.restart();
		await comeBack(id, 1);
		const [refused, ...good] = (await until()).items('Step 1');
		expect(refused?.json).toMatchObject({ error_code: 'forbidden' });
		expect(good.map(({ json }) => json['status'])).toEqual(['succeeded', 'succeeded']);
		expect(countOf(rig, 'submit')).toBe(3);
	});
});

describe('another try after the wait', () => {
	it('takes up what was submitted', async () => {
		const { id, until } = n8n.start(stepOf({ timeout: 8 }, RETRY));
		await until('waiting');
		await n8n.restart();
		rig.simulator.inject({ name: 'server_error', on: 'result', times: 8 });
		await comeBack(id, 1);
		const done = await until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('submits a failed run again if the user says so, and parks for that one, too', async () => {
		rig.simulator.inject({ name: 'run_failed', times: 1 });
		const { id, until } = n8n.start(stepOf({ retryFailedRuns: true }, RETRY));
		await until('waiting');
		await n8n.restart();
		await comeBack(id, 1);
		expect(n8n.read(id).status).toBe('waiting');
		await comeBack(id, 1);
		const done = await until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[1]);
		expect([countOf(rig, 'submit'), done.entries]).toEqual([2, 3]);
	});

	it('by hand, of an execution that failed after the wait', async () => {
		const { id, until } = n8n.start(stepOf({ timeout: 7 }));
		await until('waiting');
		await n8n.restart();
		await new Promise((resolve) => setTimeout(resolve, 7_000));
		await n8n.timer(id);
		const failed = await until();
		expect(codeOf(failed as never)).toBe('timed_out');
		endRuns();
		const outcome = await rig.engine.run(stepOf(), { retryOf: failed as never }).outcome;
		expect(outcome.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(countOf(rig, 'submit')).toBe(1);
	});
});

describe('nodes of one execution', () => {
	it('park one after the other, and each run of a node for itself', async () => {
		const step = { parameters: runAndWait(rig, { deploymentId: byId(deploymentId) }) };
		const { id, until } = n8n.start(loopOf(step, step));
		await until('waiting');
		await n8n.restart();
		await comeBack(id, 4);
		const done = await until();
		const ids = ['Step 1', 'Step 2', 'Step 1', 'Step 2'].map(
			(node, at) =>
				done.runData[node]?.[Math.floor(at / 2)]?.data?.['main']?.[0]?.[0]?.json['request_id'],
		);
		expect(ids).toEqual(paidIn(rig));
		expect(new Set(ids).size).toBe(4);
		expect(done.entries).toBe(5);
	});
});

describe('Get Result', () => {
	const waiting = (requestId: string, options: Json = {}) =>
		workflowOf({
			parameters: runAndWait(rig, {
				operation: 'getResult',
				deploymentId: byId(deploymentId),
				requestId,
				waitForCompletion: true,
				options,
			}),
		});

	async function submitted() {
		const { until } = n8n.start(stepOf({}, {}, { operation: 'submit' }));
		return String((await until()).items('Step 1')[0]?.json['request_id']);
	}

	it('parks while it waits, and fetches the files', async () => {
		const requestId = await submitted();
		const { id, until } = n8n.start(waiting(requestId, { downloadFiles: true }));
		await until('waiting');
		await comeBack(id, 1);
		const [item] = (await until()).items('Step 1');
		expect(item?.json).toMatchObject({ request_id: requestId, status: 'succeeded' });
		expect(item?.binary?.['data']?.mimeType).toBe('image/png');
		expect([countOf(rig, 'submit'), countOf(rig, 'storage')]).toEqual([1, 1]);
	});

	it('waits as long as the user said, the time that it was parked included', async () => {
		const { until } = n8n.start(waiting(await submitted(), { timeout: 7 }));
		await until('waiting');
		const done = await until();
		expect(codeOf(done as never)).toBe('timed_out');
		expect(countOf(rig, 'cancel')).toBe(0);
	});
});
