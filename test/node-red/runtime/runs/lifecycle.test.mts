// Deploys, and what outlives what.
import { describe, expect, it } from '@jest/globals';
import type { Host } from '../../../../core/index.ts';
import { eventually } from '../../../support/expect.mts';
import {
	countWorks,
	endedJobs,
	running,
	type TestFlow,
	turns,
	useFlows,
} from '../../support/rig.mts';

const start = useFlows();

const states = ({ simulator }: TestFlow) => [...simulator.jobs.values()].map(({ state }) => state);

const UNKNOWN = { id: 'unknown', type: 'not-installed', z: 'elsewhere', x: 0, y: 0, wires: [] };

describe('a deploy', () => {
	it.each(['full', 'flows', 'nodes'] as const)(
		'keeps what runs, and only the last instance ends it, once (%s)',
		async (type) => {
			const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
			const release = await running(flow, 3);
			for (const name of ['a', 'b', 'c']) await flow.redeploy(type, { name });
			expect(flow.shown.at(-1)).toMatchObject({ fill: 'yellow' });
			release();
			await flow.ended(3);
			await turns(50);
			expect(states(flow)).toEqual(['succeeded', 'succeeded', 'succeeded']);
			expect([flow.sent.length, flow.completed.length, flow.caught]).toEqual([3, 3, []]);
			expect(flow.simulator.count('submit')).toBe(3);
			expect(flow.simulator.count('cancel')).toBe(0);
			expect(flow.sent[0]).not.toHaveProperty('runcomfy.resumed');
			expect(countWorks('n')).toBe(0);
		},
	);

	it('keeps the limit on what waits', async () => {
		const flow = await start(
			'runcomfy-run',
			{},
			{ config: { concurrency: 1 }, simulator: { latencyMs: 3_600_000 } },
		);
		const release = await running(flow, 1);
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await turns(20);
		await flow.redeploy('full', { name: 'changed' });
		await turns(20);
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await flow.ended(2);
		expect(flow.sent).toHaveLength(2);
	});

	it('cancels what runs where that is chosen, and nothing comes of it any more', async () => {
		const flow = await start(
			'runcomfy-run',
			{ onRedeploy: 'cancel' },
			{ simulator: { latencyMs: 3_600_000 } },
		);
		const release = await running(flow, 3);
		await flow.redeploy('full', { name: 'changed' });
		release();
		await turns(50);
		expect(states(flow)).toEqual(['canceled', 'canceled', 'canceled']);
		expect([flow.sent, flow.caught, flow.completed]).toEqual([[], [], []]);
		expect(flow.shown.at(-1)).toEqual({});
		expect(countWorks('n')).toBe(0);

		flow.simulator.update({ latencyMs: 1000 });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
	});
});

describe('a message object that comes in twice', () => {
	it('is two runs, each of which ends once, after a deploy, too', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		const msg = { deploymentId: flow.simulator.deploymentIds.textToImage };
		flow.receive(msg);
		flow.receive(msg);
		await eventually(() => flow.time.sleeping()).toBe(2);
		await flow.redeploy('nodes', { name: 'changed' });
		release();
		await flow.ended(2);
		expect([flow.sent.length, flow.simulator.count('submit')]).toEqual([2, 2]);
		await eventually(() => countWorks('n')).toBe(0);
	});
});

describe('a deploy that does not start, because a type is missing', () => {
	it.each(['flows', 'nodes'] as const)('of modified %s lets what runs end', async (type) => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const release = await running(flow, 1);
		await expect(flow.redeploy(type, {}, [UNKNOWN])).rejects.toThrow();
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
		// A stop after that is one, which cancels what runs.
		flow.time.hold();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.jobs.size).toBe(2);
		await flow.restart();
		expect(states(flow)).toEqual(['succeeded', 'canceled']);
	});
});

