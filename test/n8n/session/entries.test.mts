// What n8n stores of the requests of a run, and what is made of it.
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, type ErrorFacts, RunComfyError } from '../../../core/index.ts';
import {
	canceledWith,
	endErrorOf,
	endsRequest,
	type Entry,
	isUnconfirmed,
	leavesRunning,
	type NodeRun,
	openRequests,
	outcomeOf,
	parkedRun,
	requestOf,
} from '../../../nodes/RunComfy/session/entries.ts';

const answer = { request_id: 'r', deployment_id: 'd', status: 'in_queue' } as const;
const REF = { requestId: 'r', deploymentId: 'd' };
const accepted = { answer, at: 4_000, notes: { warnings: [] } };
const entryOf = (more: Partial<Entry> = {}): Entry => ({
	...{ accepted, status: 'in_queue', fingerprint: 'f' },
	...more,
});
const runOf = (...entries: Entry[]): NodeRun => ({
	...{ tries: 1, failed: false, entries: { ...entries } },
});
const error = (code: ErrorCode, facts: ErrorFacts = {}) => new RunComfyError(code, 'x', facts);

describe('what is still waited for', () => {
	it('is told with all that is known of it', () => {
		const seen = { looks: 2 };
		const entry = entryOf({
			...{ seen, waitsFrom: 5_000, deadline: 9_000 },
		});
		expect(openRequests(runOf(entry))).toStrictEqual([
			{ ref: REF, seen, submittedAt: 4_000, deadline: 9_000 },
		]);
		expect(openRequests(runOf(entryOf({ deadline: 0 })))).toStrictEqual([
			{ ref: REF, submittedAt: 4_000 },
		]);
	});

	it('may have been submitted elsewhere', () => {
		const attached = { requestId: 'x', deploymentId: 'd' };
		const entry: Entry = { attached, status: 'unknown', fingerprint: 'f' };
		expect(requestOf(entry)).toBe(attached);
		expect(openRequests(runOf(entry))).toStrictEqual([{ ref: attached }]);
	});

	it('is nothing that has ended, or of which something came', () => {
		const ended = entryOf({ ended: { code: 'run_failed', message: 'x' } });
		const done = entryOf({ outcome: { items: [] } });
		const created: Entry = { created: {}, status: 'created', fingerprint: 'f' };
		expect(openRequests(runOf(ended, done, created))).toEqual([]);
	});

	it('is of the run that is parked', () => {
		const parked = { id: 'p', executionId: '1' };
		const run = { ...runOf(), parked };
		expect(parkedRun({ requests: { 0: runOf(), 1: run } })).toBe(run);
		expect(parkedRun({ requests: { 0: runOf() } })).toBeUndefined();
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
		expect(endErrorOf(entryOf({ ended: stored }))).toMatchObject(stored);
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

	it('is no request that is left running where anything else went wrong', () => {
		expect(leavesRunning(new Error('bug'))).toBe(false);
	});

	it.each([
		['not_cancellable', 'not_cancellable'],
		[undefined, 'no answer'],
	] as const)('that was canceled says what RunComfy answered: %s', (said, cancel) => {
		expect(canceledWith(said)).toMatchObject({
			...{ code: 'aborted', message: 'Canceled', details: { cancel } },
		});
	});
});
