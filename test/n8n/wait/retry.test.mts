// *Executions > Retry* of an execution that was parked once: what is paid for is taken up.
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
const LONG_MS = 3_600_000;

let deploymentId: ReturnType<typeof byId>;
beforeEach(async () => {
	deploymentId = byId(await copyOf(rig));
	rig.simulator.update({ latencyMs: LONG_MS });
});

/** A run, and a node after it that gets its item. */
const stepOf = (more: Json = {}) =>
	workflowOf(
		{ parameters: runAndWait(rig, { deploymentId, ...more }) },
		{
			parameters: runAndWait(rig, {
				operation: 'getStatus',
				deploymentId,
				requestId: '={{ $json.request_id }}',
			}),
		},
	);

async function parked(
	json = stepOf(),
	inputs: Array<Record<string, never> | { n: number }> = [{}],
) {
	const { id, until } = n8n.start(json, { inputs });
	await until('waiting');
	// After a slow look, the node calls the address that it was parked with.
	await n8n.restart(true);
	return id;
}

/** Has the node that goes on wait for its result, so that it does not end before n8n is killed. */
const holdResult = () => rig.simulator.inject({ name: 'stall', on: 'result', ms: 1_000, times: 1 });

/** As the watcher of the stopped execution does. */
async function cancel(requestId: string) {
	const { url, token } = rig.simulator;
	const path = `/prod/v1/deployments/${deploymentId.value}/requests/${requestId}/cancel`;
	const headers = { authorization: `Bearer ${token}` };
	expect((await fetch(url + path, { method: 'POST', headers })).ok).toBe(true);
}

const WAYS: Array<[string, (id: string) => unknown]> = [
	['its timer', (id) => n8n.timer(id)],
	['its watcher', (id) => n8n.wake(id)],
];

describe('an execution that n8n was killed in after the wait', () => {
	it.each(WAYS)(
		'pays nothing again, whatever node was running when %s had resumed it',
		async (_what, resume) => {
			const id = await parked();
			aheadMs += LONG_MS;
			holdResult();
			void resume(id);
			await waitUntil(() => n8n.read(id).entries === 2);
			await n8n.crash(id, 'Step 2');
			const done = await n8n.retry(id).until('success', 'error', 'waiting');
			expect(paidIn(rig)).toHaveLength(1);
			expect(done.error?.message).toBeUndefined();
			expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
			expect(done.items('Step 2')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		},
	);

	it('each item of a batch keeps what is its own', async () => {
		const inputs = [{ n: 0 }, { n: 1 }];
		const id = await parked(
			stepOf({ overrides: '={"6":{"inputs":{"text":"{{ $json.n }}"}}}' }),
			inputs,
		);
		const [first, second] = paidIn(rig);
		aheadMs += LONG_MS;
		void n8n.timer(id);
		await n8n.crash(id, 'Step 2');
		const done = await n8n.retry(id).until('success', 'error', 'waiting');
		const ids = done.items('Step 1').map(({ json }) => json['request_id']);
		expect(ids.sort()).toEqual([first, second].sort());
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it('submits again what has another input by then', async () => {
		const id = await parked();
		aheadMs += LONG_MS;
		holdResult();
		void n8n.wake(id);
		await waitUntil(() => n8n.read(id).entries === 2);
		await n8n.crash(id, 'Step 2');
		const changed = stepOf({ overrides: '{"6":{"inputs":{"text":"a fox"}}}' });
		const again = n8n.retry(id, changed);
		await again.until('waiting');
		aheadMs += LONG_MS;
		await n8n.wake(again.id);
		const done = await again.until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[1]);
		// Although that was found out before the wait.
		expect(JSON.stringify(done.runData['Step 1']?.at(-1)?.hints)).toContain(paidIn(rig)[0]);
	});
});

describe('an execution that n8n was killed in while it was about to be parked', () => {
	it('goes on with what is paid for: the progress that n8n saves lacks the entry of the node itself', async () => {
		const id = await parked();
		aheadMs += LONG_MS;
		n8n.tamper = (data) => void data.executionData!.nodeExecutionStack.shift();
		const done = await n8n.retry(id).until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect([done.status, countOf(rig, 'submit')]).toEqual(['success', 1]);
	});
});

describe('an execution that was stopped while it was parked', () => {
	it('goes on with what is paid for in a retry with the original workflow', async () => {
		const id = await parked();
		await n8n.stop(id);
		aheadMs += LONG_MS;
		const done = await n8n.retry(id).until();
		expect(done.error?.message).toBeUndefined();
		expect(done.items('Step 1')[0]?.json).toMatchObject({
			request_id: paidIn(rig)[0],
			status: 'succeeded',
		});
		expect(done.runData['Step 1']).toHaveLength(1);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('is submitted again by the first retry if its request was canceled', async () => {
		const id = await parked();
		await n8n.stop(id);
		await cancel(paidIn(rig)[0]!);
		rig.simulator.update({ latencyMs: 100 });
		const done = await n8n.retry(id).until();
		expect(done.error?.message).toBeUndefined();
		expect(done.items('Step 1')[0]?.json).toMatchObject({
			request_id: paidIn(rig)[1],
			status: 'succeeded',
		});
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it('fails in a retry whose own wait ends with a cancel', async () => {
		const id = await parked();
		await n8n.stop(id);
		const again = n8n.retry(id);
		await again.until('waiting');
		await cancel(paidIn(rig)[0]!);
		const done = await again.until();
		expect(codeOf(done as never)).toBe('run_canceled');
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('is no longer looked after once a retry does that', async () => {
		rig.simulator.update({ latencyMs: 3_000 });
		const { id, until } = n8n.start(stepOf());
		await until('waiting');
		await n8n.stop(id);
		const done = await n8n.retry(id).until();
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(paidIn(rig)[0]);
		expect(n8n.calls.filter((call) => call === id)).toEqual([]);
		expect(countOf(rig, 'submit')).toBe(1);
	});

	it('is not given out as done by a retry with the currently saved workflow: n8n refuses it', async () => {
		const id = await parked();
		await n8n.stop(id);
		expect(() => n8n.retry(id, stepOf())).toThrow(
			/Could not find the node ".* with the original workflow"/,
		);
	});

	it('leaves nothing of that in the execution that goes on', async () => {
		const id = await parked();
		expect(JSON.stringify(n8n.read(id).stored)).toMatch(/original workflow/);
		aheadMs += LONG_MS;
		await n8n.timer(id);
		expect(n8n.read(id).status).toBe('success');
		expect(JSON.stringify(n8n.read(id).stored)).not.toMatch(/original workflow/);
	});
});
