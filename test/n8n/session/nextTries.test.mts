// What a try of the node leaves to the next one: by n8n, by hand, or after the execution was parked.
import { describe, expect, it } from '@jest/globals';
import { attachedReceipt } from '../../../core/index.ts';
import type { NodeRun } from '../../../nodes/RunComfy/session/ledger.ts';
import {
	answerOf,
	begin,
	entryOf,
	error,
	NOTES,
	NOW,
	type Options,
	PARKED,
	receiptOf,
	runOf,
} from './beginning.mts';

describe('the end of a try', () => {
	it('that went well leaves nothing with the execution, but for other runs of the node', () => {
		const alone = begin({ requests: { 0: runOf() } });
		alone.ledger.close('done');
		expect(alone.stored).toEqual({});
		const other = runOf({ tries: 4 });
		const beside = begin({ requests: { 0: runOf(), 1: other } });
		beside.ledger.close('done');
		expect(beside.stored).toEqual({ requests: { 1: other } });
	});

	it('after which n8n tries again keeps all', () => {
		const { ledger, stored } = begin({ requests: { 0: runOf() } });
		ledger.close('retry');
		expect(stored).toEqual({ requests: { 0: { ...runOf({ tries: 2 }), failed: true } } });
	});

	it('that failed keeps what a retry by hand may take up', () => {
		const ended = entryOf({ receipt: receiptOf({ end: { code: 'run_failed', message: 'x' } }) });
		const attached = entryOf({
			receipt: attachedReceipt({ requestId: 'x', deploymentId: 'd' }, NOW),
		});
		const waited = entryOf({ waitsFrom: 1, deadline: 2, outcome: { items: [] } });
		const accepted = entryOf({ receipt: receiptOf({ at: NOW }) });
		const { ledger, stored } = begin();
		ledger.accept(0, answerOf(), NOTES);
		Object.assign(stored.requests!['0']!.entries, { 1: ended, 2: attached, 3: waited });
		ledger.close('failed');
		expect(stored).toEqual({
			requests: { 0: { tries: 0, failed: true, entries: { 0: accepted, 3: entryOf() } } },
		});
		const nothing = begin({ requests: { 0: runOf({ entries: { 0: ended } }) } });
		nothing.ledger.close('failed');
		expect(nothing.stored).toEqual({});
	});
});

describe('a parked try', () => {
	const parkedRun = (more: Partial<NodeRun> = {}) =>
		runOf({ tries: 2, failed: false, parked: PARKED, ended: ['r'], ...more });

	it('keeps what came of the items that were done', () => {
		const { ledger, stored } = begin();
		ledger.storeOutcome(0, { ok: true, value: [{ json: { n: 1 } }] });
		ledger.storeOutcome(1, { ok: false, error: error('run_failed', { requestId: 'r' }) });
		ledger.storeOutcome(2, { ok: false, error: new Error('not of the service') });
		ledger.park(PARKED);
		expect(stored.requests?.['0']?.parked).toBe(PARKED);
		const back = begin(stored).ledger;
		expect(back.storedOutcome(0)).toEqual({ ok: true, value: [{ json: { n: 1 } }] });
		expect(back.storedOutcome(1)).toMatchObject({
			ok: false,
			error: { code: 'run_failed', message: 'x', requestId: 'r' },
		});
		expect(back.storedOutcome(2)).toMatchObject({
			ok: false,
			error: { code: 'invalid_input', message: 'not of the service' },
		});
	});

	it('goes on whatever n8n has made of the items', () => {
		const options = { fingerprint: () => 'changed' };
		const { ledger, stored } = begin({ requests: { 0: parkedRun() } }, options);
		expect(ledger).toMatchObject({ resumed: true, parkedBefore: PARKED });
		expect(ledger.find(0)).toMatchObject({ receipt: receiptOf(), fingerprint: 'changed' });
		const run = stored.requests?.['0'];
		expect(run).toMatchObject({ tries: 1, failed: false });
		expect(run).not.toHaveProperty('parked');
		expect(run).not.toHaveProperty('ended');
	});

	it('knows what its watcher has seen', () => {
		const seen = { r: { queuedAt: 4_100, runningAt: 4_200, polledAt: 4_300, polls: 3 } };
		const { ledger, stored } = begin({ requests: { 0: parkedRun({ seen }) } });
		expect([ledger.woken, ledger.find(0)?.receipt?.seen]).toEqual([true, seen.r]);
		expect(stored.requests?.['0']).not.toHaveProperty('seen');
		expect(begin({ requests: { 0: parkedRun() } }).ledger.woken).toBe(false);
	});

	it.each([
		['that has ended', ['r'], true],
		['that has not', ['other'], false],
		['of which n8n’s timer knows nothing', undefined, true],
	])('asks about a request %s', (_what, ended, expected) => {
		const { ledger } = begin({ requests: { 0: parkedRun({ ended: ended as never }) } });
		expect(ledger.mayHaveEnded(0)).toBe(expected);
	});

	it('in a retry of the execution is tried again, by the inputs that it has then', () => {
		const options = { executionId: '2', mode: 'retry', fingerprint: () => 'changed' };
		const { ledger } = begin({ requests: { 0: parkedRun() } }, options);
		expect(ledger).toMatchObject({ resumed: false, parkedBefore: PARKED });
		expect(ledger.mayHaveEnded(0)).toBe(true);
		expect(ledger.find(0)).toBeUndefined();
		expect(ledger.parkedTimes(0)).toEqual({ parked_ms: 0, resumes: 0 });
	});

	it('counts how long, and how often, its open items were parked', () => {
		const entries = {
			0: entryOf(),
			1: entryOf({ parkedMs: 1_000, resumes: 2 }),
			2: entryOf({ receipt: receiptOf({ end: { code: 'run_failed', message: 'x' } }) }),
			3: entryOf({ outcome: { items: [] } }),
		};
		const times = (parked: object) => {
			const run = parkedRun({
				parked: { ...PARKED, ...parked },
				entries: structuredClone(entries),
			});
			const { ledger } = begin({ requests: { 0: run } });
			return [0, 1, 2, 3, 4].map((item) => ledger.parkedTimes(item));
		};
		const none = { parked_ms: 0, resumes: 0 };
		expect(times({})).toEqual([
			...[{ parked_ms: 6_000, resumes: 1 }, { parked_ms: 7_000, resumes: 3 }, none, none, none],
		]);
		// The clock was set back since.
		expect(times({ at: NOW + 9_000 }).slice(0, 2)).toEqual([
			{ parked_ms: 0, resumes: 1 },
			{ parked_ms: 1_000, resumes: 3 },
		]);
	});
});

