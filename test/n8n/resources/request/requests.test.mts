// Submit, Get Status, Get Result without waiting, and Cancel.
import { describe, expect, it } from '@jest/globals';
import { submit } from '../../support/failing.mts';
import { stateOf } from '../../support/paying.mts';
import {
	byId,
	filesOf,
	hosted,
	itemsOf,
	type Json,
	type Parameters,
	runNode,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

/** Submit, and then the operations with no mapping. */
const chain = async (operations: Parameters[], inputs: Json[] = [{}]) => {
	const steps = [submit(rig), ...operations].map((parameters) => ({ parameters }));
	return rig.engine.run(workflowOf(...steps), { inputs: inputs as never }).outcome;
};

describe('the operations of a request', () => {
	it('chain with no mapping: Submit, Get Status, Get Result, Cancel', async () => {
		rig.simulator.update({ latencyMs: 0 });
		const names = ['getStatus', 'getResult', 'cancel'];
		const outcome = await chain(names.map((operation) => ({ operation })));
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
		expect(itemsOf(outcome, 2)[0]?.json).toMatchObject({ ...ids, status: 'completed' });
		const [result] = itemsOf(outcome, 3);
		expect(result?.json).toMatchObject({ ...ids, status: 'succeeded', warnings: [] });
		expect(await rig.engine.binary(result!)).toEqual(await hosted(filesOf(result)[0]?.url));
		expect(itemsOf(outcome, 4)[0]?.json).toEqual({ ...ids, status: 'not_cancellable' });
	});

	it('Get Status gives the place of a queued request', async () => {
		rig.simulator.update({ latencyMs: 60_000, maxInstances: 1 });
		const outcome = await chain([{ operation: 'getStatus' }], [{}, {}]);
		const items = itemsOf(outcome, 2).map(({ json }) => json);
		expect(items.map(({ status }) => status).sort()).toEqual(['in_progress', 'in_queue']);
		const queued = items.find(({ status }) => status === 'in_queue');
		expect(queued?.['queue_position']).toEqual(expect.any(Number));
	});

	it('Get Result of a request that has not ended gives its status and no files', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await chain([{ operation: 'getResult', options: { outputNodes: '9' } }]);
		const [item] = itemsOf(outcome, 2);
		expect(['in_queue', 'in_progress']).toContain(item?.json['status']);
		expect(item?.json).toMatchObject({ files: [], texts: [], warnings: [] });
		expect(item?.binary).toBeUndefined();
	});

	it('Cancel ends a request that is running', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const [item] = itemsOf(await chain([{ operation: 'cancel' }]), 2);
		expect(item?.json['status']).toBe('cancellation_requested');
		expect(stateOf(rig, item?.json['request_id'])).toBe('canceled');
	});

	it('take ids that were typed in', async () => {
		const [accepted] = itemsOf(await runNode(rig, submit(rig)));
		const requestId = accepted?.json['request_id'];
		const deploymentId = byId(` ${rig.simulator.deploymentIds.textToImage} `);
		const typed = { operation: 'getStatus', deploymentId, requestId: ` ${String(requestId)}\n` };
		expect(itemsOf(await runNode(rig, typed))[0]?.json['request_id']).toBe(requestId);
	});
});
