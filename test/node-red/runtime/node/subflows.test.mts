// Run nodes in subflows, which the runtime does not inform of their deletion.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { countWorks, running as runsOf, turns, useFlows, useUserDir } from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

/** Two instances of a subflow, each with a run of ten minutes in progress, and the clock held. */
async function running(more: Array<Record<string, unknown>> = []) {
	const run = { id: 'run', type: 'runcomfy-run', z: 'subflow', config: 'cfg', wires: [[]] };
	const nodes: Array<Record<string, unknown>> = [
		{
			id: 'subflow',
			type: 'subflow',
			name: 's',
			in: [],
			out: [{ wires: [{ id: 'run', port: 0 }] }],
		},
		run,
		...more,
		{ id: 'one', type: 'subflow:subflow', wires: [['sent']] },
		{ id: 'two', type: 'subflow:subflow', wires: [['sent']] },
	];
	const flow = await start(
		'runcomfy-run',
		{},
		{ userDir: kept.userDir, nodes, simulator: { latencyMs: 600_000 } },
	);
	const ids = ['one-run', 'two-run'];
	const release = await runsOf(flow, ids.length, (at) => flow.ask({ topic: ids[at] }, ids[at]));
	const without = (id: string) =>
		nodes.splice(
			nodes.findIndex((node) => node['id'] === id),
			1,
		);
	return { flow, release, nodes, without };
}

describe.each(['full', 'flows', 'nodes'] as const)('a %s deploy', (type) => {
	it('that deletes an instance cancels what runs in it, and only that', async () => {
		const { flow, release, without } = await running();
		without('one');
		await flow.redeploy(type);
		await eventually(() => countWorks('one-run')).toBe(0);
		expect(flow.states().sort()).toEqual(['canceled', 'in_progress']);
		expect(kept.onDisk()).toMatchObject([{ nodeId: 'two-run' }]);
		release();
		await eventually(() => flow.sent.length).toBe(1);
		await turns(50);
		expect(flow.sent).toMatchObject([{ topic: 'two-run' }]);
		expect([flow.caught, kept.onDisk()]).toEqual([[], []]);
	});

	it('that deletes or disables the node cancels what runs in every instance', async () => {
		const { flow, nodes } = await running();
		Object.assign(nodes[1] ?? {}, { d: true });
		await flow.redeploy(type);
		await eventually(() => flow.states()).toEqual(['canceled', 'canceled']);
		await eventually(kept.onDisk).toEqual([]);
	});

	it('that changes the subflow keeps what runs', async () => {
		const { flow, release, nodes } = await running();
		Object.assign(nodes[1] ?? {}, { name: 'changed' });
		await flow.redeploy(type);
		release();
		await eventually(() => flow.sent.length).toBe(2);
		await turns(50);
		expect([flow.sent.length, flow.simulator.count('submit'), kept.onDisk()]).toEqual([2, 2, []]);
	});
});
