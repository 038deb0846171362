// What was canceled while it waited is never paid for, however soon after its cancel the process is killed: the next
// process knows of the cancel before anybody here is told.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import { exactTurns } from '../../../support/eventLoop.mts';
import { eventually } from '../../../support/expect.mts';
import { diskWithRoom, failing, fs } from '../../support/journalDirectory.mts';
import { useLog } from '../../support/log.mts';
import {
	type FlowOptions,
	holdTimers,
	jobs,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

const log = useLog();
const logged = () => log.map(({ text }) => text);

afterEach(() => {
	log.length = 0;
	jest.restoreAllMocks();
	jest.useRealTimers();
});

/** More than begin in one turn of the event loop. */
const COUNT = 60;
const TOPICS = Array.from({ length: COUNT }, (_, n) => `waits ${n}`);

/** A run at RunComfy, and messages that wait for its place. */
async function waiting(fields: object = {}, topics: readonly string[] = TOPICS) {
	const options: FlowOptions = {
		userDir: kept.userDir,
		config: { concurrency: 1 },
		simulator: { latencyMs: 10_000 },
	};
	const flow = await start('runcomfy-run', { ...fields }, options);
	const release = await running(flow, 1, () => flow.ask({ topic: 'first' }));
	for (const topic of topics) flow.ask({ topic });
	await eventually(() => kept.onDisk().length).toBe(1 + topics.length);
	await turns(20);
	return { flow, release };
}

/** Makes each turn of the event loop process only a few messages, as on a slow machine. */
function slowTurns() {
	let now = 0;
	jest.spyOn(performance, 'now').mockImplementation(() => (now += 1));
}

/** Lets no write reach the medium. @returns a function that lets all of them reach it */
function holdMedium(): () => void {
	const held: Array<() => void> = [];
	const { fsync: sync } = fs;
	const medium = jest
		.spyOn(fs, 'fsync')
		.mockImplementation((fd, callback) => void held.push(() => sync(fd, callback)));
	return () => {
		medium.mockRestore();
		for (const go of held.splice(0)) go();
	};
}

/** The topics of messages that ended as canceled. */
const canceled = ({ caught }: TestFlow) =>
	caught.filter(({ error }) => error.code === 'run_canceled').map(({ topic }) => topic);

/** Lets the next process run, which submits nothing. @returns the topics of messages that ended as canceled */
async function revived(flow: TestFlow, release: () => void, fields: object = {}) {
	flow.simulator.clearFaults();
	await flow.revive({ ...fields });
	release();
	await turns(400);
	expect(flow.simulator.count('submit')).toBe(1);
	return new Set(canceled(flow));
}

describe('messages that wait and are canceled by a cancel node', () => {
	it('are not submitted by the next process, if this one is killed as soon as it has said so', async () => {
		const { flow, release } = await waiting();
		slowTurns();
		flow.cancel();
		while (flow.caught.length === 0) await exactTurns(1);
		expect(flow.caught.length).toBeLessThan(COUNT / 2);
		flow.kill();
		jest.restoreAllMocks();
		expect(await revived(flow, release)).toEqual(new Set(['first', ...TOPICS]));
		expect(kept.onDisk()).toEqual([]);
	});

	it('are on the medium in one write before anybody is told', async () => {
		const { flow } = await waiting();
		const release = holdMedium();
		const writing = jest.spyOn(fs, 'writeSync');
		flow.cancel();
		while (writing.mock.calls.length === 0) await exactTurns(1);
		const marked = kept.onDisk().filter(({ receipt }) => receipt.cancel?.by === 'flow');
		expect(marked.length).toBe(1 + COUNT);
		await exactTurns(50);
		expect([canceled(flow), flow.completed]).toEqual([[], []]);
		release();
		await flow.ended(1 + COUNT);
		expect(flow.simulator.count('submit')).toBe(1);
		await eventually(() => kept.onDisk()).toEqual([]);
	});
});

describe('a cancel of one message', () => {
	it('in the sidebar is answered once it is on the medium', async () => {
		const { flow } = await waiting({}, ['a']);
		const { job = '' } = (await jobs()).find(({ topic }) => topic === 'a') ?? {};
		const release = holdMedium();
		const answered = jest.fn();
		const answer = helper.request().post(`/runcomfy/jobs/${job}/cancel`).send({});
		void answer.then(answered);
		await eventually(() => kept.onDisk().filter(({ receipt }) => receipt.cancel)).toHaveLength(1);
		await turns(20);
		expect([answered.mock.calls, flow.caught]).toEqual([[], []]);
		release();
		await eventually(() => answered.mock.calls).toMatchObject([[{ status: 202 }]]);
		await flow.ended();
		expect(canceled(flow)).toEqual(['a']);
	});

	it('leaves alone a message that replaces it in the same moment, also in the next process', async () => {
		const { flow, release } = await waiting({}, ['a']);
		flow.cancel({ topic: 'a' });
		flow.ask({ topic: 'a', overrides: { '6': { inputs: { text: 'the latest' } } } });
		await eventually(() => flow.caught.length).toBe(1);
		flow.kill();
		await flow.revive();
		release();
		await eventually(() => flow.sent.length).toBe(2);
		await turns(20);
		const texts = [...flow.simulator.jobs.values()].map(({ graph }) => graph['6']?.inputs['text']);
		expect(texts).toHaveLength(2);
		expect(texts[1]).toBe('the latest');
		// If it was told just before the kill, it comes once more.
		expect(new Set(canceled(flow))).toEqual(new Set(['a']));
	});
});

describe('a cancel of all that a deploy follows in the same moment', () => {
	it('ends every message once, and submits nothing', async () => {
		const { flow, release } = await waiting();
		slowTurns();
		flow.cancel();
		await flow.redeploy('full', { name: 'changed' });
		release();
		await eventually(() => flow.caught.length).toBe(1 + COUNT);
		jest.restoreAllMocks();
		await eventually(() => kept.onDisk()).toEqual([]);
		await turns(20);
		expect([...canceled(flow)].sort()).toEqual(['first', ...TOPICS].sort());
		expect(flow.simulator.count('submit')).toBe(1);
	});
});

describe('a cancel of all while a submit is on its way', () => {
	it('is known to the next process, which submits nothing and reports the one that may be running', async () => {
		const options = { userDir: kept.userDir, config: { concurrency: 1 } };
		const flow = await start('runcomfy-run', {}, options);
		flow.simulator.inject({ name: 'stall', on: 'submit', accepted: true });
		const release = flow.time.hold();
		flow.ask({ topic: 'first' });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		for (const topic of TOPICS) flow.ask({ topic });
		await eventually(() => kept.onDisk().length).toBe(1 + COUNT);
		await turns(20);
		slowTurns();
		flow.cancel();
		while (flow.caught.length === 0) await exactTurns(1);
		flow.kill();
		jest.restoreAllMocks();
		expect(await revived(flow, release)).toEqual(new Set(TOPICS));
		const first = flow.caught.filter(({ topic }) => topic === 'first');
		expect(first).toMatchObject([{ error: { code: 'submit_unconfirmed' } }]);
		expect(kept.onDisk()).toEqual([]);
	});
});

describe('messages that are canceled because their node is deleted', () => {
	it('are not submitted by the next process, if this one is killed before that is over', async () => {
		const { flow, release } = await waiting();
		flow.simulator.inject({ name: 'stall', on: 'cancel', accepted: true });
		holdTimers();
		const closing = flow.redeploy('full', { d: true });
		await eventually(() => flow.simulator.count('cancel')).toBe(1);
		await turns(20);
		flow.kill();
		await jest.advanceTimersByTimeAsync(4_500);
		await closing;
		jest.useRealTimers();
		const ended = await revived(flow, release);
		expect([...TOPICS].filter((topic) => !ended.has(topic))).toEqual([]);
	});
});

describe('messages that are canceled on a full disk', () => {
	it('are not submitted by the next process, if this one is killed as soon as it has said so', async () => {
		const { flow, release } = await waiting();
		diskWithRoom(0);
		slowTurns();
		flow.cancel();
		while (flow.caught.length === 0) await exactTurns(1);
		flow.kill();
		jest.restoreAllMocks();
		await revived(flow, release);
		expect(logged().join()).not.toContain('may be submitted');
	});

	it('end, and the log says in one line how many a restart may submit, where nothing can be written', async () => {
		const { flow } = await waiting();
		const heal = failing('EROFS', 'writeSync', 'openSync', 'renameSync');
		flow.cancel();
		await flow.ended(1 + COUNT);
		heal();
		expect(flow.simulator.count('submit')).toBe(1);
		const told = logged().filter((text) => text.includes('may be submitted'));
		expect(told).toEqual([
			expect.stringMatching(`restart.* ${COUNT} messages that were canceled may be .* by node n,`),
		]);
	});
});
