// Calls that change something, of a deployment or cancel node, while the node or Node-RED goes away.
import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../../../simulator/index.ts';
import { eventually } from '../../../support/expect.mts';
import {
	type ActionType,
	countWorks,
	submitted,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

const DISABLE = { operation: 'disable' };

const CALLS: Array<[string, ActionType, object, Extract<Fault['on'], string>]> = [
	['a disable', 'runcomfy-deployment', DISABLE, 'deployments.update'],
	['a cancel', 'runcomfy-cancel', { target: 'request' }, 'cancel'],
];

/** A node whose call RunComfy has carried out, but answers only after this many milliseconds. */
async function calling(
	[type, fields, route]: [ActionType, object, Extract<Fault['on'], string>],
	{ ms, ...options }: { ms: number; userDir?: string },
) {
	const flow = await start(type, { ...fields }, { ...options, simulator: { queueMs: 60_000 } });
	const ref = await submitted(flow);
	flow.simulator.inject({ name: 'stall', on: route, ms, accepted: true });
	flow.receive({ topic: 't', ...ref });
	const calls = () => flow.bodies(route).length;
	await eventually(calls).toBe(1);
	return { flow, calls };
}

describe.each(CALLS)('%s on its way', (_what, type, fields, route) => {
	it.each(['full', 'flows', 'nodes'] as const)(
		'outlives a %s deploy, and its answer comes out once (P51)',
		async (deploy) => {
			const { flow, calls } = await calling([type, fields, route], { ms: 50 });
			await flow.redeploy(deploy, { name: 'changed' });
			await flow.ended();
			expect(flow.sent).toMatchObject([{ topic: 't' }]);
			expect([flow.completed.length, flow.caught, flow.warned]).toEqual([1, [], []]);
			expect([calls(), countWorks('n')]).toEqual([1, 0]);
		},
	);

	it('is told in the log, with its id, if its node is deleted', async () => {
		const { flow, calls } = await calling([type, fields, route], { ms: 500 });
		await flow.redeploy('full', { d: true });
		await eventually(() => flow.warned).toEqual([
			expect.stringMatching(/^The node closed .* asked, and RunComfy answered: \w+, [\w-]{36}$/),
		]);
		await turns(20);
		expect([flow.sent, flow.caught, calls(), countWorks('n')]).toEqual([[], [], 1, 0]);
	});
});

describe('a disable', () => {
	const call = ['runcomfy-deployment', DISABLE, 'deployments.update'] as const;

	it('is not made again after Node-RED was killed (P51)', async () => {
		const { flow, calls } = await calling([...call], { ms: 50, userDir: kept.userDir });
		flow.kill();
		await flow.revive(DISABLE);
		await turns(20);
		expect([flow.sent, flow.caught, calls(), kept.onDisk()]).toEqual([[], [], 1, []]);
	});

	it('says in the log if nobody knows whether it was made while its node closed', async () => {
		const { flow } = await calling([...call], { ms: 600_000 });
		const deleting = flow.redeploy('full', { d: true });
		await turns(20);
		await flow.simulator.close();
		await deleting;
		await eventually(() => flow.warned).toEqual([
			expect.stringMatching(/^The node closed while RunComfy was asked: ./),
		]);
	});
});
