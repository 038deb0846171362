// *Executions > Retry* of an execution that was parked, killed or stopped picks up paid requests. If an execution is
// stopped while a node is running, n8n without workers stores nothing of its nodes: a retry then starts with the
// trigger.
import { describe, expect, it } from '@jest/globals';
import { serverError } from '../../support/answers.mts';
import { waitUntil } from '../../support/expect.mts';
import { useLongRuns, useSmallN8n } from '../support/parked.mts';
import { codeOf, CONTINUE, idsOf, spyOnLog, useRig, workflowOf } from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const { stepsOf } = runs;

/** The run has ended and the execution is resumed, but n8n is killed before the result arrives. */
async function crashAfter(id: string, resume: (id: string) => unknown) {
	const reached = rig.clock.stopAt('/result');
	rig.simulator.inject({ name: 'stall', on: 'result', ms: 1_000, times: 1 });
	void resume(id);
	runs.end();
	const goOn = await reached;
	await n8n.crash(id, 'Step 2');
	goOn();
}

describe('an execution that n8n was killed in after the wait', () => {
	it.each<[string, (id: string) => unknown]>([
		['its timer', (id) => n8n.timer(id)],
		['its watcher', (id) => n8n.wake(id)],
	])(
		'pays nothing again, whatever node was running when %s had resumed it (P40)',
		async (_what, resume) => {
			const { id } = await n8n.park(stepsOf());
			await crashAfter(id, resume);
			const done = await n8n.retry(id).until();
			expect([idsOf(done, 1), idsOf(done, 2)]).toEqual([rig.paid(), rig.paid()]);
			expect(rig.paid()).toHaveLength(1);
		},
	);

	it('submits again what has another input by then', async () => {
		const { id } = await n8n.park(stepsOf());
		await crashAfter(id, (parked) => n8n.wake(parked));
		const again = n8n.retry(id, stepsOf({}, { overrides: '{"6":{"inputs":{"text":"a fox"}}}' }));
		await again.until('waiting');
		await runs.comeBack(again.id);
		const done = await again.until();
		expect(idsOf(done)).toEqual(rig.paid().slice(1));
	});
});

it('an execution that n8n was killed in while it was about to be parked goes on with what is paid for: the progress that n8n saves lacks the entry of the node itself', async () => {
	const { id } = await n8n.park(stepsOf());
	runs.end();
	n8n.tamper = (data) => void data.executionData!.nodeExecutionStack.shift();
	expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid());
	expect(rig.countOf('submit')).toBe(1);
});

describe('a retry of an execution that was stopped while it was parked', () => {
	it('is submitted again by the first retry if its request was canceled (P41)', async () => {
		const { id } = await n8n.park(stepsOf());
		await n8n.stop(id);
		await rig.cancelElsewhere(rig.paid()[0]);
		rig.simulator.update({ latencyMs: 100 });
		expect(idsOf(await n8n.retry(id).until())).toEqual(rig.paid().slice(1));
		expect(rig.countOf('submit')).toBe(2);
	});

	it('submits again what had failed before the stop, of other items', async () => {
		rig.simulator.inject({ name: 'run_failed' });
		const parameters = runs.toRun({ concurrency: 1 });
		const json = workflowOf({ parameters, settings: CONTINUE });
		const { id } = await n8n.park(json, { inputs: [{ n: 0 }, { n: 1 }] });
		await runs.comeBack(id);
		await n8n.stop(id);
		rig.simulator.clearFaults();
		rig.simulator.update({ latencyMs: 100 });
		runs.end();
		const done = await n8n.retry(id).until();
		const states = done.items('Step 1').map(({ json }) => json['status']);
		expect([...states, rig.countOf('submit')]).toEqual(['succeeded', 'succeeded', 3]);
	});

	it('fails if its own wait ends with a cancel', async () => {
		const { id } = await n8n.park(stepsOf());
		await n8n.stop(id);
		const again = n8n.retry(id);
		await again.until('waiting');
		await rig.cancelElsewhere(rig.paid()[0]);
		await n8n.timer(again.id);
		expect(codeOf(await again.until())).toBe('run_canceled');
		expect(rig.countOf('submit')).toBe(1);
	});

	it('looks after its request alone (P29, P34, P41)', async () => {
		rig.simulator.update({ latencyMs: 3_000 });
		const goOn = rig.clock.hold();
		const { id, until } = n8n.start(stepsOf());
		await until('waiting');
		await n8n.stop(id);
		const again = n8n.retry(id);
		goOn();
		expect(idsOf(await again.until())).toEqual(rig.paid());
		await rig.clock.sleep(60_000);
		expect(n8n.calls.filter((call) => call === id)).toEqual([]);
		expect([rig.countOf('submit'), rig.countOf('cancel')]).toEqual([1, 0]);
	});

	it('has that request canceled if it is stopped, too', async () => {
		const { id } = await n8n.park(stepsOf());
		await n8n.stop(id);
		const again = n8n.retry(id);
		await again.until('waiting');
		await n8n.stop(again.id);
		await rig.clock.sleep(60_000);
		expect(rig.stateOf(rig.paid()[0])).toBe('canceled');
	});

	it('with the currently saved workflow is refused by n8n, until the execution goes on', async () => {
		const { id } = await n8n.park(stepsOf());
		expect(JSON.stringify(n8n.read(id).stored)).toMatch(/original workflow/);
		await n8n.stop(id);
		expect(() => n8n.retry(id, stepsOf())).toThrow(
			/Could not find the node ".* with the original workflow"/,
		);
		const other = await n8n.park(stepsOf());
		await runs.comeBack(other.id);
		expect(n8n.read(other.id).status).toBe('success');
		expect(JSON.stringify(n8n.read(other.id).stored)).not.toMatch(/original workflow/);
	});
});

