// What is sent in the very turn of the event loop in which a deploy or a stop closes the next node.
import { describe, expect, it, jest } from '@jest/globals';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import { eventually } from '../../../support/expect.mts';
import {
	countWorks,
	endedJobs,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

/** Runs one message. `react` is called when the node sends, before the runtime delivers. */
async function sendInto(flow: TestFlow, react: () => Promise<void>): Promise<void> {
	const reacted = new Promise<void>((resolve, reject) => {
		helper.getNode('n')?.once('call:send', () => void react().then(resolve, reject));
	});
	flow.receive({ topic: 't', deploymentId: flow.simulator.deploymentIds.textToImage });
	await reacted;
	await turns(50);
}

describe('a message on its way to a run node that is deleted', () => {
	it('is not submitted', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ topic: 'before', deploymentId });
		await eventually(() => flow.time.sleeping()).toBe(1);
		// Until then, the node is closing, and the runtime still delivers.
		flow.simulator.inject({ name: 'stall', on: 'cancel', ms: 200, accepted: true });
		const node = helper.getNode('n');
		const deleting = flow.redeploy('nodes', { d: true });
		await eventually(() => flow.simulator.count('cancel')).toBe(1);
		node?.receive({ topic: 'between', deploymentId });
		await deleting;
		release();
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		expect([flow.sent, flow.caught, countWorks('n')]).toEqual([[], [], 0]);
	});
});

describe('a message that has not left when a deploy with a cancel closes its node', () => {
	const cancel = { onRedeploy: 'cancel' };

	async function endedDuring(deploymentId: (flow: TestFlow) => string): Promise<TestFlow> {
		const flow = await start('runcomfy-run', cancel, { userDir: kept.userDir });
		// Nothing leaves a node while others start.
		flow.events().emit('flows:starting', {});
		flow.receive({ topic: 't', deploymentId: deploymentId(flow) });
		await eventually(async () => (await endedJobs()).length).toBe(1);
		await turns(5);
		await flow.redeploy('nodes', { ...cancel, name: 'after' });
		await turns(50);
		expect([flow.sent, flow.caught, kept.onDisk(), countWorks('n')]).toEqual([[], [], [], 0]);
		return flow;
	}

	it('is named in the log by its request', async () => {
		const flow = await endedDuring(({ simulator }) => simulator.deploymentIds.textToImage);
		const [requestId] = flow.simulator.jobs.keys();
		expect(flow.warned).toEqual([expect.stringContaining(`request ${requestId}`)]);
	});

	it('is told in the log if it is an error without a request', async () => {
		const flow = await endedDuring(() => 'unknown');
		expect(flow.warned).toEqual([
			expect.stringMatching(/before it could send an error: .*Deployment not found/),
		]);
	});
});

describe('a result on its way to a node that closes', () => {
	it.each(['full', 'flows', 'nodes'] as const)('arrives once after a %s deploy', async (type) => {
		const flow = await start('runcomfy-run', { name: 'before' }, { userDir: kept.userDir });
		await sendInto(flow, () => flow.redeploy(type, { name: 'after' }));
		expect(flow.sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
		expect([flow.caught, kept.onDisk(), countWorks('n')]).toEqual([[], [], 0]);
		expect(flow.simulator.count('submit')).toBe(1);
	});

	it('arrives after the next start', async () => {
		const flow = await start('runcomfy-run', { onShutdown: 'leave' }, { userDir: kept.userDir });
		await sendInto(flow, () => flow.restart({ onShutdown: 'leave' }));
		expect(flow.sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
		expect([flow.caught, kept.onDisk(), countWorks('n')]).toEqual([[], [], 0]);
		expect(flow.simulator.count('submit')).toBe(1);
	});

	it('comes again to each of the next nodes if a deploy replaces one of them', async () => {
		const wires = [['sent', 'progress']];
		const flow = await start('runcomfy-run', { wires }, { userDir: kept.userDir });
		const sent = { id: 'sent', type: 'helper', name: 'changed', z: 't', x: 0, y: 0, wires: [] };
		await sendInto(flow, () => flow.redeploy('nodes', {}, [sent]));
		expect(flow.sent).toMatchObject([{ topic: 't', status: 'succeeded' }]);
		expect(flow.progress).toMatchObject([{ topic: 't' }, { topic: 't', status: 'succeeded' }]);
		expect(flow.progress[1]).toHaveProperty('requestId', flow.progress[0]?.['requestId']);
		expect([kept.onDisk(), countWorks('n')]).toEqual([[], 0]);
	});

	it('is named in the log if its own node is deleted with that one', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		await sendInto(flow, () => flow.redeploy('full', { d: true }));
		expect([flow.sent, flow.caught, kept.onDisk(), countWorks('n')]).toEqual([[], [], [], 0]);
		const [requestId] = flow.simulator.jobs.keys();
		expect(flow.warned).toEqual([expect.stringContaining(`request ${requestId}`)]);
	});
});

describe('a log that fails', () => {
	it.each(['runcomfy-run', 'runcomfy-submit'] as const)(
		'while a %s node is deleted does not end the process',
		async (type) => {
			const unhandled = jest.fn();
			process.on('unhandledRejection', unhandled);
			const flow = await start(type, {}, { simulator: { latencyMs: 600_000 } });
			flow.simulator.inject({ name: 'slow_submit', ms: 100 });
			flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
			await eventually(() => flow.simulator.jobs.size).toBe(1);
			const node = helper.getNode('n') as Node;
			for (const method of ['warn', 'error'] as const) {
				node[method] = () => {
					throw new Error('The log is full');
				};
			}
			await flow.redeploy('full', { d: true });
			await turns(50);
			process.off('unhandledRejection', unhandled);
			expect(unhandled).not.toHaveBeenCalled();
			expect([...flow.simulator.jobs.values()].map(({ state }) => state)).toEqual(['canceled']);
		},
	);
});
