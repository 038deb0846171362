// What a run of the node keeps of the requests that it has paid for.
import { describe, expect, it } from '@jest/globals';
import { attachedReceipt } from '../../../core/index.ts';
import { type ErrorCode, type ErrorFacts } from '../../../core/parsers.ts';
import type { Entry } from '../../../nodes/RunComfy/session/ledger.ts';
import { answerOf, begin, entryOf, error, NOTES, NOW, receiptOf, runOf } from './beginning.mts';

const ELSEWHERE = { requestId: 'x', deploymentId: 'd' };

describe('a try of the node', () => {
	it('stores what was accepted with the execution at once, and tells it', () => {
		const { ledger, stored, told } = begin();
		ledger.accept(3, answerOf(), NOTES);
		const receipt = receiptOf({ at: NOW });
		const entry = {
			receipt,
			answer: answerOf(),
			status: 'in_queue',
			waitsFrom: NOW,
			fingerprint: 'f3',
		};
		const run = { tries: 1, failed: false, entries: { 3: entry }, paid: { '1 3': 1 } };
		expect(stored).toEqual({ requests: { 0: run } });
		expect(told.accepted).toEqual([[3, receipt]]);
		expect(ledger.entries()).toEqual([[3, entry]]);
		expect(ledger.find(3)).toEqual(entry);
		expect(ledger.find(0)).toBeUndefined();
		expect(ledger.open()).toMatchObject([{ ref: { requestId: 'r', deploymentId: 'd' } }]);
		expect([ledger.runIndex, ledger.resumed, ledger.parkedBefore]).toEqual(['0', false, undefined]);
	});

	it('after a failed one goes on with its requests, for as long as a timeout lets it', () => {
		const before = entryOf({ waitsFrom: 1_000, deadline: 2_000, outcome: { items: [] } });
		const { ledger, stored } = begin({ requests: { 0: runOf({ entries: { 0: before } }) } });
		expect(ledger.find(0)).toEqual(entryOf());
		expect(ledger.storedOutcome(0)).toBeUndefined();
		expect(ledger.deadline(0, 500)).toBe(NOW + 500);
		expect(stored.requests?.['0']).toMatchObject({ tries: 2, failed: false });
	});

	it('notes what was submitted elsewhere, or created, and forgets it on demand', () => {
		const { ledger } = begin();
		ledger.attach(0, ELSEWHERE);
		ledger.create(1, { id: 'new' });
		expect(ledger.entries()).toEqual([
			[0, { receipt: attachedReceipt(ELSEWHERE, NOW), status: 'unknown', fingerprint: 'f0' }],
			[1, { created: { id: 'new' }, status: 'created', fingerprint: 'f1' }],
		]);
		ledger.drop(1);
		expect(ledger.entries()).toHaveLength(1);
	});
});

describe('what is seen of a request', () => {
	it('is its state, and when it was queued and began to run', () => {
		const { ledger, pass } = begin({ requests: { 0: runOf({ entries: { 0: entryOf() } }) } });
		ledger.notePoll(0, 'in_queue');
		pass(5_000);
		ledger.notePoll(0, 'in_progress');
		expect(ledger.find(0)).toMatchObject({
			status: 'in_progress',
			leftRunning: false,
			receipt: { seen: { queuedAt: NOW, runningAt: NOW + 5_000, polls: 2 } },
		});
		ledger.noteResult(0, 'completed');
		expect(ledger.find(0)).toMatchObject({ status: 'completed', leftRunning: false });
	});

	it('elsewhere is added by its id', () => {
		const entries = {
			0: entryOf(),
			1: entryOf({ receipt: receiptOf({ ids: ELSEWHERE }) }),
			2: {} as Entry,
		};
		const { ledger } = begin({ requests: { 0: runOf({ entries }) } });
		ledger.notePoll(0, 'in_progress');
		ledger.addSeen(new Map([['r', { queuedAt: 7, polls: 3 }]]));
		expect(ledger.entries().map(([, { receipt }]) => receipt?.seen)).toEqual([
			...[{ queuedAt: 7, runningAt: NOW, polledAt: NOW, polls: 4 }, undefined, undefined],
		]);
	});
});

describe('the timeout of an item', () => {
	it('counts from its submit, or else from now, once', () => {
		const { ledger, pass } = begin();
		ledger.accept(0, answerOf(), NOTES);
		expect(ledger.deadline(0, 20_000)).toBe(NOW + 20_000);
		expect(ledger.leftMs(0)).toBe(20_000);
		expect(ledger.deadline(1, 20_000)).toBe(NOW + 20_000);
		pass(5_000);
		expect(ledger.deadline(1, 20_000)).toBe(NOW + 20_000);
		expect(ledger.leftMs(1)).toBe(15_000);
	});

	it('of 0 means no timeout', () => {
		const { ledger } = begin();
		expect(ledger.leftMs(0)).toBe(Infinity);
		expect(ledger.deadline(0, 0)).toBe(0);
		expect(ledger.leftMs(0)).toBe(Infinity);
	});
});

