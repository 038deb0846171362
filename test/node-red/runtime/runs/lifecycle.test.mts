// Deploys, and what outlives them, including messages sent in the very turn of the event loop in which a node closes.
import { describe, expect, it } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import { eventually } from '../../../support/expect.mts';
import {
	countWorks,
	endedJobs,
	type FlowOptions,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

const UNKNOWN = { id: 'unknown', type: 'not-installed', z: 'elsewhere', x: 0, y: 0, wires: [] };

/** A flow with this many runs at RunComfy, while time stands still. */
async function runs(count: number, fields: object = {}, options: FlowOptions = {}) {
	const all = { simulator: { latencyMs: 600_000 }, ...options };
	const flow = await start('runcomfy-run', { ...fields }, all);
	return { flow, release: await running(flow, count) };
}

const nothing = (flow: TestFlow) =>
	expect([flow.sent, flow.caught, flow.completed, countWorks('n')]).toEqual([[], [], [], 0]);

describe('a deploy', () => {
	it.each(['full', 'flows', 'nodes'] as const)(
		'keeps what runs, and only the last instance ends it, once (%s) (P44)',
		async (type) => {
			const { flow, release } = await runs(3);
			for (const name of ['a', 'b', 'c']) await flow.redeploy(type, { name });
			expect(flow.shown.at(-1)).toMatchObject({ fill: 'yellow' });
			release();
			await flow.ended(3);
			await turns(50);
			expect(flow.states()).toEqual(['succeeded', 'succeeded', 'succeeded']);
			expect([flow.sent.length, flow.completed.length, flow.caught]).toEqual([3, 3, []]);
			expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([3, 0]);
			expect(flow.sent[0]).not.toHaveProperty('runcomfy.resumed');
			expect(countWorks('n')).toBe(0);
		},
	);

	it('ends a message object that came in twice as two runs', async () => {
		const { flow, release } = await runs(0);
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
		const { flow, release } = await runs(1);
		await expect(flow.redeploy(type, {}, [UNKNOWN])).rejects.toThrow();
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
	});

	it('leaves what ends meanwhile to the next one that starts', async () => {
		const { flow, release } = await runs(1);
		await expect(flow.redeploy('full', {}, [UNKNOWN])).rejects.toThrow();
		release();
		await eventually(async () => (await endedJobs()).length).toBe(1);
		await turns(20);
		expect([flow.sent, flow.caught, countWorks('n')]).toEqual([[], [], 1]);
		await flow.redeploy('full');
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
	});
});

it('deleting the node cancels what runs and what waits, and the sidebar says so (P54)', async () => {
	const { flow, release } = await runs(1, {}, { config: { concurrency: 1 } });
	flow.ask();
	await turns(20);
	await flow.redeploy('nodes', { d: true });
	await eventually(endedJobs).toMatchObject([
		{ outcome: 'run_canceled', requestId: expect.any(String) },
		{ outcome: 'run_canceled' },
	]);
	release();
	await turns(50);
	expect([flow.states(), flow.simulator.count('submit')]).toEqual([['canceled'], 1]);
	nothing(flow);
});

describe('a message that has not left when its node is deleted', () => {
	it.each<[string, object, RegExp]>([
		['is named in the log by its request', {}, /request [\w-]{36}/],
		[
			'is told in the log if it is an error without a request',
			{ deploymentId: 'unknown' },
			/before it could send an error: .*Deployment not found/,
		],
	])('%s', async (_how, msg, said) => {
		const { flow, release } = await runs(0, {}, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'stall', on: 'submit', ms: 50 });
		flow.ask(msg);
		await eventually(() => flow.simulator.count('submit')).toBe(1);
		// A node sends nothing while others start.
		flow.events().emit('flows:starting', {});
		release();
		await eventually(async () => (await endedJobs()).length).toBe(1);
		await turns(5);
		await flow.redeploy('nodes', { d: true });
		await turns(50);
		nothing(flow);
		expect(kept.onDisk()).toEqual([]);
		expect(flow.warned).toEqual([expect.stringMatching(said)]);
	});
});

describe('a result on its way to a node that closes', () => {
	/** Runs one message. `react` is called when the node sends, before the runtime delivers. */
	async function sendInto(fields: object, react: (flow: TestFlow) => Promise<void>) {
		const flow = await start('runcomfy-run', { ...fields }, { userDir: kept.userDir });
		const reacted = new Promise<void>((resolve, reject) => {
			helper.getNode('n')?.once('call:send', () => void react(flow).then(resolve, reject));
		});
		flow.ask({ topic: 't' });
		await reacted;
		await turns(50);
		expect([flow.caught, kept.onDisk(), countWorks('n')]).toEqual([[], [], 0]);
		expect(flow.simulator.count('submit')).toBe(1);
		return flow;
	}

	it.each(['full', 'flows', 'nodes'] as const)(
		'arrives once after a %s deploy (P58)',
		async (type) => {
			const { sent } = await sendInto({}, (flow) => flow.redeploy(type, { name: 'after' }));
			expect(sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
		},
	);

	it('arrives after the next start', async () => {
		const { sent } = await sendInto({}, (flow) => flow.restart());
		expect(sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
	});

	it('comes again to each of the next nodes if a deploy replaces one of them (P66)', async () => {
		const changed = { id: 'sent', type: 'helper', name: 'changed', z: 't', x: 0, y: 0, wires: [] };
		const { sent, progress } = await sendInto({ wires: [['sent', 'progress']] }, (flow) =>
			flow.redeploy('nodes', {}, [changed]),
		);
		expect(sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
		expect(progress).toMatchObject([{ topic: 't' }, { topic: 't', status: 'succeeded' }]);
		expect(progress[1]).toHaveProperty('requestId', progress[0]?.['requestId']);
	});

	it('is named in the log if its own node is deleted with that one (P58)', async () => {
		const flow = await sendInto({}, ({ redeploy }) => redeploy('full', { d: true }));
		const [requestId] = flow.simulator.jobs.keys();
		expect(flow.sent).toEqual([]);
		expect(flow.warned).toEqual([expect.stringContaining(`request ${requestId}`)]);
	});
});
