import { describe, expect, it } from '@jest/globals';
import { byId, hosted, itemsOf, runNode, useRig, workflowOf } from '../../support/rig.mts';

const rig = useRig();

const submitted = (more: object = {}) => ({
	operation: 'submit',
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
	overrides: '{}',
	...more,
});

describe('the operations of a request', () => {
	it('chain with no mapping: Submit, Get Status, Get Result, Cancel', async () => {
		rig.simulator.update({ latencyMs: 0 });
		const workflow = workflowOf(
			{ parameters: submitted() },
			{ parameters: { operation: 'getStatus' } },
			{ parameters: { operation: 'getResult' } },
			{ parameters: { operation: 'cancel' } },
		);
		const outcome = await rig.engine.run(workflow).outcome;
		const [accepted] = itemsOf(outcome, 1);
		const ids = {
			request_id: accepted?.json['request_id'],
			deployment_id: rig.simulator.deploymentIds.textToImage,
		};
		expect(accepted?.json).toEqual({
			...ids,
			status: 'in_queue',
			status_url: expect.stringContaining(`/requests/${String(ids.request_id)}/status`),
			result_url: expect.stringContaining('/result'),
			cancel_url: expect.stringContaining('/cancel'),
		});
		const [status] = itemsOf(outcome, 2);
		expect(status?.json).toMatchObject({ ...ids, status: 'completed' });

		const [result] = itemsOf(outcome, 3);
		expect(result?.json).toMatchObject({ ...ids, status: 'succeeded', warnings: [] });
		const [file] = result?.json['files'] as unknown as Array<{ url: string }>;
		expect(await rig.engine.binary(result!)).toEqual(await hosted(file?.url));

		const [canceled] = itemsOf(outcome, 4);
		expect(canceled?.json).toEqual({ ...ids, status: 'not_cancellable' });
	});

	it('Get Status says where a queued request stands', async () => {
		rig.simulator.update({ latencyMs: 60_000, maxInstances: 1 });
		const outcome = await rig.engine.run(
			workflowOf({ parameters: submitted() }, { parameters: { operation: 'getStatus' } }),
			{ inputs: [{}, {}] },
		).outcome;
		const [first, second] = itemsOf(outcome, 2).map(({ json }) => json);
		const states = [first?.['status'], second?.['status']].sort();
		expect(states).toEqual(['in_progress', 'in_queue']);
		const waiting = [first, second].find((json) => json?.['status'] === 'in_queue');
		expect(waiting?.['queue_position']).toEqual(expect.any(Number));
	});

	it('Get Result of a request that has not ended gives its status and no files', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await rig.engine.run(
			workflowOf(
				{ parameters: submitted() },
				{ parameters: { operation: 'getResult', options: { outputNodes: '9' } } },
			),
		).outcome;
		const [item] = itemsOf(outcome, 2);
		expect(['in_queue', 'in_progress']).toContain(item?.json['status']);
		expect(item?.json).toMatchObject({ files: [], texts: [], warnings: [] });
		expect(item?.binary).toBeUndefined();
	});

	it('Cancel ends a request that is running', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await rig.engine.run(
			workflowOf({ parameters: submitted() }, { parameters: { operation: 'cancel' } }),
		).outcome;
		const [item] = itemsOf(outcome, 2);
		expect(item?.json['status']).toBe('cancellation_requested');
		const job = rig.simulator.jobs.get(String(item?.json['request_id']));
		expect(job?.state).toBe('canceled');
	});

	it('take ids given by hand', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const { textToImage } = rig.simulator.deploymentIds;
		const [accepted] = itemsOf(await runNode(rig, submitted()));
		const requestId = accepted?.json['request_id'];
		const outcome = await runNode(rig, {
			operation: 'getStatus',
			deploymentId: byId(` ${textToImage} `),
			requestId: ` ${String(requestId)}\n`,
		});
		expect(itemsOf(outcome)[0]?.json['request_id']).toBe(requestId);
	});
});
