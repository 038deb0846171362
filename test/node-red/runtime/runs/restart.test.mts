// Runs in progress when the flows stop and start again: at RunComfy, during the submit, or waiting for their turn.
// Nothing is paid for twice, and nothing is lost, in this process or the next one.
import type * as Fs from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import type { Host } from '../../../../core/index.ts';
import { rateLimited } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import { requireFromRoot } from '../../support/dist.mts';
import {
	countWorks,
	type FlowOptions,
	jobs,
	leftEntry,
	running,
	type TestFlow,
	TOKEN,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

// The module object, whose functions the journal looks up at every call.
const fs = requireFromRoot('node:fs') as typeof Fs;

const start = useFlows();
const kept = useUserDir();
const { onDisk } = kept;
const text = () => readFileSync(kept.journal, 'utf8');

const CHECKED = { checkInputs: true };
const PLAN = { output: { mode: 'files', nodeIds: [] }, timeoutMs: 60_000, warnings: [] };

/** A flow with one run at RunComfy, which takes ten minutes, and the virtual clock held. */
async function atRunComfy(fields: object = {}, msg: object = {}, more: FlowOptions = {}) {
	const options = { userDir: kept.userDir, simulator: { latencyMs: 600_000 }, ...more };
	const flow = await start('runcomfy-run', { ...fields }, options);
	return { flow, release: await running(flow, 1, () => flow.ask({ topic: 'first', ...msg })) };
}

/** The same, with messages that wait for its place. */
async function waiting(messages: object[], fields: object = {}) {
	const { flow, release } = await atRunComfy(fields, {}, { config: { concurrency: 1 } });
	for (const message of messages) {
		flow.ask(message);
		await turns(20);
	}
	return { flow, release };
}

/** Cancels the latest job in the sidebar while its node has no instance. */
async function cancelWithoutNode(flow: TestFlow) {
	const unknown = { id: 'unknown', type: 'not-installed', z: 'elsewhere', x: 0, y: 0, wires: [] };
	await expect(flow.redeploy('full', {}, [unknown])).rejects.toThrow();
	const { job = '' } = (await jobs()).at(-1) ?? {};
	const { status } = await helper.request().post(`/runcomfy/jobs/${job}/cancel`).send({});
	expect(status).toBe(202);
}

const prompt = (value: unknown) => ({ overrides: { '6': { inputs: { text: value } } } });
const topics = ({ sent }: TestFlow) => sent.map(({ topic }) => topic);

describe('a run at RunComfy when the flows stop', () => {
	it('is in the journal meanwhile, and its result is sent after the start', async () => {
		const { flow, release } = await atRunComfy({}, { note: TOKEN, bytes: Buffer.from('abc') });
		const [job] = flow.simulator.jobs.values();
		expect(onDisk()).toMatchObject([
			{ nodeId: 'n', receipt: { state: 'accepted', ids: { requestId: job?.requestId } } },
		]);
		await flow.reborn({}, () => {
			expect(countWorks('n')).toBe(0);
			expect(onDisk()).toMatchObject([{ msg: { topic: 'first', note: '[token]' } }]);
			expect(text()).not.toContain(TOKEN);
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

	it('ends at the Catch node here if another process has taken it over meanwhile, and sends its result', async () => {
		const { flow, release } = await atRunComfy();
		const [requestId] = flow.simulator.jobs.keys();
		writeFileSync(`${kept.journal}.lock`, 'that of another process');
		release();
		await flow.ended();
		expect(flow.sent).toEqual([]);
		expect(flow.caught).toMatchObject([{ error: { code: 'aborted' }, requestId }]);
	});

	it('waits for its node while that is not there', async () => {
		const { flow, release } = await atRunComfy();
		await flow.reborn({ d: true });
		await turns(20);
		expect(onDisk()).toHaveLength(1);
		await flow.redeploy('full', { d: false });
		release();
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
	});

	it('goes on if they start in one process, and its message has what no journal keeps', async () => {
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

	it('is canceled with its node if that is not there any more when they start in one process', async () => {
		const { flow, release } = await atRunComfy();
		await flow.restart({ d: true });
		await eventually(() => flow.states()).toEqual(['canceled']);
		release();
		await turns(20);
		expect([flow.sent, flow.caught, onDisk(), countWorks('n')]).toEqual([[], [], [], 0]);
	});
});

describe('a submit that was on its way when the process ended', () => {
	it.each([
		[{ deploymentId: 'd' }, 'the deployment’s requests'],
		[{ modelId: 'm' } as const, 'your requests'],
	])('is reported, and never sent again: %j', async (ids, place) => {
		kept.leave(leftEntry(ids));
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		await flow.ended();
		const message = expect.stringContaining(`Look at ${place} on RunComfy`);
		expect(flow.caught).toMatchObject([
			{ topic: 't', error: { code: 'submit_unconfirmed', message, cause: ids } },
		]);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([0, []]);
	});
});

describe('a message that waits when the flows stop', () => {
	it('is submitted in its turn after the start, as it would have been', async () => {
		const seed = { '31': { inputs: { seed: '18446744073709551615' } } };
		const overrides = JSON.stringify(seed).replace(/"(\d{20})"/, '$1');
		const { flow, release } = await waiting([
			{ topic: 'a', overrides },
			{ topic: 'b', ...prompt('second') },
		]);
		expect(onDisk().map(({ waiting: left }) => left !== undefined)).toEqual([false, true, true]);
		await flow.reborn({}, () => expect(onDisk()).toHaveLength(3));
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await flow.ended(3);
		expect(flow.caught).toEqual([]);
		expect(topics(flow)).toEqual(['first', 'a', 'b']);
		for (const { runcomfy } of flow.sent) expect(runcomfy).toMatchObject({ resumed: true });
		const jobs = [...flow.simulator.jobs.values()];
		expect(jobs[1]?.overrides).toEqual({ '31': { inputs: { seed: 18446744073709551615n } } });
		expect(jobs[2]?.graph['6']?.inputs['text']).toBe('second');
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([3, []]);
	});

	it('is not submitted before the start, whatever has ended by then, and its timeout counts from there', async () => {
		const fields = { timeout: '700', timeoutType: 'num' };
		const { flow, release } = await waiting([{ topic: 'a' }], fields);
		await flow.restart(fields, async () => {
			release();
			await eventually(() => flow.states()).toEqual(['succeeded']);
			await turns(50);
			expect(flow.simulator.count('submit')).toBe(1);
			flow.time.pass(800_000);
		});
		await flow.ended(2);
		expect(topics(flow)).toEqual(['first', 'a']);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([2, []]);
	});

	it('is not submitted if it was canceled while no node could end it', async () => {
		const { flow, release } = await waiting([{ topic: 'a' }]);
		await cancelWithoutNode(flow);
		await flow.reborn();
		release();
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'run_canceled' } }]);
		expect([topics(flow), flow.simulator.count('submit')]).toEqual([['first'], 1]);
	});

	it('nor if its input could not be kept', async () => {
		const { receipt, ...left } = leftEntry({ state: 'planned' }, { waiting: {} });
		const cancel = { by: 'flow', at: receipt.at } as const;
		kept.leave({ ...left, receipt: { ...receipt, cancel } });
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 't', error: { code: 'run_canceled' } }]);
		expect(flow.simulator.requests).toEqual([]);
	});

	it('nor if RunComfy refused it for now after that', async () => {
		let answer = () => undefined as void;
		const held = new Promise<void>((resolve) => {
			answer = resolve;
		});
		const hostOf = (host: Host): Host => ({
			...host,
			request: async (request) => {
				const answered = await host.request(request);
				await held;
				return answered;
			},
		});
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir, hostOf });
		flow.simulator.inject(rateLimited({ on: 'submit', retryAfter: 60 }));
		flow.ask({ topic: 'a' });
		await eventually(() => flow.simulator.count('submit')).toBe(1);
		await cancelWithoutNode(flow);
		answer();
		await turns(20);
		await flow.reborn();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'run_canceled' } }]);
		expect(flow.simulator.count('submit')).toBe(1);
	});

	it('is not let in before what RunComfy has already, whichever the journal names first', async () => {
		const deploymentId = 'de910e00-0000-4000-8000-000000000001';
		kept.leave(
			leftEntry(
				{ state: 'planned' },
				{ job: 'a', msg: { topic: 'a', deploymentId }, waiting: { unread: true } },
			),
			leftEntry(
				{ state: 'accepted', deploymentId, requestId: 'unknown' },
				{ job: 'b', plan: PLAN },
			),
		);
		const flow = await start(
			'runcomfy-run',
			{},
			{
				userDir: kept.userDir,
				config: { concurrency: 1 },
				simulator: { faults: [{ name: 'stall', on: 'status', ms: 300, times: 1 }] },
			},
		);
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		expect(flow.simulator.count('status')).toBeGreaterThan(0);
		await flow.ended(2);
	});

	it('is not let in before what RunComfy has of a node that starts after its own', async () => {
		const behind = { id: 'm', type: 'runcomfy-run', config: 'cfg', wires: [['sent']] };
		const flow = await start(
			'runcomfy-run',
			{},
			{
				userDir: kept.userDir,
				config: { concurrency: 4 },
				nodes: [behind],
				simulator: { latencyMs: 600_000 },
			},
		);
		const release = await running(flow, 4, () => flow.ask({}, 'm'));
		// So many that their turns come before those of the node behind.
		for (let sent = 0; sent < 10; sent += 1) flow.ask();
		await turns(50);
		await flow.reborn();
		await turns(100);
		expect(flow.simulator.count('submit')).toBe(4);
		flow.cancel();
		release();
		await flow.ended(10);
	});

	const PASSED_ON = {
		webhook: 'https://example.com/hook?secret=hidden',
		webhookType: 'str',
	};

	it('goes on in the same turn with the webhook of its node', async () => {
		const { flow, release } = await waiting([{ topic: 'a' }], PASSED_ON);
		expect(text()).not.toContain('hidden');
		await flow.reborn({ ...PASSED_ON });
		release();
		await flow.ended(2);
		const [, job] = [...flow.simulator.jobs.values()];
		expect(job?.webhook).toBe('https://example.com/hook?secret=hidden');
	});

	it('is not submitted where its webhook is gone', async () => {
		const { flow } = await waiting([{ topic: 'a' }], PASSED_ON);
		await flow.reborn({ ...PASSED_ON, webhook: '' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'aborted' } }]);
	});

	it.each([
		['embedded media', prompt('data:image/png;base64,AAAA'), {}],
		['more than 64 KB', prompt('x'.repeat(65_536)), {}],
		['the token', prompt(TOKEN), {}],
		[
			'a webhook of the message',
			{ hook: 'https://example.com/hook' },
			{ webhook: 'hook', webhookType: 'msg' },
		],
	])('with %s ends in an error that says what to do', async (_what, message, fields) => {
		const { flow, release } = await waiting([{ topic: 'a', ...message }], fields);
		expect(onDisk().map(({ waiting: left }) => left)).toEqual([undefined, {}]);
		expect(text()).not.toContain(TOKEN);
		expect(text()).not.toContain('xxxxx');
		await flow.reborn({ ...fields });
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{
				topic: 'a',
				runcomfy: { resumed: true },
				error: { code: 'aborted', cause: { hint: expect.stringMatching(/Nothing.*again/) } },
			},
		]);
		release();
		await flow.ended(2);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
	});

	it('but whose line is not on the medium yet, is submitted before they have stopped', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		const held: Array<() => void> = [];
		const { fsync: sync } = fs;
		const medium = jest
			.spyOn(fs, 'fsync')
			.mockImplementation((fd, callback) => void held.push(() => sync(fd, callback)));
		flow.ask({ topic: 'a' });
		await eventually(() => onDisk().map(({ waiting: left }) => left === undefined)).toEqual([true]);
		const restarted = flow.reborn({}, () => {
			expect(onDisk()).toMatchObject([{ receipt: { state: 'accepted' } }]);
		});
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(0);
		medium.mockRestore();
		for (const go of held.splice(0)) go();
		await restarted;
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toMatchObject([{ topic: 'a', runcomfy: { resumed: true } }]);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
	});
});

