// What happens to messages that wait for their turn when Node-RED stops.
import type * as Fs from 'node:fs';
import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { requireFromRoot } from '../../support/dist.mts';
import { leftEntry, type TestFlow, turns, useFlows, useUserDir } from '../../support/rig.mts';

// The module object, whose functions the journal looks up at every call.
const fs = requireFromRoot('node:fs') as typeof Fs;

const start = useFlows();

const kept = useUserDir();
const { onDisk } = kept;

const text = () => readFileSync(kept.journal, 'utf8');
const LEAVE = { onShutdown: 'leave' };

/** One run at RunComfy, and messages that wait for its place. Time stands still. */
async function waiting(messages: object[], fields: object = {}) {
	const all = { ...LEAVE, ...fields };
	const flow = await start('runcomfy-run', all, {
		userDir: kept.userDir,
		config: { concurrency: 1 },
		simulator: { latencyMs: 600_000 },
	});
	const release = flow.time.hold();
	const { textToImage: deploymentId } = flow.simulator.deploymentIds;
	flow.receive({ topic: 'first', deploymentId });
	await eventually(() => flow.time.sleeping()).toBe(1);
	for (const message of messages) {
		flow.receive({ deploymentId, ...message });
		await turns(20);
	}
	return { flow, release };
}

const prompt = (value: unknown) => ({ overrides: { '6': { inputs: { text: value } } } });
const prompts = ({ simulator }: TestFlow) =>
	[...simulator.jobs.values()].map(({ graph }) => graph['6']?.inputs['text']);

