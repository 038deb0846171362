// What the journal keeps of a message's work, and what the next process makes of it.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeMessageInFlow } from 'node-red';
import type { JournalEntry } from '../../../../node-red/runtime/journal/journalLines.cts';
import type * as EntryModule from '../../../../node-red/runtime/runs/journalEntry.cts';
import { dist } from '../../support/dist.mts';

const { endedDuringSubmit, entryOf, inputOf, resumedMessage, unreadEntry } = dist<
	typeof EntryModule
>('node-red/runtime/runs/journalEntry.cjs');

const TOKEN = 'rc-0123456789abcdef';
const message = (more: object) => ({ _msgid: 'm', ...more }) as NodeMessageInFlow;
const entry = (more: Partial<JournalEntry> = {}): JournalEntry => ({
	...{ job: 'j', nodeId: 'n', at: 5, deploymentId: 'd', msg: { topic: 't' }, plan: {} },
	...more,
});

describe('the entry of a run', () => {
	const action = {
		node: { id: 'n' },
		connection: { client: { host: { now: () => 7 } } },
		id: 'j',
	} as never;

	it('says whose it is, when, and what for', () => {
		const kept = { deploymentId: 'd', msg: { topic: 't' }, plan: { seed: 1 } };
		expect(entryOf(action, kept)).toEqual({ job: 'j', nodeId: 'n', at: 7, ...kept });
		const waiting = { input: { json: '{}', again: [] } };
		expect(entryOf(action, { ...kept, waiting })).toHaveProperty('waiting', waiting);
	});

	it('of a message that was not read has all of it, or what it can be told by', () => {
		jest.spyOn(Date, 'now').mockReturnValue(9);
		const unread = (msg: object) =>
			unreadEntry('n', { job: 'j', msg: message(msg), secrets: TOKEN });
		const facts = { job: 'j', nodeId: 'n', at: 9, deploymentId: '', plan: {} };
		expect(unread({ topic: 't', payload: 'a cat' })).toEqual({
			...{ ...facts, msg: { _msgid: 'm', topic: 't', payload: 'a cat' } },
			waiting: { unread: true },
		});
		expect(unread({ topic: 't', payload: `see ${TOKEN}` })).toEqual({
			...{ ...facts, msg: { _msgid: 'm', topic: 't' } },
			waiting: {},
		});
	});
});

describe('the message that is taken up again', () => {
	it('knows its request, and that it was', () => {
		expect(resumedMessage(entry({ requestId: 'r' }))).toEqual({
			...{ topic: 't', deploymentId: 'd', requestId: 'r', runcomfy: { resumed: true } },
		});
	});

	it('has no id of what is not known yet', () => {
		expect(resumedMessage(entry({ deploymentId: '' }))).toStrictEqual({
			...{ topic: 't', runcomfy: { resumed: true } },
		});
	});

	it('has what an earlier node has set, where that is still to be read', () => {
		const msg = { runcomfy: { outputs: ['a'], resumed: false } };
		expect(resumedMessage(entry({ msg, waiting: { unread: true } })).runcomfy).toEqual({
			...{ outputs: ['a'], resumed: true },
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
		expect(await inputOf(entry({ waiting: { input } }), reading())).toEqual({
			...{ deploymentId: 'd', overrides: { 6: {} } },
		});
	});

	it('is read from the node again in part', async () => {
		const waiting = { input: { ...input, again: ['webhook' as const] } };
		const webhook = 'https://example.com/';
		expect(await inputOf(entry({ waiting }), reading({ webhook }))).toHaveProperty(
			'webhook',
			webhook,
		);
		await expect(inputOf(entry({ waiting }), reading())).rejects.toMatchObject({ code: 'aborted' });
	});

	it.each<[string, Partial<JournalEntry>, string | undefined]>([
		['kept nothing', { waiting: {} }, 'd'],
		['did not wait', {}, 'd'],
		['did not say for which deployment', { waiting: {}, deploymentId: '' }, undefined],
	])('is nothing where the journal %s', async (_what, more, deploymentId) => {
		const error: unknown = await inputOf(entry(more), reading()).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({
			...{ code: 'aborted', hint: expect.stringContaining('Send it again') },
		});
		expect((error as { deploymentId?: string }).deploymentId).toBe(deploymentId);
	});

	it('is not known where the process ended during the submit', () => {
		expect(endedDuringSubmit('d')).toMatchObject({
			...{ code: 'submit_unconfirmed', deploymentId: 'd' },
		});
	});
});
