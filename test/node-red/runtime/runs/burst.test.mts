// A burst of messages does not block others, and is on disk when Node-RED is killed in the middle of it.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as PaceModule from '../../../../node-red/runtime/pace.ts';
import { rateLimited } from '../../../support/answers.mts';
import { exactTurns } from '../../../support/eventLoop.mts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { leftEntry, TOKEN, turns, useFlows, useUserDir } from '../../support/rig.mts';

const { inTurn } = dist<typeof PaceModule>('node-red/runtime/pace.js');

const start = useFlows();
const disk = useUserDir();

describe('a burst of messages', () => {
	let now = 0;
	beforeEach(() => {
		jest.spyOn(performance, 'now').mockImplementation(() => now);
	});
	afterEach(async () => {
		jest.restoreAllMocks();
		await turns(2);
	});

	/** A message's work in its turn: several steps, which take a millisecond in total. */
	async function work() {
		for (let step = 0; step < 10; step += 1) {
			await Promise.resolve();
			now += 0.1;
		}
	}

	it('leaves every turn of the event loop something for others, in order of arrival', async () => {
		const starts = [now];
		let over = false;
		const look = () => {
			starts.push(now);
			if (!over) setImmediate(look);
		};
		setImmediate(look);
		const order: number[] = [];
		await Promise.all(
			Array.from({ length: 1_000 }, async (_, n) => {
				await inTurn();
				await work();
				order.push(n);
			}),
		);
		over = true;
		expect(order).toEqual([...order].sort((a, b) => a - b));
		expect(order).toHaveLength(1_000);
		const took = starts.slice(1).map((at, n) => at - (starts[n] ?? 0));
		// Eight messages begin as they arrive. After that, each turn ends with the message that has used it up.
		expect(Math.max(...took)).toBeLessThanOrEqual(9);
		expect(Math.max(...took.slice(2))).toBeLessThanOrEqual(5);
	});

	it('does not keep what comes at once waiting as long as there is time', async () => {
		const atOnce: number[] = [];
		const all = Array.from({ length: 10 }, (_, n) => {
			const turn = inTurn().then(() => atOnce.push(n));
			now += 1;
			return turn;
		});
		let known: number[] = [];
		process.nextTick(() => (known = [...atOnce]));
		await Promise.all(all);
		expect(known).toEqual([0, 1, 2, 3]);
	});
});

describe('a cancel of all messages that wait', () => {
	it('leaves every turn of the event loop something for others, and none is submitted meanwhile', async () => {
		const options = { userDir: disk.userDir, config: { concurrency: 1 } };
		const flow = await start('runcomfy-run', {}, options);
		flow.simulator.inject(rateLimited({ on: 'submit', retryAfter: 60 }));
		flow.time.hold();
		// The first one ends as soon as it is canceled, and the others would follow it into its place.
		flow.ask();
		await eventually(() => flow.time.sleeping()).toBe(1);
		for (let sent = 0; sent < 60; sent += 1) flow.ask();
		await eventually(() => disk.onDisk().length).toBe(61);
		await turns(20);
		let now = 0;
		// Whoever looks at the clock finds that a millisecond has passed.
		jest.spyOn(performance, 'now').mockImplementation(() => (now += 1));
		const ended = [0];
		flow.cancel();
		while (flow.caught.length < 61) {
			await exactTurns(1);
			ended.push(flow.caught.length);
		}
		jest.restoreAllMocks();
		const most = Math.max(...ended.slice(1).map((count, at) => count - (ended[at] ?? 0)));
		expect(most).toBeLessThanOrEqual(20);
		expect(flow.simulator.count('submit')).toBe(1);
		expect(flow.caught.map(({ error }) => error.code)).toEqual(Array(61).fill('run_canceled'));
	});
});

/** The simulator's text-to-image deployment. */
const TEXT_TO_IMAGE = 'de910e00-0000-4000-8000-000000000001';

const TYPES = ['runcomfy-submit', 'runcomfy-run'] as const;
type Type = (typeof TYPES)[number];

const prompt = (value: unknown) => ({ overrides: { '6': { inputs: { text: value } } } });

/** A burst of messages, one turn after it reached a node whose first call RunComfy leaves unanswered. */
async function burst(type: Type, checkInputs: boolean, messages: object[]) {
	const fields = { checkInputs };
	const simulator = { latencyMs: 600_000 };
	const flow = await start(type, fields, { userDir: disk.userDir, simulator });
	flow.time.hold();
	flow.simulator.inject({ name: 'stall', on: 'deployments', times: Infinity });
	for (const message of messages) flow.ask({ ...message });
	await exactTurns(2);
}

/** The journal's entries for each topic that was not submitted. */
const waiting = () =>
	new Map(disk.onDisk().map(({ msg, waiting: kept }) => [msg['topic'], kept] as const));

describe.each(TYPES)('the messages of a burst at a %s node', (type) => {
	it.each([true, false])('are on disk as soon as they have come, checked: %s', async (checked) => {
		const topics = Array.from({ length: 200 }, (_, n) => `message ${n}`);
		await burst(
			type,
			checked,
			topics.map((topic) => ({ topic, ...prompt(topic) })),
		);
		expect(new Set(waiting().keys())).toEqual(new Set(topics));
	});

	it('are on disk in brief where not all of a message may be kept', async () => {
		await burst(type, true, [
			{ topic: 'bytes', payload: Buffer.from('1') },
			{ topic: 'token', payload: `a ${TOKEN}` },
			{ topic: 'long', payload: 'x'.repeat(20_000) },
		]);
		const topics = ['bytes', 'token', 'long'];
		expect(waiting()).toEqual(new Map(topics.map((topic) => [topic, {}])));
	});

	const append = (more: object, waiting: { unread?: true }) => {
		const msg = { _msgid: 'm', topic: 'a', deploymentId: TEXT_TO_IMAGE, ...more };
		disk.leave(leftEntry({ state: 'planned' }, { msg, waiting }));
	};

	it('are read after the start, as they would have been', async () => {
		append(
			{ requestId: 'of an earlier node', runcomfy: prompt('late'), payload: { kept: true } },
			{ unread: true },
		);
		const fields = { overrides: 'runcomfy.overrides', overridesType: 'msg' };
		const flow = await start(type, fields, { userDir: disk.userDir });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		const [job] = [...flow.simulator.jobs.values()];
		expect(job?.graph['6']?.inputs['text']).toBe('late');
		expect(flow.sent).toMatchObject([
			{ topic: 'a', requestId: job?.requestId, runcomfy: { resumed: true } },
		]);
		expect([flow.simulator.count('submit'), disk.onDisk()]).toEqual([1, []]);
	});

	it('lose the request of an earlier node where they fail after the start', async () => {
		append({ requestId: 'of an earlier node', overrides: 'no JSON' }, { unread: true });
		const flow = await start(type, {}, { userDir: disk.userDir });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'invalid_input' } }]);
		expect(flow.caught[0]).not.toHaveProperty('requestId');
	});
});
