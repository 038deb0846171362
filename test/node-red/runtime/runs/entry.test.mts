// What the journal keeps of a message's work, and what the next process makes of it.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeMessageInFlow } from 'node-red';
import type { JournalEntry } from '../../../../node-red/runtime/journal/lines.cts';
import type * as KeptModule from '../../../../node-red/runtime/runs/entry.cts';
import { dist } from '../../support/dist.mts';

const {
	endedDuringSubmit,
	entryOf,
	forbidRerun,
	keepForRerun,
	keptInputOf,
	keptRunOf,
	resumedMessage,
	unreadEntry,
} = dist<typeof KeptModule>('node-red/runtime/runs/entry.cjs');

const TOKEN = 'rc-0123456789abcdef';
const message = (more: object) => ({ _msgid: 'm', ...more }) as NodeMessageInFlow;
const receipt = (ids: object = { deploymentId: 'd' }): JournalEntry['receipt'] => ({
	ids,
	state: 'submitting',
	at: 5,
});
const entry = (more: Partial<JournalEntry> = {}): JournalEntry => ({
	job: 'j',
	nodeId: 'n',
	receipt: receipt(),
	msg: { topic: 't' },
	plan: {},
	...more,
});

describe('the entry of a run', () => {
	const record = { job: 'j', nodeId: 'n', state: 'reading', arrivedAt: 3 } as const;
	const work = { id: 'j', nodeId: 'n', record };

	it('says whose it is, when, and what for', () => {
		const kept = { receipt: receipt(), msg: { topic: 't' }, plan: { seed: 1 } };
		const plan = { seed: 1, seen: { arrivedAt: 3 } };
		expect(entryOf(work, TOKEN, kept)).toEqual({ job: 'j', nodeId: 'n', ...kept, plan });
		const waiting = { input: { json: '{}', again: [] } };
		expect(entryOf(work, TOKEN, { ...kept, waiting })).toHaveProperty('waiting', waiting);
	});

	it('of a message that was not read has all of it, or what it can be told by', () => {
		jest.spyOn(Date, 'now').mockReturnValue(9);
		const unread = (msg: object) => unreadEntry({ ...work, msg: message(msg) }, TOKEN, false);
		const unsent = { ids: {}, state: 'planned', at: 9 };
		const facts = { job: 'j', nodeId: 'n', receipt: unsent, plan: {} };
		expect(unread({ topic: 't', payload: 'a cat' })).toEqual({
			...facts,
			msg: { _msgid: 'm', topic: 't', payload: 'a cat' },
			waiting: { unread: true },
		});
		expect(unread({ topic: 't', payload: `see ${TOKEN}` })).toEqual({
			...facts,
			msg: { _msgid: 'm', topic: 't' },
			waiting: {},
		});
	});
});

describe('the message that is taken up again', () => {
	it('knows its request, and that it was', () => {
		expect(
			resumedMessage(entry({ receipt: receipt({ deploymentId: 'd', requestId: 'r' }) })),
		).toEqual({
			topic: 't',
			deploymentId: 'd',
			requestId: 'r',
			runcomfy: { resumed: true },
		});
	});

	it('has no id of what is not known yet', () => {
		expect(resumedMessage(entry({ receipt: receipt({}) }))).toStrictEqual({
			topic: 't',
			runcomfy: { resumed: true },
		});
	});

	it('has what an earlier node has set, where that is still to be read', () => {
		const msg = { runcomfy: { outputs: ['a'], resumed: false } };
		expect(resumedMessage(entry({ msg, waiting: { unread: true } })).runcomfy).toEqual({
			outputs: ['a'],
			resumed: true,
		});
		for (const waiting of [undefined, {}]) {
			expect(resumedMessage(entry({ msg, waiting })).runcomfy).toEqual({ resumed: true });
		}
	});
});

describe('what is to be submitted for a message that still waited', () => {
	const reading = (fields: Record<string, unknown> = {}) =>
		({
			fields,
			inputs: { value: async (name: string) => fields[name], source: (name: string) => name },
		}) as never;
	const input = { json: '{"deploymentId":"d","overrides":{"6":{}}}', again: [] };

	it('is the input that was kept', async () => {
		expect(await keptInputOf(entry({ waiting: { input } }), reading())).toEqual({
			deploymentId: 'd',
			overrides: { 6: {} },
		});
	});

	it('is read from the node again in part', async () => {
		const waiting = { input: { ...input, again: ['webhook' as const] } };
		const webhook = 'https://example.com/';
		expect(await keptInputOf(entry({ waiting }), reading({ webhook }))).toHaveProperty(
			'webhook',
			webhook,
		);
		await expect(keptInputOf(entry({ waiting }), reading())).rejects.toMatchObject({
			code: 'aborted',
		});
	});

	it.each<[string, Partial<JournalEntry>, string | undefined]>([
		['kept nothing', { waiting: {} }, 'd'],
		['did not wait', {}, 'd'],
		['did not say for which deployment', { waiting: {}, receipt: receipt({}) }, undefined],
	])('is nothing where the journal %s', async (_what, more, deploymentId) => {
		const error: unknown = await keptInputOf(entry(more), reading()).catch(
			(thrown: unknown) => thrown,
		);
		expect(error).toMatchObject({
			code: 'aborted',
			hint: expect.stringContaining('Send the message again'),
		});
		expect((error as { deploymentId?: string }).deploymentId).toBe(deploymentId);
	});

	it('is not known where the process ended during the submit', () => {
		expect(endedDuringSubmit(entry())).toMatchObject({
			code: 'submit_unconfirmed',
			deploymentId: 'd',
		});
		const ofModel = entry({ receipt: receipt({ service: 'model', modelId: 'a/b' }) });
		expect(endedDuringSubmit(ofModel)).toMatchObject({ service: 'model', modelId: 'a/b' });
	});
});

describe('what is kept for a rerun', () => {
	const run = (job: string) => entry({ job, waiting: { input: { json: '{}', again: [] } } });

	it('is of the newest 50 runs, unless nobody knows whether one was accepted', () => {
		for (let n = 0; n < 60; n += 1) keepForRerun(run(`job${n}`));
		const known = Array.from({ length: 60 }, (_, n) => n).filter((n) => keptRunOf(`job${n}`));
		expect([known[0], known.length, keptRunOf('job59')]).toEqual([10, 50, run('job59')]);
		forbidRerun('job59');
		expect(keptRunOf('job59')).toBeUndefined();
	});
});
