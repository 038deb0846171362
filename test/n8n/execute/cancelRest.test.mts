import { describe, expect, it } from '@jest/globals';
import { createClient, type Host } from '../../../core/index.ts';
import { cancelRest } from '../../../nodes/RunComfy/execute/givingUp.ts';
import type { Entry } from '../../../nodes/RunComfy/session/entries.ts';
import type { Ledger } from '../../../nodes/RunComfy/session/ledger.ts';
import type { RunSession } from '../../../nodes/RunComfy/session/session.ts';

describe('cancels for which n8n waits', () => {
	it.each([
		['quick', 10, 45],
		// 20 at the same time, and none after 5 seconds.
		['slow', 6_000, 20],
	])('that are %s', async (_name, answerMs, expected) => {
		let now = 0;
		let sent = 0;
		const host: Host = {
			now: () => now,
			monotonic: () => now,
			toBase64: (bytes) => Buffer.from(bytes).toString('base64'),
			// Every answer comes before the limit of its cancel.
			sleep: () => new Promise(() => undefined),
			redact: (text) => text,
			async request() {
				sent += 1;
				await Promise.resolve();
				now += answerMs;
				return { status: 202, headers: {}, body: '{"outcome":"cancelled"}' };
			},
		};
		const entries = Array.from({ length: 45 }, (_, item): [number, Entry] => {
			const answer = { request_id: `r-${item}`, deployment_id: 'd', status: 'in_queue' };
			const accepted = { answer, at: 0, notes: { warnings: [] } } as unknown as Entry['accepted'];
			return [item, { accepted, status: 'in_queue', fingerprint: '' } as Entry];
		});
		const ledger = { entries: () => entries, fail: () => undefined } as unknown as Ledger;
		await cancelRest({ client: createClient({ host }), ledger } as RunSession);
		expect(sent).toBe(expected);
	});
});
