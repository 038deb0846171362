import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { openLedger } from '../../../nodes/RunComfy/session/ledger.ts';

/** An entry as a version stored it that had another name for `leftRunning`. */
const entryBefore = (goesOn: boolean) => ({
	accepted: {
		answer: { request_id: `r-${goesOn}`, deployment_id: 'd', status: 'in_queue' },
		at: 0,
		notes: { warnings: [] },
	},
	status: 'in_progress',
	goesOn,
	fingerprint: 'same',
});

describe('what an earlier version has stored', () => {
	it('keeps its meaning: a request that was left running is not canceled with the rest', () => {
		const entries = { 0: entryBefore(true), 1: entryBefore(false) };
		const stored = { requests: { 0: { tries: 0, failed: true, entries } } };
		const context = {
			getContext: () => stored,
			getExecutionId: () => '1',
			getMode: () => 'trigger',
			getWorkflowDataProxy: () => ({ $runIndex: 0 }),
			getNode: () => ({}),
		} as unknown as IExecuteFunctions;
		const ledger = openLedger(context, {
			fingerprint: () => 'same',
			onAccepted: () => undefined,
			onLateCancel: () => undefined,
			now: () => 0,
		});
		expect(ledger.find(0)).toMatchObject({ leftRunning: true, status: 'in_progress' });
		expect(ledger.find(0)).not.toHaveProperty('goesOn');
		expect(ledger.find(1)).toMatchObject({ leftRunning: false });
	});
});

describe('a run that was parked', () => {
	/** What execution 1 has parked, as another entry finds it; its timeout of a second ended at 2,000. */
	function enter(executionId: string) {
		const entry = {
			...{ ...entryBefore(false), goesOn: undefined, waitsFrom: 1_000, deadline: 2_000 },
			outcome: { items: [{ json: {} }] },
		};
		const parked = { id: 'p', executionId: '1', stopAtFailure: true };
		const run = { tries: 2, failed: false, parked, entries: { 0: entry } };
		const context = {
			getContext: () => ({ requests: { 0: run } }),
			getExecutionId: () => executionId,
			getMode: () => (executionId === '1' ? 'trigger' : 'retry'),
			getWorkflowDataProxy: () => ({ $runIndex: 0 }),
			getNode: () => ({ retryOnFail: true, maxTries: 2 }),
		} as unknown as IExecuteFunctions;
		return openLedger(context, {
			fingerprint: () => 'same',
			onAccepted: () => undefined,
			onLateCancel: () => undefined,
			now: () => 5_000,
		});
	}

	it('goes on in its execution: the timeout ends when it would have ended', () => {
		const ledger = enter('1');
		expect([ledger.resumed, ledger.triesLeft]).toEqual([true, true]);
		expect(ledger.kept(0)).toEqual({ ok: true, value: [{ json: {} }] });
		expect(ledger.deadline(0, 1_000)).toBe(2_000);
	});

	it('is tried again by a retry of the execution, for as long as the timeout lets it', () => {
		const ledger = enter('2');
		expect([ledger.resumed, ledger.triesLeft]).toEqual([false, true]);
		expect(ledger.kept(0)).toBeUndefined();
		expect(ledger.find(0)?.accepted?.answer.request_id).toBe('r-false');
		expect(ledger.deadline(0, 1_000)).toBe(6_000);
	});
});
