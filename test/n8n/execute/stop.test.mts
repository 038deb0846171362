// What happens when the execution is stopped, and what n8n's log, custom data and memory still have of paid requests.
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import type * as RuntimeModule from '../../../nodes/RunComfy/runtime.ts';
import { waitUntil } from '../../support/expect.mts';
import {
	byId,
	countOf,
	itemsOf,
	type Json,
	paidIn,
	RETRY,
	runAndWait,
	runModel,
	runNode,
	runsOf,
	spyOnLog,
	submit,
	TOKEN,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

/** Starts Run and Wait on `count` items of a deployment whose runs never end by themselves. */
function start(count: number, options: Json = {}, operation = 'runAndWait', settings: Json = {}) {
	rig.simulator.update({ latencyMs: 3_600_000 });
	const parameters = {
		operation,
		deploymentId: byId(rig.simulator.deploymentIds.textToImage),
		overrides: '{}',
		options,
	};
	const workflow = workflowOf({ parameters, settings }, { parameters: { operation: 'getStatus' } });
	return rig.engine.run(workflow, { inputs: Array.from({ length: count }, () => ({})) });
}

/** The same, but stopped at its nth call of a path. */
async function stopAt(path: string, nth: number, ...how: Parameters<typeof start>) {
	const reached = rig.clock.stopAt(path, nth);
	const run = start(...how);
	const goOn = await reached;
	run.cancel();
	goOn();
	return run.outcome;
}

const until = (condition: () => boolean) => waitUntil(condition);

const states = () =>
	rig.simulator.requests
		.filter(({ route }) => route === 'submit')
		.map(({ requestId }) => rig.simulator.jobs.get(String(requestId))?.state);

describe('stopping the execution', () => {
	it('cancels the request that is being waited for, once, and goes no further', async () => {
		const outcome = await stopAt('/status', 1, 1);
		expect(outcome.status).toBe('canceled');
		expect(countOf(rig, 'cancel')).toBe(1);
		expect(states()).toEqual(['canceled']);
		expect(rig.simulator.requests.at(-1)).toMatchObject({ route: 'cancel', authorized: true });
		expect(outcome.runData).not.toHaveProperty('Step 2');
	});

	it('cancels those under way and starts no other', async () => {
		await stopAt('/status', 2, 5, { concurrency: 2 });
		expect(states()).toEqual(['canceled', 'canceled']);
		expect(countOf(rig, 'cancel')).toBe(2);
	});

	it('leaves alone what goes on after its item has timed out', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		const parameters = {
			operation: 'runAndWait',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			overrides: '{}',
			options: { concurrency: 2, timeout: '={{ $json.timeout }}' },
		};
		const workflow = workflowOf({ parameters, settings: { onError: 'continueRegularOutput' } });
		const inputs = [{ timeout: 0.3 }, { timeout: 0 }, { timeout: 0 }];
		// The third one begins when the first one is given up.
		const reached = rig.clock.stopAt('/status', 4);
		const run = rig.engine.run(workflow, { inputs });
		const goOn = await reached;
		run.cancel();
		goOn();
		await run.outcome;
		expect(states()).toEqual(['in_progress', 'canceled', 'canceled']);
	});

	it('waits for a submit on its way, so that it can be canceled', async () => {
		rig.simulator.inject({ name: 'slow_submit', ms: 600 });
		expect((await stopAt('/inference', 1, 1)).status).toBe('canceled');
		expect(states()).toEqual(['canceled']);
		expect(countOf(rig, 'status')).toBe(0);
	});

	it.each([
		['runAndWait', { status: 500, code: 500001 }, true],
		['submit', { status: 500, code: 500001 }, true],
		['submit', { status: 422, code: 422001 }, true],
		['submit', { status: 500, code: 500001 }, false],
	])(
		'cancels what an answer that comes then names beside an error: %s, %j, unless the user says otherwise',
		async (operation, answer, cancelOnStop) => {
			const { warn } = spyOnLog();
			rig.simulator.inject({ name: 'error_after_accept', ...answer });
			rig.simulator.inject({ name: 'slow_submit', ms: 600 });
			await stopAt('/inference', 1, 1, { cancelOnStop }, operation);
			if (cancelOnStop) await until(() => countOf(rig, 'cancel') > 0);
			expect(countOf(rig, 'cancel')).toBe(cancelOnStop ? 1 : 0);
			expect(states()).toEqual([cancelOnStop ? 'canceled' : 'in_progress']);
			const outcome = () =>
				warn.mock.calls.some(([line]) => line.includes(': cancellation_requested ('));
			if (cancelOnStop) await until(outcome);
			else expect(outcome()).toBe(false);
		},
	);

	it('leaves the request alone if the user wants that', async () => {
		expect((await stopAt('/status', 1, 1, { cancelOnStop: false })).status).toBe('canceled');
		expect(countOf(rig, 'cancel')).toBe(0);
		expect(states()).toEqual(['in_progress']);
	});

	it('is not held up by a cancel that gets no answer', async () => {
		rig.simulator.inject({ name: 'stall', on: 'cancel', accepted: true, times: Infinity });
		expect((await stopAt('/status', 1, 1)).status).toBe('canceled');
		expect(states()).toEqual(['canceled']);
	});

	it('leaves in the log that a hosted model’s run, which cannot be canceled, is in progress', async () => {
		const { warn } = spyOnLog();
		rig.simulator.update({ latencyMs: 3_600_000 });
		const options = { checkInputs: false, waitMode: 'poll' };
		const parameters = runModel(rig, { prompt: 'a fox' }, { options });
		const run = rig.engine.run(workflowOf({ parameters }));
		await until(() => rig.simulator.jobs.get(String(runsOf(rig)[0]))?.state === 'in_progress');
		run.cancel();
		await run.outcome;
		await until(() => warn.mock.calls.length > 0);
		const said = /^RunComfy request \S+ of model \S+ at the stop of the execution: in_progress \(/;
		expect(warn.mock.calls).toEqual([[expect.stringMatching(said), expect.anything()]]);
	});

	it('breaks off a download; the request had ended, so nothing is canceled', async () => {
		rig.simulator.inject({ name: 'stall', on: 'storage' });
		const run = start(1);
		rig.simulator.update({ latencyMs: 50 });
		await until(() => countOf(rig, 'storage') > 0);
		run.cancel();
		expect((await run.outcome).status).toBe('canceled');
		expect(countOf(rig, 'cancel')).toBe(0);
	});

	it('between two tries cancels what the first one has left running, and leaves it in the log', async () => {
		const { warn } = spyOnLog();
		rig.simulator.inject({ name: 'reset_after_accept' });
		const waitBetweenTries = 4_321;
		const run = start(2, {}, 'runAndWait', { ...RETRY, waitBetweenTries });
		const { setTimeout: real } = globalThis;
		jest.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms?: number) => {
			if (ms === waitBetweenTries) run.cancel();
			return real(done, ms === waitBetweenTries ? 0 : ms);
		}) as typeof setTimeout);
		await run.outcome;
		expect(states()).toEqual(['in_progress', 'canceled']);
		const said = warn.mock.calls.map(([line]) => line).join('\n');
		expect(said).toMatch(/may have accepted a submit .* item 0/);
		expect(said).toMatch(/cancellation_requested .* item 1/);
	});

	it('leaves the ids in the log and with the stored execution, also if the cancel is refused', async () => {
		const { info, warn } = spyOnLog();
		rig.simulator.inject({ name: 'server_error', on: 'cancel', times: Infinity });
		const { stored } = await stopAt('/status', 2, 2);
		const ids = rig.simulator.requests
			.filter(({ route }) => route === 'submit')
			.map(({ requestId }) => String(requestId));
		for (const id of ids) {
			const facts = expect.objectContaining({ requestId: id, nodeName: 'Step 1' });
			expect(info).toHaveBeenCalledWith(expect.stringContaining(id), facts);
			expect(warn).toHaveBeenCalledWith(expect.stringMatching(`${id}.* at the stop`), facts);
		}
		const { metadata } = (stored as { resultData: { metadata?: Record<string, string> } })
			.resultData;
		expect(metadata?.['runcomfy_requests']?.split(', ').sort()).toEqual(ids.sort());
	});

	it.each<[string, Json]>([
		['a node', {}],
		['a node with Retry On Fail', RETRY],
	])('leaves in the log that a submit of %s may have been accepted', async (_what, settings) => {
		const { warn } = spyOnLog();
		rig.simulator.inject({ name: 'reset_after_accept' });
		await stopAt('/inference', 1, 1, {}, 'runAndWait', settings);
		const said =
			/^RunComfy may have accepted a submit to deployment \S+ at the stop of the execution \(.*item 0\)/;
		expect(warn).toHaveBeenCalledWith(
			expect.stringMatching(said),
			expect.objectContaining({ deploymentId: rig.simulator.deploymentIds.textToImage }),
		);
		expect(countOf(rig, 'submit')).toBe(1);
	});
});

