// Stopping the execution: the effects, and the traces of paid requests in n8n's log and memory.
import { describe, expect, it, jest } from '@jest/globals';
import { notJson, serverError } from '../../support/answers.mts';
import { waitUntil } from '../../support/expect.mts';
import {
	byId,
	CONTINUE,
	itemsOf,
	type Json,
	RETRY,
	runtime,
	spyOnLog,
	TOKEN,
	useRig,
	useServers,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const serve = useServers();

/** Run and Wait on a deployment whose runs never end by themselves, followed by another node. */
function stepOf(options: Json = {}, settings: Json = {}, operation = 'runAndWait') {
	rig.simulator.update({ latencyMs: 3_600_000 });
	const parameters = rig.toSubmit({ operation, options });
	return workflowOf({ parameters, settings }, { parameters: { operation: 'getStatus' } });
}

const items = (count: number) => Array.from({ length: count }, () => ({}));

const states = () => rig.paid().map((id) => rig.stateOf(id));

describe('stopping the execution', () => {
	it('cancels the request that is being waited for, once, and goes no further (P24)', async () => {
		const outcome = await rig.stopAt('/status', stepOf());
		expect(outcome.status).toBe('canceled');
		expect(rig.countOf('cancel')).toBe(1);
		expect(states()).toEqual(['canceled']);
		expect(rig.simulator.requests.at(-1)).toMatchObject({ route: 'cancel', authorized: true });
		expect(outcome.runData).not.toHaveProperty('Step 2');
	});

	it('cancels also what goes on after its item has timed out', async () => {
		const workflow = stepOf({ concurrency: 2, timeout: '={{ $json.timeout }}' }, CONTINUE);
		const inputs = [{ timeout: 0.3 }, { timeout: 0 }, { timeout: 0 }];
		// The third item starts when the first one is given up.
		await rig.stopAt('/status', workflow, { nth: 4, inputs });
		expect(states()).toEqual(['canceled', 'canceled', 'canceled']);
	});

	it('cancels again what may still run because the cancel at its timeout got no clear answer (P24)', async () => {
		rig.simulator.inject(notJson({ on: 'cancel', times: Infinity }));
		const options = { concurrency: 2, timeout: '={{ $json.timeout }}', cancelOnTimeout: true };
		const inputs = [{ timeout: 0.3 }, { timeout: 0 }, { timeout: 0 }];
		const run = rig.engine.run(stepOf(options, CONTINUE), { inputs });
		await waitUntil(() => rig.countOf('submit') === 3);
		rig.simulator.clearFaults();
		run.cancel();
		expect((await run.outcome).status).toBe('canceled');
		expect(states()).toEqual(['canceled', 'canceled', 'canceled']);
	});

	it('cancels what an error has named before, too (P24)', async () => {
		rig.simulator.inject({ name: 'error_after_accept', status: 500, code: 500001, times: 1 });
		const workflow = stepOf({ concurrency: 1 }, CONTINUE);
		await rig.stopAt('/status', workflow, { inputs: [{}, {}] });
		expect(states()).toEqual(['canceled', 'canceled']);
	});

	it('waits for a submit on its way, so that it can be canceled', async () => {
		rig.simulator.inject({ name: 'slow_submit', ms: 600 });
		expect((await rig.stopAt('/inference', stepOf())).status).toBe('canceled');
		expect(states()).toEqual(['canceled']);
		expect(rig.countOf('status')).toBe(0);
	});

	it.each([
		['runAndWait', { status: 500, code: 500001 }],
		['submit', { status: 422, code: 422001 }],
	])(
		'cancels what an answer that comes then names beside an error: %s, %j',
		async (operation, answer) => {
			const { warn } = spyOnLog();
			rig.simulator.inject({ name: 'error_after_accept', ...answer });
			rig.simulator.inject({ name: 'slow_submit', ms: 600 });
			await rig.stopAt('/inference', stepOf({}, {}, operation));
			const isLogged = () =>
				warn.mock.calls.some(([line]) => line.includes(': cancellation_requested ('));
			await waitUntil(isLogged);
			expect(rig.countOf('cancel')).toBe(1);
			expect(states()).toEqual(['canceled']);
		},
	);

	it('of Submit cancels what was submitted, and what is being submitted', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.simulator.inject({ name: 'slow_submit', ms: 500, after: 1 });
		const parameters = rig.toRun({ operation: 'submit', options: { concurrency: 1 } });
		const run = rig.engine.run(workflowOf({ parameters }), { inputs: [{}, {}, {}] });
		await waitUntil(() => rig.countOf('submit') === 2);
		run.cancel();
		expect((await run.outcome).status).toBe('canceled');
		const states = () => rig.paid().map((id) => rig.stateOf(id));
		await waitUntil(() => states().length === 2 && states().every((one) => one === 'canceled'));
		expect(rig.countOf('submit')).toBe(2);
	});

	it('sends twenty cancels at the same time, and no more once n8n has waited 5 s for them', async () => {
		rig.simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
		const json = stepOf({ concurrency: 1 }, {}, 'submit');
		await rig.stopAt('/inference', json, { nth: 23, inputs: items(30) });
		expect(rig.paid().length).toBeGreaterThanOrEqual(22);
		expect(rig.countOf('cancel')).toBe(20);
	});

	it.each([
		[1, 3_600_000, 'canceled', 'cancellation_requested'],
		[2, 0, 'in_progress', 'in_progress'],
		[1, 0, 'in_progress', 'unknown'],
	])(
		'of a hosted model asks once for its cancel; only what is queued can be canceled (%#)',
		async (nth, queueMs, state, said) => {
			const { warn } = spyOnLog();
			rig.simulator.update({ latencyMs: 3_600_000, queueMs });
			const options = { checkInputs: false, waitMode: 'poll' };
			const parameters = rig.toRunModel({ prompt: 'a fox' }, { options });
			await rig.stopAt('/status', workflowOf({ parameters }), { nth });
			await waitUntil(() => warn.mock.calls.length > 0);
			expect(rig.countOf('models.cancel')).toBe(1);
			expect(rig.modelRuns().map((id) => rig.stateOf(id))).toEqual([state]);
			const line = `^RunComfy request \\S+ of model \\S+ at the stop of the execution: ${said} \\(`;
			expect(warn.mock.calls).toEqual([[expect.stringMatching(line), expect.anything()]]);
		},
	);

	it('breaks off a download; the request had ended, so nothing is canceled', async () => {
		rig.simulator.inject({ name: 'stall', on: 'storage' });
		const run = rig.engine.run(stepOf());
		rig.simulator.update({ latencyMs: 50 });
		await waitUntil(() => rig.countOf('storage') > 0);
		run.cancel();
		expect((await run.outcome).status).toBe('canceled');
		expect(rig.countOf('cancel')).toBe(0);
	});

	it('between two tries cancels what the first one has left running, and leaves it in the log', async () => {
		const { warn } = spyOnLog();
		rig.simulator.inject({ name: 'reset_after_accept' });
		const settings = { ...RETRY, waitBetweenTries: 4_321 };
		const run = rig.engine.run(stepOf({ timeout: 20 }, settings), { inputs: items(2) as never });
		const { setTimeout: real } = globalThis;
		jest.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms?: number) => {
			if (ms === settings.waitBetweenTries) run.cancel();
			return real(done, ms === settings.waitBetweenTries ? 0 : ms);
		}) as typeof setTimeout);
		await run.outcome;
		const all = rig.simulator.requests.filter(({ route }) => route === 'submit');
		expect(all.map(({ requestId }) => rig.stateOf(requestId))).toEqual(['in_progress', 'canceled']);
		const said = warn.mock.calls.map(([line]) => line).join('\n');
		expect(said).toMatch(/may have accepted a submit .* item 0/);
		expect(said).toMatch(/cancellation_requested .* item 1/);
	});

	it('leaves the ids in the log, also if the cancel is refused (P30)', async () => {
		const { info, warn } = spyOnLog();
		rig.simulator.inject(serverError({ on: 'cancel', times: Infinity }));
		await rig.stopAt('/status', stepOf(), { nth: 2, inputs: items(2) });
		for (const id of rig.paid()) {
			const facts = expect.objectContaining({ requestId: id, nodeName: 'Step 1' });
			expect(info).toHaveBeenCalledWith(expect.stringContaining(id), facts);
			expect(warn).toHaveBeenCalledWith(expect.stringMatching(`${id}.* at the stop`), facts);
		}
	});

	it('leaves in the log that a submit without an answer may have been accepted (P33)', async () => {
		const { warn } = spyOnLog();
		rig.simulator.inject({ name: 'stall', on: 'submit', accepted: true });
		await rig.stopAt('/inference', stepOf());
		await waitUntil(() => warn.mock.calls.length > 0);
		const said = /^RunComfy may have accepted a submit to deployment \S+ \(/;
		expect(warn.mock.calls).toEqual([[expect.stringMatching(said), expect.anything()]]);
	});

	it.each(['runAndWait', 'submit'])(
		'cancels what the answer to a submit names only then (%s), and leaves that in the log',
		async (operation) => {
			const { info, warn } = spyOnLog();
			let answer = () => undefined as void;
			rig.credential['baseUrl'] = await serve(({ url }, response) => {
				const tell = (body: object) => void response.end(JSON.stringify(body));
				if (url?.endsWith('/cancel')) tell({ outcome: 'cancelled' });
				else answer = () => tell({ request_id: 'late' });
			});
			await rig.stopAt('/inference', stepOf({ checkInputs: false }, {}, operation));
			answer();
			await waitUntil(() => warn.mock.calls.length > 1);
			expect(info.mock.calls.map(([line]) => line)).toContainEqual(
				expect.stringMatching(/^RunComfy request late of deployment \S+ submitted \(/),
			);
			expect(warn.mock.calls.map(([line]) => line)).toEqual([
				expect.stringMatching(/may have accepted a submit/),
				expect.stringMatching(/request late .*did not wait for: cancellation_requested \(/),
			]);
		},
	);
});

it('a request that was accepted is in the log at once (P36)', async () => {
	const { info } = spyOnLog();
	itemsOf(await rig.runNode(rig.toSubmit(), items(2)));
	const deploymentId = rig.simulator.deploymentIds.textToImage;
	const lines = info.mock.calls.filter(([line]) => line.includes('submitted'));
	expect(lines.map(([, facts]) => facts)).toEqual(
		rig
			.paid()
			.map((requestId) => expect.objectContaining({ requestId, deploymentId, nodeName: 'Step 1' })),
	);
	const said =
		/^RunComfy request \S+ of deployment \S+ submitted \(node "Step 1", execution \d+, item 0\)$/;
	expect(lines.map(([line]) => line)).toContainEqual(expect.stringMatching(said));
});

it('no cache key contains the token', async () => {
	itemsOf(
		await rig.runNode(rig.toSubmit({ deploymentId: byId(rig.simulator.deploymentIds.video) })),
	);
	const keys = [...runtime.caches.keys(), ...runtime.outsides.keys()];
	expect(keys).not.toEqual([]);
	expect(keys.filter((key) => key.includes(TOKEN))).toEqual([]);
});
