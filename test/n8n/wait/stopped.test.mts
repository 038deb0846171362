// What becomes of the requests of an execution that was stopped. Of one that was stopped while a node was running,
// n8n without workers stores nothing that its nodes did, and a retry starts again with the trigger.
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { useSmallN8n } from '../support/parked.mts';
import {
	countOf,
	paidIn,
	runAndWait,
	runModel,
	runsOf,
	spyOnLog,
	stateOf,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

const step = () => ({ parameters: runAndWait(rig, { options: { waitMode: 'poll' } }) });

describe('a retry of an execution that was stopped while it was running', () => {
	it('submits again, and the log names the request that RunComfy did not cancel', async () => {
		const { warn } = spyOnLog();
		rig.simulator.update({ latencyMs: 20_000 });
		const { id } = n8n.start(workflowOf(step()));
		await waitUntil(() => countOf(rig, 'status') > 0);
		rig.simulator.inject({ name: 'cancel_refused', times: Infinity });
		await n8n.stop(id, 'main');
		const done = await n8n.retry(id).until();
		const [first, second, ...more] = paidIn(rig);
		expect(more).toEqual([]);
		expect(done.items('Step 1')[0]?.json['request_id']).toBe(second);
		expect(warn).toHaveBeenCalledWith(expect.stringContaining(String(first)), expect.anything());
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
