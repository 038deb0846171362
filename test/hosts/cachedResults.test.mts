// A machine that uses its results again: both hosts say why no file came, and random seeds bring one.
import { describe, expect, it } from '@jest/globals';
import { byId, itemsOf, type Json, runNode, useRig } from '../n8n/support/rig.mts';
import { useFlows } from '../node-red/support/setup.mts';

const rig = useRig({ fast: true });
const start = useFlows();

interface Run {
	files: unknown[];
	warnings: unknown[];
}

/** Two runs, one after the other, on a machine that was fresh. */
const HOSTS: Record<string, (fields: Json) => Promise<Run[]>> = {
	async n8n(fields) {
		const deploymentId = byId(rig.simulator.deploymentIds.cached);
		const options = { downloadFiles: false };
		const parameters = { operation: 'runAndWait', deploymentId, ...fields, options };
		const runs = [await runNode(rig, parameters), await runNode(rig, parameters)];
		return runs.map((outcome) => itemsOf(outcome)[0]?.json as unknown as Run);
	},
	async 'Node-RED'(fields) {
		const flow = await start('runcomfy-run', { schemaVersion: 2, checkInputs: true, ...fields });
		for (const count of [1, 2]) {
			flow.receive({ deploymentId: flow.simulator.deploymentIds.cached });
			await flow.ended(count);
		}
		return flow.sent.map(({ runcomfy }) => runcomfy as Run);
	},
};
const SWITCH: Record<string, string> = {
	n8n: 'Random Seeds',
	'Node-RED': 'New random seeds for each run',
};

describe.each(Object.keys(HOSTS))('%s', (host) => {
	const run = HOSTS[host]!;

	it('says that results may have been used again, and offers what draws the seeds', async () => {
		const [first, second] = await run({});
		expect(first?.files).toHaveLength(1);
		expect(second?.files).toEqual([]);
		expect(second?.warnings).toEqual([
			expect.stringMatching(
				`^Node 9 · Save Image gave nothing .* used its results again: turn on ${SWITCH[host]}, or`,
			),
		]);
	});

	it('draws new seeds for each run if that is on, so that each gives a file', async () => {
		const runs = await run({ randomSeeds: true });
		expect(runs.map(({ files }) => files.length)).toEqual([1, 1]);
		expect(runs.map(({ warnings = [] }) => warnings)).toEqual([[], []]);
	});
});