/** After the restart, every message is submitted once, and ends with the answer. */
async function expectSubmittedOnce(flow: TestFlow, expected: string[]) {
	await flow.ended(expected.length);
	expect(flow.caught).toEqual([]);
	expect(topics(flow).sort()).toEqual([...expected].sort());
	expect(flow.simulator.jobs.size).toBe(expected.length);
	await turns(5);
	expect(onDisk()).toEqual([]);
}

describe.each(['runcomfy-submit', 'runcomfy-run'] as const)('%s', (type) => {
	it('submits after the start what is still in turn', async () => {
		const flow = await start(type, {}, { userDir: kept.userDir, config: { concurrency: 100 } });
		const all = Array.from({ length: 50 }, (_, n) => `message ${n}`);
		const { token } = flow.simulator;
		for (const topic of all) flow.ask({ topic, note: token });
		// The account with the token closes before most of them get their turn.
		await flow.reborn({}, () => expect(text()).not.toContain(token));
		await expectSubmittedOnce(flow, all);
		expect(flow.sent.at(-1)).toMatchObject({ note: '[token]', runcomfy: { resumed: true } });
	});

	it('submits after the start what was being checked', async () => {
		const flow = await start(type, CHECKED, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'stall', on: 'deployments', ms: 300 });
		flow.ask({ topic: 'a' });
		await eventually(() => flow.simulator.requests.length).toBe(1);
		await flow.reborn(CHECKED);
		await expectSubmittedOnce(flow, ['a']);
	});

	it('submits after the start what RunComfy had not taken yet', async () => {
		const flow = await start(type, {}, { userDir: kept.userDir });
		flow.simulator.inject(rateLimited({ on: 'submit', retryAfter: 60 }));
		const release = flow.time.hold();
		flow.ask({ topic: 'a' });
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.reborn();
		release();
		await expectSubmittedOnce(flow, ['a']);
	});
});