describe('an item that fails', () => {
	const failed = (code: ErrorCode, facts?: ErrorFacts, entry: Entry | undefined = entryOf()) => {
		const { ledger } = begin({ requests: { 0: runOf({ entries: entry ? { 0: entry } : {} }) } });
		ledger.fail(0, error(code, facts));
		return ledger.find(0);
	};

	it.each(['timed_out', 'auth_failed', 'service_unavailable'] as const)(
		'of %s leaves its request running: another try takes it up',
		(code) => {
			const entry = failed(code, { requestId: 'r' });
			expect(entry).toMatchObject({ status: 'in_queue', leftRunning: true });
			expect(entry?.receipt).not.toHaveProperty('end');
		},
	);

	it('beside its id is asked for by that, however its submit was answered', () => {
		const entry = failed('submit_unconfirmed', { requestId: 'r' });
		expect(entry).toMatchObject({ receipt: receiptOf(), status: 'unconfirmed' });
		expect(entry?.receipt).not.toHaveProperty('end');
		const elsewhere = entryOf({ receipt: attachedReceipt(ELSEWHERE, NOW) });
		expect(failed('submit_unconfirmed', {}, elsewhere)?.receipt).toHaveProperty('end');
	});

	it('before anything was submitted leaves nothing behind', () => {
		expect(failed('invalid_overrides', {}, null as never)).toBeUndefined();
		expect(failed('timed_out', { requestId: 'r' }, null as never)).toBeUndefined();
	});

	it.each<[string, ErrorCode, ErrorFacts, object]>([
		[
			'of a submit without a clear answer',
			'submit_unconfirmed',
			{ deploymentId: 'd' },
			{ ids: { deploymentId: 'd' }, state: 'submitting' },
		],
		[
			'of what was submitted elsewhere',
			'run_failed',
			ELSEWHERE,
			{ ids: ELSEWHERE, state: 'attached' },
		],
	])('without a receipt gets one: %s', (_what, code, facts, receipt) => {
		expect(failed(code, facts, null as never)).toMatchObject({
			receipt: { ...receipt, at: NOW, end: { code } },
			fingerprint: 'f0',
		});
	});

	it('of something else, or after its end, changes nothing', () => {
		const { ledger } = begin({ requests: { 0: runOf() } });
		ledger.fail(0, new Error('bug'));
		ledger.fail(5, new Error('bug'));
		expect(ledger.entries()).toEqual([[0, entryOf()]]);
		const ended = entryOf({
			status: 'failed',
			receipt: receiptOf({ end: { code: 'run_failed', message: 'first' } }),
		});
		expect(failed('timed_out', { requestId: 'r' }, ended)).toEqual(ended);
	});

	it('since its request was canceled before a retry by hand is known for that', () => {
		const stored = (tries = 0) => ({ requests: { 0: runOf({ tries }) } });
		const canceled = error('run_canceled');
		const retry = begin(stored(), { mode: 'retry', executionId: '2' }).ledger;
		expect(retry.cameCanceled(0, canceled)).toBe(true);
		expect(retry.cameCanceled(0, error('run_failed'))).toBe(false);
		expect(retry.cameCanceled(0, new Error('bug'))).toBe(false);
		expect(begin(stored()).ledger.cameCanceled(0, canceled)).toBe(false);
		const next = begin(stored(1), { mode: 'retry', executionId: '2' }).ledger;
		expect(next.cameCanceled(0, canceled)).toBe(false);
		for (const status of ['in_queue', 'in_progress'] as const) {
			const looked = begin(stored(), { mode: 'retry', executionId: '2' }).ledger;
			looked.notePoll(0, status);
			expect(looked.cameCanceled(0, canceled)).toBe(false);
		}
		const ended = begin(stored(), { mode: 'retry', executionId: '2' }).ledger;
		ended.notePoll(0, 'canceled');
		ended.noteResult(0, 'canceled');
		expect(ended.cameCanceled(0, canceled)).toBe(true);
	});
});

describe('a cancel', () => {
	it.each([
		['cancellation_requested', 'cancellation_requested'],
		['not_cancellable', 'completed'],
		['unknown', 'unknown'],
		[undefined, 'unknown'],
	] as const)('that RunComfy has answered with %s: the state is %s', (answer, status) => {
		const { ledger, told } = begin({ requests: { 0: runOf() } });
		ledger.noteCancel(0, answer);
		expect(ledger.find(0)?.status).toBe(status);
		expect(told.late).toEqual([]);
	});

	it('that is answered after the node has ended is reported', () => {
		for (const end of ['done', 'failed', 'retry'] as const) {
			const { ledger, told } = begin({ requests: { 0: runOf() } });
			ledger.close(end);
			ledger.noteCancel(0, 'cancellation_requested');
			expect(told.late).toEqual([[0, entryOf({ status: 'cancellation_requested' })]]);
		}
	});
});
