// Submit, Get Status, Get Result and Cancel.
import { describe, expect, it } from '@jest/globals';
import { unauthorized } from '../../../support/answers.mts';
import {
	byId,
	codeOf,
	filesOf,
	hosted,
	idsOf,
	itemsOf,
	type Json,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

describe('the operations of a request', () => {
	it('chain with no mapping: Submit, Get Status, Get Result, Cancel', async () => {
		rig.simulator.update({ latencyMs: 0 });
		const after = ['getStatus', 'getResult', 'cancel'].map((operation) => ({ operation }));
		const outcome = await rig.runSteps(rig.toSubmit(), ...after);
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

	it('Cancel ends a request that is running', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const [item] = itemsOf(await rig.runSteps(rig.toSubmit(), { operation: 'cancel' }), 2);
		expect(item?.json['status']).toBe('cancellation_requested');
		expect(rig.stateOf(item?.json['request_id'])).toBe('canceled');
	});

	it('take ids that were typed in', async () => {
		const id = await submitted();
		const deploymentId = byId(` ${rig.simulator.deploymentIds.textToImage} `);
		const typed = { operation: 'getStatus', deploymentId, requestId: ` ${id}\n` };
		expect(idsOf(await rig.runNode(typed))).toEqual([id]);
	});
});

/** A request that was submitted elsewhere. */
async function submitted(): Promise<string> {
	return String(idsOf(await rig.runNode(rig.toSubmit()))[0]);
}

const getResult = (requestId: string, options: Json = {}, waitForCompletion: unknown = true) => ({
	operation: 'getResult',
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
	requestId,
	waitForCompletion,
	options,
});

describe('Get Result that waits', () => {
	it('does not wait unless you want that', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const id = await submitted();
		for (const waitForCompletion of [false, '={{ "false" }}']) {
			const [item] = itemsOf(await rig.runNode(getResult(id, {}, waitForCompletion)));
			expect(item?.json).toMatchObject({ status: 'in_progress', files: [] });
		}
	});

	it.each([
		[{}, 'in_progress', 0],
		[{ cancelOnTimeout: true }, 'canceled', 1],
	])('ends at the timeout with the id (%j)', async (options, state, cancels) => {
		rig.simulator.update({ latencyMs: 60_000 });
		const id = await submitted();
		const parameters = getResult(id, { timeout: 0.3, ...options });
		const kept = await rig.runNode(parameters, [{}], { onError: 'continueRegularOutput' });
		expect(itemsOf(kept)[0]?.json).toMatchObject({ error_code: 'timed_out', request_id: id });
		expect(rig.stateOf(id)).toBe(state);
		expect(rig.countOf('cancel')).toBe(cancels);
	});

	it('leaves a request that it did not start alone when stopped (P29)', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const id = await submitted();
		const workflow = workflowOf({ parameters: getResult(id) });
		expect((await rig.stopAt('/status', workflow)).status).toBe('canceled');
		expect(rig.stateOf(id)).toBe('in_progress');
	});

	it('waits for its request when another item fails, and cancels nothing', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const id = await submitted();
		const parameters = getResult('={{ $json.id }}');
		const inputs = [{ id }, { id: '3f0e8a52-0000-4000-8000-000000000000' }];
		rig.simulator.inject(unauthorized({ on: 'status', request_id: inputs[1]!.id }));
		const outcome = await rig.runNode(parameters, inputs);
		expect(codeOf(outcome)).toBe('auth_failed');
		expect(rig.stateOf(id)).toBe('succeeded');
	});

	it('refuses a switch that is neither on nor off', async () => {
		const outcome = await rig.runNode(getResult('a-request', {}, '={{ "maybe" }}'));
		expect(outcome.error?.message).toBe("'Wait for Completion' must be true or false");
		expect(rig.simulator.requests).toEqual([]);
	});
});