describe('a run that counts as another one', () => {
	const parked = PARKED;

	it('of a tool that an agent calls goes on with the failed call of the same input', () => {
		const stored = {
			requests: {
				0: runOf({ paid: { '1 0': 1 } }),
				1: runOf({ entries: { 0: entryOf({ fingerprint: 'x' }) } }),
			},
		};
		const { ledger } = begin(stored, { index: 5, tool: true });
		expect(ledger.find(0)).toMatchObject({ receipt: receiptOf() });
		expect(Object.keys(stored.requests)).toEqual(['1', '5']);
		// The failed one may be of another call, as n8n tells no call from another.
		expect(ledger.mayPayAgain(0)).toBe(true);
	});

	it('continues it if one of its items is the same', () => {
		const entries = { 0: entryOf(), 1: entryOf({ fingerprint: 'x' }) };
		const { ledger, told } = begin(
			{ requests: { 0: runOf({ entries }) } },
			{ index: 5, tool: true },
		);
		expect(ledger.entries()).toEqual([[0, entryOf()]]);
		// The other one was paid for as well.
		ledger.accept(1, answerOf(), NOTES);
		expect(told.leftBehind).toEqual([[1, entries[1]]]);
	});

	it.each<[string, NodeRun, Options]>([
		['that has not failed', runOf({ failed: false }), { tool: true }],
		['of another input', runOf(), { tool: true, fingerprint: () => 'x' }],
		['if no agent calls', runOf(), { tool: false }],
		['if n8n knows of no agents', runOf(), {}],
		['that failed, in a retry by hand', runOf(), { mode: 'retry', executionId: '2' }],
		['that this execution has parked', runOf({ parked }), { mode: 'retry', executionId: '1' }],
		['of another execution, in none', runOf({ parked }), { executionId: '2' }],
	])('does not go on with one %s', (_what, run, options) => {
		const stored = { requests: { 0: run } };
		const { ledger } = begin(stored, { index: 5, ...options });
		expect(ledger.entries()).toEqual([]);
		expect(Object.keys(stored.requests)).toEqual(['0', '5']);
	});

	it('in a retry of a killed execution goes on with what that had parked', () => {
		const stored = { requests: { 0: runOf({ parked, failed: false }) } };
		const { ledger } = begin(stored, { index: 1, mode: 'retry', executionId: '2' });
		expect(ledger.find(0)).toMatchObject({ receipt: receiptOf() });
		expect(Object.keys(stored.requests)).toEqual(['1']);
	});
});
