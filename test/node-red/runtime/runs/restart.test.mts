// Runs in progress when the flows stop and start again: at RunComfy, during the submit, or waiting for their turn. What
// is paid for goes on, in this process or the next one; the rest is dropped.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { useLog } from '../../support/log.mts';
import {
	countWorks,
	type FlowOptions,
	running,
	type TestFlow,
	TOKEN,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();
const { onDisk } = kept;
const log = useLog();

/** A flow with one run at RunComfy, which takes ten minutes, and the virtual clock held. */
async function atRunComfy(fields: object = {}, msg: object = {}, more: FlowOptions = {}) {
	const options = { userDir: kept.userDir, simulator: { latencyMs: 600_000 }, ...more };
	const flow = await start('runcomfy-run', { ...fields }, options);
	return { flow, release: await running(flow, 1, () => flow.ask({ topic: 'first', ...msg })) };
}

const topics = ({ sent }: TestFlow) => sent.map(({ topic }) => topic);

describe('a run at RunComfy when the flows stop', () => {
	it('is in the journal meanwhile, and its result is sent after the start (P65)', async () => {
		const { flow, release } = await atRunComfy({}, { note: TOKEN, bytes: Buffer.from('abc') });
		const [job] = flow.simulator.jobs.values();
		expect(onDisk()).toMatchObject([
			{ nodeId: 'n', receipt: { state: 'accepted', ids: { requestId: job?.requestId } } },
		]);
		await flow.reborn({}, () => {
			expect(countWorks('n')).toBe(0);
			expect(onDisk()).toMatchObject([{ msg: { topic: 'first', note: '[token]' } }]);
			expect([...kept.files().values()].join()).not.toContain(TOKEN);
		});
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([
			{
				topic: 'first',
				requestId: job?.requestId,
				payload: [{ kind: 'image' }],
				runcomfy: { resumed: true, timings: {} },
			},
		]);
		expect([flow.caught, flow.completed.length]).toEqual([[], 1]);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		expect(onDisk()).toEqual([]);
	});

	it('goes on if they start in one process, and its message has what no journal keeps (P67)', async () => {
		const req = { socket: {} };
		const { flow, release } = await atRunComfy({}, { req });
		await flow.restart();
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ topic: 'first', status: 'succeeded' }]);
		expect(flow.sent[0]).toHaveProperty('req', req);
		expect(flow.sent[0]).not.toHaveProperty('runcomfy.resumed');
		expect([flow.caught, flow.simulator.count('submit'), onDisk()]).toEqual([[], 1, []]);
	});
});

describe('a message that waits', () => {
	/** A run at RunComfy, and messages that wait for its place. */
	async function waiting(fields: object = {}) {
		const { flow, release } = await atRunComfy(fields, {}, { config: { concurrency: 1 } });
		for (const topic of ['a', 'b', 'b']) flow.ask({ topic });
		await turns(20);
		return { flow, release };
	}
	const dropped = expect.stringContaining(
		'3 messages were dropped, and nothing was submitted for them (topic "a", topic "b": 2)',
	);

	it.each<[string, (flow: TestFlow) => Promise<void>]>([
		['the flows stop', (flow) => flow.restart()],
		['the process ends', (flow) => flow.reborn()],
	])(
		'is dropped when %s, with one line; what is paid for goes on (P46)',
		async (_when, restart) => {
			const { flow, release } = await waiting();
			log.length = 0;
			await restart(flow);
			expect(log.map(({ text }) => text)).toContainEqual(dropped);
			release();
			await flow.ended();
			await turns(50);
			expect([topics(flow), flow.caught, countWorks('n')]).toEqual([['first'], [], 0]);
			expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
		},
	);

	it('has nothing on the disk, and is not submitted after a kill (P46)', async () => {
		const { flow, release } = await waiting();
		expect(onDisk()).toHaveLength(1);
		flow.kill();
		await flow.revive();
		release();
		await flow.ended();
		await turns(50);
		expect([topics(flow), flow.simulator.count('submit')]).toEqual([['first'], 1]);
	});

	it('goes on in its order over a deploy, and nothing is submitted before its end (P50)', async () => {
		const { flow, release } = await waiting();
		const go = flow.time.hold();
		flow.events().emit('flows:stopping', {});
		release();
		go();
		await eventually(() => flow.states()).toEqual(['succeeded']);
		await turns(50);
		expect([flow.simulator.count('submit'), flow.sent]).toEqual([1, []]);
		await flow.redeploy('full', { name: 'changed' });
		await flow.ended(4);
		expect(topics(flow)).toEqual(['first', 'a', 'b', 'b']);
	});
});

describe('a message of an HTTP caller', () => {
	const answered = { destroyed: true, writableEnded: true };
	const left = { destroyed: true, writableEnded: false };

	it.each([
		['who has left is not paid for', left, ['aborted'], 0],
		['who was answered before goes on', answered, [], 1],
	])('%s', async (_what, _res, codes, submits) => {
		const flow = await start('runcomfy-run');
		flow.ask({ res: { _res } });
		await flow.ended();
		expect(flow.caught.map(({ error }) => error.code)).toEqual(codes);
		expect(flow.simulator.count('submit')).toBe(submits);
	});
});
