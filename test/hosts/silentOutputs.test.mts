// Runs without a new file: the machine reused cached results, which random seeds prevent, or ComfyUI left outputs out.
import { describe, expect, it } from '@jest/globals';
import { byId, itemsOf, type Json, type Simulator, useRig } from '../n8n/support/rig.mts';
import { useFlows } from '../node-red/support/rig.mts';

const rig = useRig({ fast: true });
const start = useFlows();

interface Run {
	files: unknown[];
	warnings: unknown[];
}

type Service = (simulator: Simulator, deploymentId: string) => void;

/** Two consecutive runs on a freshly started machine. */
const HOSTS: Record<string, (fields: Json, service?: Service) => Promise<Run[]>> = {
	async n8n(fields, service) {
		const deployment = rig.simulator.deploy({ caches: true });
		service?.(rig.simulator, deployment);
		const deploymentId = byId(deployment);
		const options = { downloadFiles: false };
		const parameters = { operation: 'runAndWait', deploymentId, ...fields, options };
		const runs = [await rig.runNode(parameters), await rig.runNode(parameters)];
		return runs.map((outcome) => itemsOf(outcome)[0]?.json as unknown as Run);
	},
	async 'Node-RED'(fields, service) {
		const flow = await start('runcomfy-run', { checkInputs: true, ...fields });
		const deploymentId = flow.simulator.deploy({ caches: true });
		service?.(flow.simulator, deploymentId);
		for (const count of [1, 2]) {
			flow.receive({ deploymentId });
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
				`^Node 9 · Save Image had no output .* reused cached results: turn on ${SWITCH[host]}, or`,
			),
		]);
	});

	it('draws new seeds for each run if that is on, so that each gives a file', async () => {
		const runs = await run({ randomSeeds: true });
		expect(runs.map(({ files }) => files.length)).toEqual([1, 1]);
		expect(runs.map(({ warnings = [] }) => warnings)).toEqual([[], []]);
	});

	it('says what ComfyUI left out, once', async () => {
		const [first] = await run({ randomSeeds: true }, (simulator, deploymentId) => {
			simulator.workflow(deploymentId)!['10'] = {
				class_type: 'SaveImage',
				inputs: { images: ['8', 0], filename_prefix: '/outside' },
			};
		});
		expect(first?.files).toHaveLength(1);
		expect(first?.warnings).toEqual([
			expect.stringMatching(
				/^ComfyUI left out the output of node 10: node 10 SaveImage: .*outside/,
			),
		]);
	});
});
