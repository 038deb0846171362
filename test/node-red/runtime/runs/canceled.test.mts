// Cancels of many messages at once, and cancels that a deploy or the end of the process follows.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { rateLimited } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import { running, type TestFlow, turns, useFlows, useUserDir } from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

afterEach(() => void jest.restoreAllMocks());

const COUNT = 60;
const TOPICS = Array.from({ length: COUNT }, (_, n) => `waits ${n}`);

/** Each turn of the event loop processes only a few messages, as on a slow machine. */
function slowTurns() {
	let now = 0;
	jest.spyOn(performance, 'now').mockImplementation(() => (now += 1));
}

/** The topics of messages that ended as canceled. */
const canceled = ({ caught }: TestFlow) =>
	caught.filter(({ error }) => error.code === 'run_canceled').map(({ topic }) => topic);

const LIMITED = { config: { concurrency: 1 }, simulator: { latencyMs: 10_000 } };

describe('a cancel of all messages that wait', () => {
	it('leaves every turn of the event loop something for others, and none is submitted meanwhile (P53)', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir, ...LIMITED });
		flow.simulator.inject(rateLimited({ on: 'submit', retryAfter: 60 }));
		flow.time.hold();
		// The first one ends as soon as it is canceled, and the others would follow it into its place.
		flow.ask();
		await eventually(() => flow.time.sleeping()).toBe(1);
		for (let sent = 0; sent < COUNT; sent += 1) flow.ask();
		await turns(20);
		slowTurns();
		const ended = [0];
		const look = () => {
			ended.push(flow.caught.length);
			if (flow.caught.length < 1 + COUNT) setImmediate(look);
		};
		flow.cancel();
		look();
		await eventually(() => flow.caught.length).toBe(1 + COUNT);
		const most = Math.max(...ended.slice(1).map((count, at) => count - (ended[at] ?? 0)));
		expect(most).toBeLessThan(COUNT);
		expect(flow.simulator.count('submit')).toBe(1);
		expect(canceled(flow)).toHaveLength(1 + COUNT);
	});

	it('that a deploy follows in the same moment ends every message once (P53)', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir, ...LIMITED });
		const release = await running(flow, 1, () => flow.ask({ topic: 'first' }));
		for (const topic of TOPICS) flow.ask({ topic });
		await turns(20);
		slowTurns();
		flow.cancel();
		await flow.redeploy('full', { name: 'changed' });
		release();
		await eventually(() => flow.caught.length).toBe(1 + COUNT);
		jest.restoreAllMocks();
		await eventually(kept.onDisk).toEqual([]);
		await turns(20);
		expect([...canceled(flow)].sort()).toEqual(['first', ...TOPICS].sort());
		expect(flow.simulator.count('submit')).toBe(1);
	});
});

describe('a cancel of a request that is paid for', () => {
	it('is on the disk before RunComfy is asked, and the next process asks again', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir, ...LIMITED });
		const release = await running(flow);
		flow.simulator.inject({ name: 'reset', on: 'cancel', times: Infinity });
		flow.cancel();
		await turns(1);
		expect(kept.onDisk()).toMatchObject([{ receipt: { cancel: { by: 'flow' } } }]);
		flow.kill();
		flow.simulator.clearFaults();
		await flow.revive();
		release();
		await flow.ended();
		expect(canceled(flow)).toHaveLength(1);
		expect([flow.states(), flow.simulator.count('submit')]).toEqual([['canceled'], 1]);
	});
});
