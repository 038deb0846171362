import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { createClient, type Host } from '../../../core/index.ts';
import { cancelRest } from '../../../nodes/RunComfy/execute/givingUp.ts';
import { openLedger } from '../../../nodes/RunComfy/session/ledger.ts';
import type { RunSession } from '../../../nodes/RunComfy/session/session.ts';

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
	it('keeps its meaning: a request that was left running is not canceled with the rest', async () => {
		const urls: string[] = [];
		const host: Host = {
			now: () => 0,
			monotonic: () => 0,
			toBase64: () => '',
			sleep: () => new Promise(() => undefined),
			async request({ url }) {
				urls.push(url);
				return { status: 202, headers: {}, body: '{"outcome":"cancelled"}' };
			},
		};
		const entries = { 0: entryBefore(true), 1: entryBefore(false) };
		const stored = { requests: { 0: { tries: 0, failed: true, entries } } };
		const context = {
			getContext: () => stored,
			getWorkflowDataProxy: () => ({ $runIndex: 0 }),
			getNode: () => ({}),
		} as unknown as IExecuteFunctions;
		const ledger = openLedger(context, {
			fingerprint: () => 'same',
			onAccepted: () => undefined,
			onLateCancel: () => undefined,
			now: () => 0,
		});
		await cancelRest({ client: createClient({ host }), ledger } as RunSession);
		expect(urls).toEqual([expect.stringContaining('/requests/r-false/cancel')]);
		expect(ledger.find(0)).toMatchObject({ leftRunning: true, status: 'in_progress' });
		expect(ledger.find(0)).not.toHaveProperty('goesOn');
	});
});
