// Switching to another project or branch, and perhaps back: requests of missing nodes are not canceled, and their results
// are sent when the nodes are back. Nodes that a deploy has removed are deleted.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import {
	countWorks,
	holdTimers,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();
afterEach(() => void jest.useRealTimers());

const AWAY = { d: true };

/** One request at RunComfy, two messages that wait for its place, and time stands still. */
async function underWay() {
	const flow = await start(
		'runcomfy-run',
		{},
		{
			userDir: kept.userDir,
			config: { concurrency: 1 },
			simulator: { latencyMs: 600_000, maxInstances: 100 },
		},
	);
	const release = await running(flow, 1, () => flow.ask({ topic: 'first' }));
	for (const topic of ['a', 'b']) flow.ask({ topic });
	await turns(20);
	return { flow, release, requestId: String([...flow.simulator.jobs.keys()][0]) };
}

const tell = (flow: TestFlow, id: string) => flow.events().emit('runtime-event', { id });

/** A node whose submit RunComfy has got, but not answered yet. */
async function unanswered(ms: number) {
	const options = { userDir: kept.userDir, simulator: { latencyMs: 600_000 } };
	const flow = await start('runcomfy-run', {}, options);
	flow.simulator.inject({ name: 'slow_submit', ms });
	flow.ask({ topic: 'first' });
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	return { flow, requestId: String([...flow.simulator.jobs.keys()][0]) };
}

/** Starting the rig deploys its flow, as a switch does. */
const switchTo = (flow: TestFlow, fields: Record<string, unknown>) =>
	flow.restart(fields, () => void tell(flow, 'project-update'));

describe('a run node that is not in the project that comes', () => {
	it('leaves its request to the folder until it is back, and the log says so (P60)', async () => {
		const { flow, release, requestId } = await underWay();
		await switchTo(flow, AWAY);
		await eventually(() => countWorks('n')).toBe(0);
		expect(flow.warned).toEqual([
			expect.stringContaining(
				`is not in the flows that have started. Its requests: ${requestId} goes on at RunComfy (topic "first")`,
			),
		]);
		expect(kept.onDisk()).toMatchObject([{ receipt: { ids: { requestId } } }]);
		await flow.redeploy('full', AWAY);
		release();
		await turns(50);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		expect([flow.sent, flow.caught]).toEqual([[], []]);
		await switchTo(flow, {});
		await flow.ended();
		expect(flow.sent).toMatchObject([{ topic: 'first', requestId, runcomfy: { resumed: true } }]);
		expect([flow.simulator.count('submit'), kept.onDisk()]).toEqual([1, []]);
	});

	it('finds its request although it comes back at once (P60)', async () => {
		const { flow, release, requestId } = await underWay();
		await switchTo(flow, AWAY);
		await switchTo(flow, {});
		release();
		await flow.ended();
		await turns(20);
		expect(flow.sent).toMatchObject([{ topic: 'first', requestId }]);
		expect([flow.simulator.count('submit'), kept.onDisk(), countWorks('n')]).toEqual([1, [], 0]);
	});
});

describe('a run node that goes with its project before its submit is answered', () => {
	/** Switches although there is no answer within the time that a stop waits for it. */
	async function leaveUnanswered(ms: number) {
		holdTimers();
		const { flow, requestId } = await unanswered(ms);
		const switching = switchTo(flow, AWAY);
		await turns(20);
		await jest.advanceTimersByTimeAsync(4_500);
		await switching;
		jest.useRealTimers();
		return { flow, goesOn: `${requestId} after its run had been stopped: it goes on`, requestId };
	}

	it('has its request in the log, and in the folder for when it is back', async () => {
		const { flow, goesOn, requestId } = await leaveUnanswered(500);
		// The next deploy does not decide about it again.
		await flow.redeploy('full', AWAY);
		await eventually(() => countWorks('n')).toBe(0);
		expect(flow.warned).toEqual([expect.stringContaining(goesOn)]);
		expect([kept.onDisk().length, flow.simulator.count('cancel')]).toEqual([1, 0]);
		await switchTo(flow, {});
		await flow.ended();
		expect(flow.sent).toMatchObject([{ topic: 'first', requestId }]);
	});
});

it('a run node that a deploy has removed while the flows were stopped is deleted', async () => {
	const { flow } = await underWay();
	// The event arrives after the start that it belongs to.
	tell(flow, 'project-update');
	await flow.restart(AWAY);
	await eventually(() => flow.states()).toEqual(['canceled']);
	await eventually(() => countWorks('n')).toBe(0);
	expect(flow.warned.at(-1)).toContain('is being canceled');
});
