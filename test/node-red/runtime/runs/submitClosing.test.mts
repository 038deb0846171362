// A submit whose answer is on its way while its node closes: someone is told the request's id.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import {
	type ActionType,
	type FlowOptions,
	holdTimers,
	jobs,
	leftEntry,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();
afterEach(() => void jest.useRealTimers());

const LONG = { latencyMs: 3_600_000 };
const states = ({ simulator }: TestFlow) => [...simulator.jobs.values()].map(({ state }) => state);
const idsOf = ({ simulator }: TestFlow) => [...simulator.jobs.keys()];

/** A node that has submitted, and gets the answer after so many milliseconds. */
async function submitting(
	ms: number,
	{ type = 'runcomfy-submit', ...options }: FlowOptions & { type?: ActionType } = {},
	fields: object = {},
): Promise<TestFlow> {
	const flow = await start(type, { ...fields }, { simulator: LONG, ...options });
	flow.simulator.inject({ name: 'slow_submit', ms });
	flow.receive({ topic: 't', deploymentId: flow.simulator.deploymentIds.textToImage });
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	return flow;
}

/** Lets the time pass that a stopped submit gets for its answer. */
async function stoppedWaiting({ time }: TestFlow) {
	await eventually(() => time.sleeping()).toBe(1);
	time.elapse(5_000);
	await turns(20);
}

describe('a submit node that is deleted', () => {
	it('cancels the request, and tells its id', async () => {
		const flow = await submitting(500);
		await flow.redeploy('full', { d: true });
		const [requestId] = idsOf(flow);
		expect(states(flow)).toEqual(['canceled']);
		expect(flow.warned).toEqual([
			expect.stringContaining(`Request ${requestId} was submitted while the node closed`),
		]);
		expect((await jobs())[0]).toMatchObject({ nodeId: 'n', requestId, outcome: 'run_canceled' });
		await turns(20);
		expect([flow.sent, flow.caught]).toEqual([[], []]);
	});

	it.each([
		[422, 422001],
		[500, 500001],
	])('does so too where the answer (HTTP %i) names it beside an error', async (status, code) => {
		const flow = await start('runcomfy-submit', {}, { simulator: LONG });
		flow.simulator.inject({ name: 'error_after_accept', status, code });
		flow.simulator.inject({ name: 'slow_submit', ms: 500 });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await flow.redeploy('full', { d: true });
		const [requestId] = idsOf(flow);
		expect(states(flow)).toEqual(['canceled']);
		expect(flow.warned).toEqual([expect.stringContaining(String(requestId))]);
		expect((await jobs())[0]).toMatchObject({ nodeId: 'n', requestId, outcome: 'run_canceled' });
	});

	it('says so when the answer is late, and cancels the request once it has come', async () => {
		holdTimers();
		const flow = await submitting(3_000);
		const deleting = flow.redeploy('full', { d: true });
		await turns(20);
		await jest.advanceTimersByTimeAsync(4_500);
		await deleting;
		expect(flow.warned).toEqual([expect.stringContaining('may be running')]);
		jest.useRealTimers();
		expect((await jobs())[0]).toMatchObject({ nodeId: 'n', outcome: 'submit_unconfirmed' });
		await eventually(() => states(flow)).toEqual(['canceled']);
		await eventually(() => flow.warned).toEqual([
			expect.anything(),
			expect.stringContaining(String(idsOf(flow)[0])),
		]);
	});

	it.each(['runcomfy-submit', 'runcomfy-run'] as const)(
		'says so when the connection breaks meanwhile (%s)',
		async (type) => {
			const flow = await start(type, {}, { simulator: LONG });
			flow.simulator.inject({ name: 'stall', on: 'submit', accepted: true });
			flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
			await eventually(() => flow.simulator.jobs.size).toBe(1);
			const deleting = flow.redeploy('full', { d: true });
			await turns(20);
			await flow.simulator.close();
			await deleting;
			expect(flow.warned).toEqual([expect.stringContaining('may be running')]);
			expect((await jobs())[0]).toMatchObject({ nodeId: 'n', outcome: 'submit_unconfirmed' });
		},
	);
});

describe.each(['runcomfy-submit', 'runcomfy-run'] as const)(
	'a %s node that is deleted with its account',
	(type) => {
		it('cancels the request, however late the answer', async () => {
			holdTimers();
			const flow = await submitting(3_000, { type });
			const elsewhere = { id: 'cfg', type: 'runcomfy-config', baseUrl: 'http://127.0.0.1:1' };
			const deleting = flow.redeploy('full', { d: true }, [elsewhere]);
			await turns(20);
			await jest.advanceTimersByTimeAsync(4_500);
			await deleting;
			jest.useRealTimers();
			await stoppedWaiting(flow);
			expect(states(flow)).toEqual(['in_progress']);
			await eventually(() => states(flow)).toEqual(['canceled']);
		});
	},
);

describe('a submit node that is deleted while it tells what an earlier process left', () => {
	it.each([
		['that the requests may be running', undefined],
		['the requests by their ids', 'r'],
	])('has the log say the rest: %s', async (_says, id) => {
		const COUNT = 30;
		for (let index = 0; index < COUNT; index += 1) {
			const ids = { deploymentId: 'd', ...(id ? { requestId: id + index } : {}) };
			kept.leave(leftEntry(ids, { job: `left ${index}` }));
		}
		const flow = await start('runcomfy-submit', {}, { userDir: kept.userDir });
		await flow.redeploy('full', { d: true });
		await turns(50);
		const { sent, caught, warned } = flow;
		expect(sent.length + caught.length + warned.length).toBe(COUNT);
		expect(kept.onDisk()).toEqual([]);
	});
});

describe('a submit node when Node-RED stops', () => {
	it('sends the answer after the next start', async () => {
		const flow = await submitting(50, { userDir: kept.userDir });
		await flow.reborn();
		await flow.ended();
		const [requestId] = idsOf(flow);
		expect(flow.sent).toMatchObject([
			{ topic: 't', requestId, payload: { request_id: requestId }, runcomfy: { resumed: true } },
		]);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		await turns(5);
		expect(kept.onDisk()).toEqual([]);
	});

	it.each(['runcomfy-submit', 'runcomfy-run'] as const)(
		'goes on with the request where the flows start again before its answer (%s)',
		async (type) => {
			holdTimers();
			const options = { type, userDir: kept.userDir, simulator: {} };
			const flow = await submitting(500, options, { onShutdown: 'leave' });
			const restarting = flow.restart({ onShutdown: 'leave' });
			await turns(20);
			await jest.advanceTimersByTimeAsync(4_500);
			await restarting;
			jest.useRealTimers();
			await flow.ended();
			const [requestId] = idsOf(flow);
			expect(flow.caught).toEqual([]);
			expect(flow.sent).toMatchObject([{ topic: 't', requestId }]);
			expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
			await turns(5);
			expect(kept.onDisk()).toEqual([]);
		},
	);

	it('and has no token at the next start: the error comes with the id of the request', async () => {
		kept.leave(leftEntry({ state: 'accepted', deploymentId: 'd', requestId: 'r1' }));
		const flow = await start(
			'runcomfy-submit',
			{},
			{ userDir: kept.userDir, credentials: { apiToken: '' } },
		);
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ topic: 't', requestId: 'r1', deploymentId: 'd', error: { code: 'auth_failed' } },
		]);
		expect(flow.caught[0]?.error.cause).toMatchObject({ requestId: 'r1' });
	});

	it('without a journal cancels the request, and tells its id', async () => {
		const flow = await submitting(500);
		await flow.restart();
		expect(states(flow)).toEqual(['canceled']);
	});
});
