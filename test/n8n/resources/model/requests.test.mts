// Requests by their ids: an item says itself whether a model or a deployment runs its request.
import { describe, expect, it } from '@jest/globals';
import { submit } from '../../support/failing.mts';
import { runModel, runsOf } from '../../support/models.mts';
import { countOf, itemsOf, type Json, runNode, useRig, workflowOf } from '../../support/rig.mts';

const rig = useRig({ fast: true });

const model = () => runModel(rig, { prompt: 'x' }, { operation: 'submit' });

/** What the second node gives for what the first one has submitted. */
async function after(first: Parameters<typeof runNode>[1], second: Json & { operation: string }) {
	const outcome = await rig.engine.run(workflowOf({ parameters: first }, { parameters: second }))
		.outcome;
	return itemsOf(outcome, 2)[0]?.json;
}

describe.each(['request', 'model'])('the resource %s', (resource) => {
	it.each(['={{ $json.request_id }}', '={{ $json }}'])(
		'takes the kind from the item (%s)',
		async (requestId) => {
			const status = { resource, operation: 'getStatus', requestId };
			expect(await after(model(), status)).toMatchObject({
				request_id: runsOf(rig)[0],
				service: 'model',
			});
			const { textToImage } = rig.simulator.deploymentIds;
			expect(await after(submit(rig), status)).toMatchObject({ deployment_id: textToImage });
		},
	);

	it('waits for the result, and cancels what is queued', async () => {
		const result = { resource, operation: 'getResult', waitForCompletion: true };
		expect(await after(model(), result)).toMatchObject({
			...{ service: 'model', status: 'succeeded', cost: 0.012 },
			files: [{ binary_property: 'data' }],
		});
		rig.simulator.update({ latencyMs: 60_000 });
		rig.simulator.inject({ name: 'run_time', ms: 60_000, times: Infinity });
		expect(await after(model(), { resource, operation: 'cancel' })).toMatchObject({
			...{ request_id: runsOf(rig)[1], service: 'model' },
			status: expect.stringMatching(/cancellation_requested|not_cancellable/),
		});
	});
});

it('a bare id is of the resource that it is given to', async () => {
	const [made] = itemsOf(await runNode(rig, model()));
	const requestId = String(made?.json['request_id']);
	const parameters = { resource: 'model', operation: 'getStatus', requestId };
	const [item] = itemsOf(await runNode(rig, parameters));
	expect(item?.json).toMatchObject({ request_id: requestId, service: 'model' });
	const { textToImage: value } = rig.simulator.deploymentIds;
	const wrong = {
		operation: 'getStatus',
		requestId,
		deploymentId: { __rl: true, mode: 'id', value },
	};
	const { error } = await runNode(rig, wrong);
	expect(error?.context?.data?.['error_code']).toBe('not_found');
	expect(error?.description).toMatch(/model/);
});

it('a result that is not there yet gives its status', async () => {
	rig.simulator.update({ latencyMs: 60_000 });
	const json = await after(model(), { resource: 'model', operation: 'getResult' });
	expect(json).toMatchObject({ status: expect.stringMatching(/in_queue|in_progress/), files: [] });
	expect(countOf(rig, 'models.cancel')).toBe(0);
});
