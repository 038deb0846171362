// What n8n stores of the requests of a run, what is made of it, and what a run that was parked finds of it.
import { describe, expect, it } from '@jest/globals';
import { attachedReceipt, RunComfyError } from '../../../core/index.ts';
import { type ErrorCode, type ErrorFacts } from '../../../core/parsers.ts';
import {
	canceledWith,
	endErrorOf,
	endsRequest,
	type Entry,
	isUnconfirmed,
	leavesRunning,
	openRequests,
	outcomeOf,
	parkedRun,
	requestOf,
} from '../../../nodes/RunComfy/session/ledger.ts';
import { begin, entryOf, error, NOW, PARKED, receiptOf, runOf } from './beginning.mts';

const REF = { requestId: 'r', deploymentId: 'd' };

const runWith = (...entries: Entry[]) => runOf({ failed: false, entries: { ...entries } });

describe('what is still waited for', () => {
	it('is listed with all that is known of it', () => {
		const seen = { polls: 2 };
		const entry = entryOf({
			receipt: receiptOf({ seen }),
			waitsFrom: 5_000,
			deadline: 9_000,
		});
		expect(openRequests(runWith(entry))).toStrictEqual([
			{ ref: REF, seen, submittedAt: 4_000, deadline: 9_000 },
		]);
		expect(openRequests(runWith(entryOf({ deadline: 0 })))).toStrictEqual([
			{ ref: REF, submittedAt: 4_000 },
		]);
	});

	it('may have been submitted elsewhere', () => {
		const attached = { requestId: 'x', deploymentId: 'd' };
		const receipt = attachedReceipt(attached, 4_000);
		const entry: Entry = { receipt, status: 'unknown', fingerprint: 'f' };
		expect(requestOf(entry)).toEqual(attached);
		expect(openRequests(runWith(entry))).toStrictEqual([{ ref: attached }]);
	});

	it('is nothing that has ended, or of which something came', () => {
		const ended = entryOf({ receipt: receiptOf({ end: { code: 'run_failed', message: 'x' } }) });
		const done = entryOf({ outcome: { items: [] } });
		const created: Entry = { created: {}, status: 'created', fingerprint: 'f' };
		expect(openRequests(runWith(ended, done, created))).toEqual([]);
	});

	it('is of the run that is parked', () => {
		const parked = { ...PARKED, executionId: '1' };
		const run = { ...runWith(), parked };
		expect(parkedRun({ requests: { 0: runWith(), 1: run } })).toBe(run);
		expect(parkedRun({ requests: { 0: runWith() } })).toBeUndefined();
		expect(parkedRun({})).toBeUndefined();
	});
});

describe('what came of an item', () => {
	it('is what it gave, or its error as it was', () => {
		expect(outcomeOf(entryOf())).toBeUndefined();
		const items = [{ json: { n: 1 } }];
		expect(outcomeOf(entryOf({ outcome: { items } }))).toEqual({ ok: true, value: items });
		const stored = { code: 'run_failed', message: 'm', ...REF, hint: 'h' } as const;
		const failed = outcomeOf(entryOf({ outcome: { error: stored } }));
		expect(failed).toMatchObject({ ok: false, error: stored });
		expect(failed && !failed.ok && failed.error).toBeInstanceOf(RunComfyError);
		expect(endErrorOf(entryOf({ receipt: receiptOf({ end: stored }) }))).toMatchObject(stored);
		expect(endErrorOf(entryOf())).toBeUndefined();
	});

	it.each<[ErrorCode, ErrorFacts, object]>([
		['run_failed', REF, { ends: true }],
		['submit_unconfirmed', {}, { ends: true, unconfirmed: true }],
		['timed_out', REF, { leaves: true }],
		['invalid_overrides', {}, {}],
	])('after %s with %j', (code, facts, what) => {
		const one = error(code, facts);
		expect({
			ends: endsRequest(one),
			leaves: leavesRunning(one),
			unconfirmed: isUnconfirmed(one),
		}).toEqual({ ends: false, leaves: false, unconfirmed: false, ...what });
	});

	it('is not a request that was left running if anything else went wrong', () => {
		expect(leavesRunning(new Error('bug'))).toBe(false);
	});

	it.each([
		['not_cancellable', 'not_cancellable'],
		[undefined, 'no answer'],
	] as const)('that was canceled says what RunComfy answered: %s', (said, cancel) => {
		expect(canceledWith(said)).toMatchObject({
			code: 'aborted',
			message: 'Canceled',
			details: { cancel },
		});
	});
});

describe('a run that was parked', () => {
	/** What execution 1 has parked, as another entry finds it; its timeout of a second ended at 2,000. */
	function enter(executionId: string) {
		const entry = entryOf({
			waitsFrom: 1_000,
			deadline: 2_000,
			outcome: { items: [{ json: {} }] },
		});
		const parked = { ...PARKED, executionId: '1' };
		const run = runOf({ tries: 2, failed: false, parked, entries: { 0: entry } });
		const node = { retryOnFail: true, maxTries: 2 };
		const mode = executionId === '1' ? 'trigger' : 'retry';
		return begin({ requests: { 0: run } }, { executionId, mode, node }).ledger;
	}

	it('goes on in its execution: the timeout ends when it would have ended', () => {
		const ledger = enter('1');
		expect([ledger.resumed, ledger.triesLeft]).toEqual([true, true]);
		expect(ledger.storedOutcome(0)).toEqual({ ok: true, value: [{ json: {} }] });
		expect(ledger.deadline(0, 1_000)).toBe(2_000);
	});

	it('is tried again by a retry of the execution, for as long as the timeout lets it', () => {
		const ledger = enter('2');
		expect([ledger.resumed, ledger.triesLeft]).toEqual([false, true]);
		expect(ledger.storedOutcome(0)).toBeUndefined();
		expect(ledger.find(0)?.receipt?.ids.requestId).toBe('r');
		expect(ledger.deadline(0, 1_000)).toBe(NOW + 1_000);
	});
});