describe('a message that waits when the flows stop', () => {
	it('is submitted in its turn after the start, as it would have been', async () => {
		const seed = { '31': { inputs: { seed: '18446744073709551615' } } };
		const overrides = JSON.stringify(seed).replace(/"(\d{20})"/, '$1');
		const { flow, release } = await waiting([
			{ topic: 'a', overrides },
			{ topic: 'b', ...prompt('second') },
		]);
		expect(onDisk().map(({ waiting: left }) => left !== undefined)).toEqual([false, true, true]);
		await flow.reborn(LEAVE, () => expect(onDisk()).toHaveLength(3));
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await flow.ended(3);
		expect(flow.caught).toEqual([]);
		expect(flow.sent.map(({ topic }) => topic)).toEqual(['first', 'a', 'b']);
		for (const { runcomfy } of flow.sent) expect(runcomfy).toMatchObject({ resumed: true });
		const jobs = [...flow.simulator.jobs.values()];
		expect(jobs[1]?.overrides).toEqual({ '31': { inputs: { seed: 18446744073709551615n } } });
		expect(prompts(flow)[2]).toBe('second');
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([3, []]);
	});

	it('is not submitted before the start, whatever has ended by then', async () => {
		const { flow, release } = await waiting([{ topic: 'a' }]);
		await flow.restart(LEAVE, async () => {
			release();
			const [job] = flow.simulator.jobs.values();
			await eventually(() => job?.state).toBe('succeeded');
			await turns(50);
			expect(flow.simulator.count('submit')).toBe(1);
		});
		await flow.ended(2);
		expect(flow.sent.map(({ topic }) => topic)).toEqual(['first', 'a']);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([2, []]);
	});

	it('is not let in before what RunComfy has already, whichever the journal names first', async () => {
		const deploymentId = 'de910e00-0000-4000-8000-000000000001';
		const plan = { output: { mode: 'files' }, timeoutMs: 0 };
		const request = { deploymentId, requestId: 'unknown' };
		kept.leave(
			leftEntry(
				{ state: 'planned' },
				{ job: 'a', msg: { topic: 'a', deploymentId }, waiting: { unread: true } },
			),
			leftEntry({ state: 'accepted', ...request }, { job: 'b', plan, msg: { topic: 'first' } }),
		);
		const flow = await start('runcomfy-run', LEAVE, {
			userDir: kept.userDir,
			config: { concurrency: 1 },
			simulator: { faults: [{ name: 'stall', on: 'status', ms: 300, times: 1 }] },
		});
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		expect(flow.simulator.count('status')).toBeGreaterThan(0);
		await flow.ended(2);
	});

	it('goes on in the same turn with what its node passes on besides', async () => {
		const fields = {
			extraData: '{"api_key_comfy_org":"confidential"}',
			extraDataType: 'json',
			webhook: 'https://example.com/hook?secret=hidden',
			webhookType: 'str',
		};
		const { flow, release } = await waiting([{ topic: 'a' }], fields);
		expect(text()).not.toMatch(/confidential|hidden/);
		await flow.reborn({ ...LEAVE, ...fields });
		release();
		await flow.ended(2);
		const [, job] = [...flow.simulator.jobs.values()];
		expect(job?.extraData).toEqual({ api_key_comfy_org: 'confidential' });
		expect(job?.webhook?.url).toBe('https://example.com/hook?secret=hidden');
	});

	it.each([
		['embedded media', prompt('data:image/png;base64,AAAA'), {}],
		['the bytes of a picture', prompt(Buffer.from('\x89PNG\r\n\x1a\n1234', 'latin1')), {}],
		['more than 64 KB', prompt('x'.repeat(65_536)), {}],
		['a secret by its name', { overrides: { '6': { inputs: { password: 'p4ssw0rd' } } } }, {}],
		['the token', prompt('simulator-token'), {}],
		[
			'extra data of the message',
			{ extra: { a: 1 } },
			{ extraData: 'extra', extraDataType: 'msg' },
		],
	])('with %s ends in an error that says what to do', async (_what, message, fields) => {
		const { flow, release } = await waiting([{ topic: 'a', ...message }], fields);
		expect(onDisk().map(({ waiting: left }) => left)).toEqual([undefined, {}]);
		expect(text()).not.toMatch(/p4ssw0rd|simulator-token|xxxxx/);
		await flow.reborn({ ...LEAVE, ...fields });
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

	it('is not submitted where its extra data are gone', async () => {
		const fields = { extraData: '{"a":1}', extraDataType: 'json' };
		const { flow, release } = await waiting([{ topic: 'a' }], fields);
		await flow.reborn({ ...LEAVE, extraData: '', extraDataType: 'json' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'aborted' } }]);
		release();
	});

	it.each([
		['forgotten', { onRestart: 'forget' }, LEAVE],
		['given up', {}, { onShutdown: 'cancel' }],
	])('is %s where that is chosen', async (_how, after, before) => {
		const { flow, release } = await waiting([{ topic: 'a' }], before);
		await flow.reborn({ ...LEAVE, ...after });
		release();
		await turns(50);
		expect(flow.sent.map(({ topic }) => topic)).not.toContain('a');
		expect([flow.caught, flow.simulator.count('submit')]).toEqual([[], 1]);
		expect(onDisk().filter(({ waiting: left }) => left)).toEqual([]);
	});
});

describe('a message about to be submitted when the flows stop, whose line is not on the medium yet', () => {
	/** Lets nothing reach the medium until it is released. */
	function holdMedium() {
		const held: Array<() => void> = [];
		const { fsync: sync } = fs;
		const spy = jest
			.spyOn(fs, 'fsync')
			.mockImplementation((fd, callback) => void held.push(() => sync(fd, callback)));
		return () => {
			spy.mockRestore();
			for (const go of held.splice(0)) go();
		};
	}

	it('is submitted before they have stopped, and its result comes after the start', async () => {
		const flow = await start('runcomfy-run', LEAVE, { userDir: kept.userDir });
		const release = holdMedium();
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => onDisk().map(({ waiting: left }) => left === undefined)).toEqual([true]);
		const restarted = flow.reborn(LEAVE, () => {
			expect(onDisk()).toMatchObject([{ receipt: { state: 'accepted' } }]);
		});
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(0);
		release();
		await restarted;
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toMatchObject([{ topic: 'a', runcomfy: { resumed: true } }]);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
	});
});

describe('a message whose inputs were being checked when Node-RED was killed', () => {
	it('is on disk before RunComfy is asked', async () => {
		const fields = { ...LEAVE, checkInputs: true };
		const flow = await start('runcomfy-run', fields, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'stall', on: 'deployments' });
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(onDisk).toMatchObject([{ nodeId: 'n', msg: { topic: 'a' }, waiting: {} }]);
		expect(flow.simulator.count('submit')).toBe(0);
	});
});