it('submits again, and the log names the request that RunComfy did not cancel: a retry after a stop of a running execution (P42)', async () => {
	const { warn } = spyOnLog();
	rig.simulator.update({ latencyMs: 20_000 });
	const { id } = n8n.start(stepsOf({ waitMode: 'poll' }));
	await waitUntil(() => rig.countOf('status') > 0);
	rig.simulator.inject({ name: 'cancel_refused', times: Infinity });
	await n8n.stop(id, 'main');
	const done = await n8n.retry(id).until();
	const [first, second, ...more] = rig.paid();
	expect(more).toEqual([]);
	expect(done.items('Step 1').map(({ json }) => json['request_id'])).toEqual([second]);
	expect(warn).toHaveBeenCalledWith(expect.stringContaining(String(first)), expect.anything());
});

describe('an execution that was stopped or deleted while it was parked', () => {
	const fail = (on: 'status' | 'cancel') =>
		rig.simulator.inject(serverError({ on, times: Infinity }));
	const refuseCancel = () => rig.simulator.inject({ name: 'cancel_refused', times: Infinity });

	it.each<['stop' | 'remove' | 'timeOut', string, () => unknown, RegExp?, string?]>([
		['stop', 'nothing else', () => undefined],
		['timeOut', 'nothing else', () => undefined],
		['remove', 'nothing else', () => undefined],
		['stop', 'an expression in the credential', () => (n8n.credentialHasExpression = true)],
		['stop', 'an n8n that no longer answers itself', () => (n8n.answers = 'nobody')],
		['stop', 'a RunComfy that tells no status', () => fail('status')],
		[
			'stop',
			'a RunComfy that does not answer the cancel',
			() => fail('cancel'),
			/may still be running: RunComfy did not confirm its cancel/,
			'in_progress',
		],
		[
			'stop',
			'a RunComfy that refuses the cancel, as it does for a hosted model that runs',
			refuseCancel,
			/could not be canceled: it has ended, or it runs and RunComfy cancels it only while it is queued/,
			'in_progress',
		],
	])(
		'has its request canceled, and the log says what came of it: %s, with %s (P30)',
		async (end, _what, change, said = /is being canceled\./, state = 'canceled') => {
			const { warn } = spyOnLog();
			const goOn = rig.clock.hold();
			const { id, until } = n8n.start(stepsOf());
			await until('waiting');
			change();
			await n8n[end](id);
			goOn();
			await waitUntil(() => warn.mock.calls.length > 0);
			const [request] = rig.paid();
			const lines = warn.mock.calls.map(([line]) => line);
			expect(lines).toEqual([expect.stringMatching(said)]);
			expect(lines[0]).toContain(`${request} of deployment ${runs.deploymentId}`);
			expect(lines[0]).toContain(`(execution, node, run: ${id} Step 1 0)`);
			expect(rig.stateOf(request)).toBe(state);
		},
	);

	it.each<[string, 'stop' | 'remove', (id: string) => unknown]>([
		['its watcher', 'stop', (id) => waitUntil(() => n8n.calls.includes(id))],
		[
			'n8n’s timer',
			'stop',
			async (id) => {
				await waitUntil(() => rig.clock.now() > n8n.parkOf(id).until);
				await n8n.timer(id);
			},
		],
	])(
		'has its requests canceled also after %s has resumed it, until there is a worker for it: %s',
		async (how, end, resumed) => {
			n8n.hasWorker = false;
			const goOn = rig.clock.hold();
			if (end === 'stop') rig.simulator.inject({ name: 'run_failed', times: 1 });
			rig.simulator.inject({ name: 'run_time', ms: 10_000, times: 1 });
			const { id, until } = n8n.start(stepsOf({ concurrency: 2 }), { inputs: [{}, {}, {}] });
			await until('waiting');
			if (how === 'n8n’s timer') n8n.answers = 'nobody';
			goOn();
			await resumed(id);
			await n8n[end](id);
			await waitUntil(() => rig.stateOf(rig.paid()[1]) === 'canceled');
			expect(n8n.calls.length).toBeLessThan(2);
		},
	);

	it('has canceled what an error has named', async () => {
		rig.simulator.inject({ name: 'error_after_accept', status: 500, code: 500001, times: 1 });
		const json = stepsOf({ concurrency: 2 }, {}, CONTINUE);
		const { id } = n8n.start(json, { inputs: [{}, {}] });
		await waitUntil(() => n8n.read(id).status === 'waiting');
		await n8n.stop(id);
		await waitUntil(() => rig.paid().filter((one) => rig.stateOf(one) === 'canceled').length === 2);
	});
});