it('a request that was accepted is in the log at once', async () => {
	const { info } = spyOnLog();
	const outcome = await runNode(rig, runAndWait(rig, { operation: 'submit' }), [{}, {}]);
	const deploymentId = rig.simulator.deploymentIds.textToImage;
	const lines = info.mock.calls.filter(([line]) => line.includes('submitted'));
	expect(lines.map(([, facts]) => facts)).toEqual(
		paidIn(rig).map((requestId) =>
			expect.objectContaining({ requestId, deploymentId, nodeName: 'Step 1' }),
		),
	);
	const said =
		/^RunComfy request \S+ of deployment \S+ submitted \(node "Step 1", execution \d+, item 0\)$/;
	expect(lines.map(([line]) => line)).toContainEqual(expect.stringMatching(said));
	expect(outcome.status).toBe('success');
});

it('the newest requests are in the custom data of the execution, as many as n8n takes', async () => {
	const inputs = Array.from({ length: 9 }, () => ({}));
	const parameters = runAndWait(rig, { operation: 'submit', options: { concurrency: 1 } });
	const { stored } = await runNode(rig, parameters, inputs);
	const { metadata } = (stored as { resultData: { metadata?: Record<string, string> } }).resultData;
	const told = metadata?.['runcomfy_requests'] ?? '';
	expect(told.length).toBeLessThanOrEqual(255);
	expect(told.split(', ')).toEqual(paidIn(rig).reverse().slice(0, 6));
});

const { runtime } = createRequire(import.meta.url)(
	'../../../dist/nodes/RunComfy/runtime.js',
) as typeof RuntimeModule;

it('No key of what is remembered holds the token', async () => {
	itemsOf(await runNode(rig, submit(rig)));
	const keys = [...runtime.caches.keys(), ...runtime.outsides.keys()];
	expect(keys).not.toEqual([]);
	expect(keys.filter((key) => key.includes(TOKEN))).toEqual([]);
});
