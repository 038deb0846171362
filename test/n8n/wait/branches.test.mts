// Nodes that park on branches of one execution.
import { describe, expect, it } from '@jest/globals';
import { useSmallN8n } from '../support/parked.mts';
import { paidIn, runAndWait } from '../support/paying.mts';
import { byId, copyOf, countOf, useRig, workflowOf } from '../support/rig.mts';

let aheadMs = 0;
const rig = useRig({ now: () => Date.now() + aheadMs });
const n8n = useSmallN8n(rig);
const LONG_MS = 3_600_000;

describe('two nodes on branches of one execution', () => {
	it.each([['v0'], ['v1']])(
		'each pay once, in the order of execution %s',
		async (executionOrder) => {
			rig.simulator.update({ latencyMs: LONG_MS });
			const parameters = runAndWait(rig, { deploymentId: byId(await copyOf(rig)) });
			const json = workflowOf({ parameters }, { parameters });
			const to = (node: string) => ({ node, type: 'main', index: 0 });
			json.connections = { Start: { main: [[to('Step 1'), to('Step 2')]] } } as never;
			const { id, until } = n8n.start({ ...json, settings: { ...json.settings, executionOrder } });
			await until('waiting');
			for (let times = 0; times < 2; times += 1) {
				await n8n.restart();
				aheadMs += LONG_MS;
				await n8n.timer(id);
			}
			const done = await until();
			const ids = ['Step 1', 'Step 2'].map((node) => done.items(node)[0]?.json['request_id']);
			expect(ids.sort()).toEqual(paidIn(rig).sort());
			expect([countOf(rig, 'submit'), done.entries]).toEqual([2, 3]);
			expect(done.runData['Step 1']).toHaveLength(1);
		},
	);
});
