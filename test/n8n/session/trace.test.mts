// What is left of paid requests in n8n's log and custom data, where the node's output is lost. What a stop
// leaves is in execute/stop.
import { expect, it } from '@jest/globals';
import { spyOnLog } from '../support/log.mts';
import { paidIn, runAndWait } from '../support/paying.mts';
import { runNode, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

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
