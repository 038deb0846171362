// What is left of paid requests in n8n's log, custom data and memory. What a stop leaves is in execute/stop.
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import type * as RuntimeModule from '../../../nodes/RunComfy/runtime.ts';
import { submit } from '../support/failing.mts';
import { spyOnLog } from '../support/log.mts';
import { paidIn, runAndWait } from '../support/paying.mts';
import { itemsOf, runNode, TOKEN, useRig } from '../support/rig.mts';

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

const { runtime } = createRequire(import.meta.url)(
	'../../../dist/nodes/RunComfy/runtime.js',
) as typeof RuntimeModule;

it('No key of what is remembered holds the token', async () => {
	itemsOf(await runNode(rig, submit(rig)));
	const keys = [...runtime.workflows.keys(), ...runtime.outsides.keys()];
	expect(keys).not.toEqual([]);
	expect(keys.filter((key) => key.includes(TOKEN))).toEqual([]);
});
