// Switching to another project or branch, and perhaps back: runs of missing nodes are neither canceled nor submitted,
// and their results are sent when the nodes are back. Nodes that a deploy has removed are deleted.
import { describe, expect, it, jest } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import { rateLimited } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import {
	countWorks,
	type FlowOptions,
	jobs,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const { presentJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');

const start = useFlows();
const kept = useUserDir();

const AWAY = { d: true };
const OTHER = { id: 'm', type: 'runcomfy-run', config: 'cfg', wires: [['sent']] };
const LIMITED: FlowOptions = {
	config: { concurrency: 1 },
	simulator: { latencyMs: 600_000, maxInstances: 100 },
};

/** One request at RunComfy, two messages that wait for its place, and time stands still. */
async function underWay(more: FlowOptions = {}) {
	const options = { ...LIMITED, userDir: kept.userDir, ...more };
	const flow = await start('runcomfy-run', {}, options);
	const release = await running(flow, 1, () => flow.ask({ topic: 'first' }));
	for (const topic of ['a', 'b']) flow.ask({ topic });
	await turns(20);
	return { flow, release };
}

const tell = (flow: TestFlow, id: string) => flow.events().emit('runtime-event', { id });

/** Starting the rig deploys its flow, as a switch does. */
const switchTo = (flow: TestFlow, fields: Record<string, unknown>) =>
	flow.restart(fields, () => void tell(flow, 'project-update'));

const topics = ({ sent }: TestFlow) => sent.map(({ topic }) => topic);

describe('a run node that is not in the project that comes', () => {
	it('keeps its request and its messages until it is back, and the log says so', async () => {
		const { flow, release } = await underWay();
		await switchTo(flow, AWAY);
		const [requestId] = flow.simulator.jobs.keys();
		await eventually(() => flow.warned).toEqual([
			expect.stringMatching(
				`requests go on: ${requestId} \\(topic "first"\\).* wait: 2 \\(topic "a": 1, topic "b": 1\\).*30 days`,
			),
		]);
		expect(flow.warned.join()).not.toContain('memory');
		release();
		await eventually(() => flow.states()).toEqual(['succeeded']);
		await turns(50);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		expect([flow.sent, flow.caught, kept.onDisk().length]).toEqual([[], [], 3]);
		await switchTo(flow, {});
		await flow.ended(3);
		expect([topics(flow), flow.caught]).toEqual([['first', 'a', 'b'], []]);
		expect([flow.simulator.count('submit'), kept.onDisk(), countWorks('n')]).toEqual([3, [], 0]);
	});

	it('leaves its place to the messages of others once its request has ended, which counts until then', async () => {
		const { flow, release } = await underWay({ nodes: [OTHER] });
		await switchTo(flow, AWAY);
		flow.ask({ topic: 'other' }, 'm');
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await eventually(() => topics(flow)).toEqual(['other']);
		expect(flow.simulator.count('submit')).toBe(2);
	});

	it('has its request canceled in the sidebar', async () => {
		const { flow, release } = await underWay();
		await switchTo(flow, AWAY);
		for (const { job } of await jobs()) {
			const { status } = await helper.request().post(`/runcomfy/jobs/${job}/cancel`).send({});
			expect(status).toBe(202);
		}
		await eventually(() => flow.states()).toEqual(['canceled']);
		release();
		await switchTo(flow, {});
		await flow.ended(3);
		expect(flow.caught.map(({ error }) => error.code)).toEqual(Array(3).fill('run_canceled'));
		expect(flow.simulator.count('submit')).toBe(1);
	});

	it('submits nothing that RunComfy refuses for now when it goes, until it is back', async () => {
		const flow = await start('runcomfy-run', {}, { ...LIMITED, userDir: kept.userDir });
		flow.simulator.inject(rateLimited({ on: 'submit', retryAfter: 60 }));
		const release = flow.time.hold();
		flow.ask({ topic: 'a' });
		await eventually(() => flow.time.sleeping()).toBe(1);
		await switchTo(flow, AWAY);
		release();
		await turns(100);
		expect(flow.simulator.count('submit')).toBe(1);
		await switchTo(flow, {});
		await flow.ended();
		expect([topics(flow), flow.simulator.jobs.size]).toEqual([['a'], 1]);
	});

	it('keeps in memory what the journal could not keep, and the log says so', async () => {
		const { flow, release } = await underWay({ config: { concurrency: 1 } });
		flow.ask({ topic: 'c', overrides: { '6': { inputs: { text: 'x'.repeat(65_536) } } } });
		await turns(20);
		await switchTo(flow, AWAY);
		expect(flow.warned).toEqual([expect.stringContaining('memory only, until Node-RED ends: 1.')]);
		await switchTo(flow, {});
		release();
		await flow.ended(4);
		expect(topics(flow)).toEqual(['first', 'a', 'b', 'c']);
	});

	it('is given up after 30 days, and the log says what it had', async () => {
		const clocks = [jest.spyOn(Date, 'now'), jest.spyOn(performance, 'now')] as const;
		const { flow } = await underWay();
		await switchTo(flow, AWAY);
		for (const clock of clocks) clock.mockReturnValue(Date.now() + 31 * 24 * 3600 * 1000);
		presentJournal()?.check();
		for (const clock of clocks) clock.mockRestore();
		await eventually(() => countWorks('n')).toBe(0);
		await turns(20);
		expect([kept.onDisk(), flow.states()]).toEqual([[], ['in_progress']]);
		await switchTo(flow, {});
		await turns(20);
		expect([flow.sent, flow.caught, flow.simulator.count('submit')]).toEqual([[], [], 1]);
	});

	it('stays away over further deploys there', async () => {
		const { flow, release } = await underWay({ nodes: [OTHER] });
		await switchTo(flow, AWAY);
		await flow.redeploy('full', AWAY);
		await turns(20);
		expect(flow.states()).toEqual(['in_progress']);
		await switchTo(flow, {});
		release();
		await flow.ended(3);
		expect(topics(flow)).toEqual(['first', 'a', 'b']);
	});
});

it('a run node that a deploy has removed while the flows were stopped is deleted', async () => {
	const { flow } = await underWay();
	// The event arrives after the start that it belongs to.
	tell(flow, 'project-update');
	await flow.restart(AWAY);
	await eventually(() => flow.states()).toEqual(['canceled']);
	await eventually(() => countWorks('n')).toBe(0);
	expect(flow.warned.at(-1)).toContain('2 messages were dropped');
});
