// What becomes of the requests of an execution that was stopped, and what its retry takes up. Of one that was
// stopped while a node was running, n8n without workers stores nothing that its nodes did, and starts again with
// the trigger.
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { spyOnLog } from '../support/n8n.mts';
import { useSmallN8n } from '../support/parked.mts';
import { codeOf, paidIn, runAndWait, runModel, runsOf, stateOf } from '../support/paying.mts';
import { countOf, type Json, useRig, workflowOf } from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const step = () => ({ parameters: runAndWait(rig, { options: { waitMode: 'poll' } }) });

const isLookedAt = () => countOf(rig, 'status') > 0;

/** An execution whose last node waits. */
async function running(steps = [step()], waits = isLookedAt) {
	rig.simulator.update({ latencyMs: 20_000 });
	const { id } = n8n.start(workflowOf(...steps));
	await waitUntil(waits);
	return id;
}

const refuseCancels = () => rig.simulator.inject({ name: 'cancel_refused', times: Infinity });

/** The requests that its nodes give in the end. */
async function retried(id: string, ...nodes: string[]) {
	const done = await n8n.retry(id).until();
	return nodes.map((node) => done.items(node)[0]?.json['request_id']);
}

describe('a retry of an execution that was stopped while it was running', () => {
	it('takes up the request that RunComfy did not cancel', async () => {
		const id = await running();
		refuseCancels();
		await n8n.stop(id, 'main');
		expect(await retried(id, 'Step 1')).toEqual(paidIn(rig));
	});

	it('takes it up also while the node still tries to cancel it', async () => {
		const id = await running();
		rig.simulator.inject({ name: 'server_error', on: 'cancel', times: Infinity });
		const left = n8n.stop(id, 'main');
		expect(await retried(id, 'Step 1')).toEqual(paidIn(rig));
		await left;
	});

	/** A node that waits for a request of its own, longer than another one that has paid and ended takes. */
	async function runningAfter(first: ReturnType<typeof step> & { settings?: Json }, fails = false) {
		rig.simulator.update({ latencyMs: 100_000 });
		const submit = { parameters: runAndWait(rig, { operation: 'submit' }) };
		const { items } = await n8n.start(workflowOf(submit)).until();
		const requestId = String(items('Step 1')[0]?.json['request_id']);
		if (fails) rig.simulator.inject({ name: 'run_failed', times: 1 });
		const wait = runAndWait(rig, {
			operation: 'getResult',
			requestId,
			waitForCompletion: true,
			options: { waitMode: 'poll' },
		});
		const isWaited = () =>
			rig.simulator.requests.some(({ path }) => path.endsWith(`${requestId}/status`));
		return running([first, { parameters: wait }], isWaited);
	}

	it('takes up what a node has paid for that had ended before', async () => {
		const id = await runningAfter(step());
		await n8n.stop(id, 'main');
		expect(await retried(id, 'Step 2', 'Step 1')).toEqual(paidIn(rig));
	});

	it('submits again what had failed before', async () => {
		const settings = { onError: 'continueRegularOutput' };
		const id = await runningAfter({ ...step(), settings }, true);
		await n8n.stop(id, 'main');
		const given = await retried(id, 'Step 2', 'Step 1');
		const [waited, failed, again] = paidIn(rig);
		expect(given).toEqual([waited, again]);
		expect(stateOf(rig, failed)).toBe('failed');
	});

	it('submits again what was canceled', async () => {
		const id = await running();
		await n8n.stop(id, 'main');
		const [request] = await retried(id, 'Step 1');
		const [first, second, ...more] = paidIn(rig);
		expect([stateOf(rig, first), request, more]).toEqual(['canceled', second, []]);
	});

	it('takes up nothing of another execution, even with the same input', async () => {
		const id = await running();
		refuseCancels();
		await n8n.stop(id, 'main');
		rig.simulator.inject({ name: 'gateway_402', on: 'submit', times: 1 });
		const other = n8n.start(workflowOf(step()));
		expect(codeOf((await other.until()) as never)).toBe('insufficient_funds');
		expect(await retried(other.id, 'Step 1')).toEqual(paidIn(rig).slice(1));
	});

	it('submits again if n8n was started again in between: it has kept nothing', async () => {
		const id = await running();
		refuseCancels();
		await n8n.stop(id, 'main');
		await n8n.restart();
		expect(await retried(id, 'Step 1')).toEqual(paidIn(rig).slice(1));
	});
});

describe('an execution that was stopped while it was parked', () => {
	/** What n8n's log says of its request in the end. */
	async function stoppedIn(json: ReturnType<typeof workflowOf>, runMs: number) {
		const { warn } = spyOnLog();
		rig.simulator.update({ latencyMs: runMs });
		const { id, until } = n8n.start(json);
		await until('waiting');
		rig.simulator.inject({ name: 'server_error', on: 'status', times: Infinity });
		await n8n.stop(id);
		await waitUntil(() => warn.mock.calls.length > 0);
		return warn.mock.calls.map(([line]) => line);
	}

	it('has its request canceled although RunComfy cannot say how that is', async () => {
		const json = workflowOf({ parameters: runAndWait(rig) });
		const [said, ...more] = await stoppedIn(json, 3_600_000);
		const [request] = paidIn(rig);
		expect(said).toMatch(new RegExp(`request ${request} of deployment \\S+ was canceled\\.`));
		expect([stateOf(rig, request), more]).toEqual(['canceled', []]);
	});

	it('has its request canceled if n8n has deleted it', async () => {
		const { warn } = spyOnLog();
		rig.simulator.update({ latencyMs: 3_600_000 });
		const { id, until } = n8n.start(workflowOf({ parameters: runAndWait(rig) }));
		await until('waiting');
		n8n.remove(id);
		await waitUntil(() => warn.mock.calls.length > 0);
		const [request] = paidIn(rig);
		expect(warn.mock.calls[0]?.[0]).toContain(request);
		expect(stateOf(rig, request)).toBe('canceled');
	});

	it('leaves in the log that a hosted model’s run goes on', async () => {
		const options = { downloadFiles: false, checkInputs: false };
		const json = workflowOf({ parameters: runModel(rig, { prompt: 'a fox' }, { options }) });
		const [said, ...more] = await stoppedIn(json, 3_600_000);
		const [request] = runsOf(rig);
		expect(said).toMatch(/could not be canceled: it runs on and is billed/);
		expect(said).toContain(request);
		expect([stateOf(rig, request), more]).toEqual(['in_progress', []]);
	});
});