describe('deleting the node', () => {
	it.each([
		[{}, 'canceled'],
		[{ onDelete: 'detach' }, 'in_progress'],
	])('%j', async (fields, state) => {
		const flow = await start('runcomfy-run', fields, { simulator: { latencyMs: 3_600_000 } });
		const release = await running(flow, 2);
		await flow.redeploy('nodes', { d: true });
		release();
		await turns(50);
		expect(states(flow)).toEqual([state, state]);
		expect([flow.sent, flow.caught, flow.completed]).toEqual([[], [], []]);
		expect(countWorks('n')).toBe(0);
	});
});

describe('stopping the flows', () => {
	it('without a journal keeps what runs for the next start, since only this process knows of it', async () => {
		const fields = { onShutdown: 'leave' };
		const flow = await start('runcomfy-run', fields, { simulator: { latencyMs: 600_000 } });
		const release = await running(flow, 1);
		await flow.restart(fields);
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
		expect(flow.simulator.count('submit')).toBe(1);
	});
});

describe('closing', () => {
	it.each([
		['for good', { d: true }],
		['by a deploy that cancels', { onRedeploy: 'cancel', name: 'changed' }],
	])(
		'%s says that the result of a request that had ended was not fetched',
		async (_how, fields) => {
			const before = 'onRedeploy' in fields ? { onRedeploy: fields.onRedeploy } : {};
			const flow = await start('runcomfy-run', before, { simulator: { latencyMs: 3_600_000 } });
			const release = await running(flow, 1);
			flow.simulator.inject({ name: 'cancel_refused' });
			await flow.redeploy('full', fields);
			release();
			const [id] = flow.simulator.jobs.keys();
			expect(flow.warned).toEqual([
				expect.stringContaining(`Its requests: ${id} had ended. Fetch a result`),
			]);
			await eventually(async () => (await endedJobs())[0]).toMatchObject({
				requestId: id,
				outcome: 'output_unavailable',
				reason: expect.stringContaining('Fetch it by its request id'),
			});
		},
	);

	it.each([
		['its result is read', { name: 'stall', on: 'result', ms: 100 }],
		['its file is fetched', { name: 'stall', on: 'storage', ms: 100 }],
	] as const)('for good names the request of a run while %s', async (_when, fault) => {
		const flow = await start('runcomfy-run', { output: 'buffer' });
		flow.simulator.inject(fault);
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.count(fault.on)).toBe(1);
		await flow.redeploy('full', { d: true });
		const [id] = flow.simulator.jobs.keys();
		expect(flow.warned).toEqual([expect.stringContaining(`${id} had ended.`)]);
		expect((await endedJobs())[0]).toMatchObject({ requestId: id, outcome: 'output_unavailable' });
		expect([flow.sent, flow.caught, flow.simulator.count('cancel')]).toEqual([[], [], 0]);
	});

	it('for good does not say that a request was canceled if RunComfy did not say so', async () => {
		const hostOf = (host: Host): Host => ({
			...host,
			request: async (request) =>
				request.url.endsWith('/cancel')
					? { status: 200, headers: {}, body: '{"status":"perhaps"}' }
					: host.request(request),
		});
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 3_600_000 }, hostOf });
		const release = await running(flow, 1);
		await flow.redeploy('full', { d: true });
		release();
		const [id] = flow.simulator.jobs.keys();
		expect(flow.warned).toEqual([expect.stringContaining(`${id} may still be running.`)]);
	});

	it('for good tells which requests it has canceled, in one line', async () => {
		const flow = await start(
			'runcomfy-run',
			{},
			{ simulator: { latencyMs: 3_600_000, maxInstances: 10 } },
		);
		const release = await running(flow, 3);
		await flow.redeploy('full', { d: true });
		release();
		expect(flow.warned).toHaveLength(1);
		for (const id of flow.simulator.jobs.keys()) {
			expect(flow.warned[0]).toContain(`${id} was canceled`);
		}
		const facts = await endedJobs();
		expect(facts.map(({ requestId }) => requestId).sort()).toEqual(
			[...flow.simulator.jobs.keys()].sort(),
		);
	});
});
