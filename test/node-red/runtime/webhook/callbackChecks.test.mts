// How many looks at RunComfy callbacks may cost, and what comes of answers that cross.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Host, HttpResponse, ResultState } from '../../../../core/index.ts';
import type { Connection } from '../../../../node-red/runtime/account/config.cts';
import type { RequestStore } from '../../../../node-red/runtime/journal/requestStore.cts';
import type * as ChecksModule from '../../../../node-red/runtime/webhook/callbackChecks.cts';
import { dist } from '../../support/dist.mts';

const { createCallbackCheck, forgetCallbacks } = dist<typeof ChecksModule>(
	'node-red/runtime/webhook/callbackChecks.cjs',
);

/** Checks whose looks are answered one by one. */
function openChecks(more: Partial<ChecksModule.CallbackCheckOptions> = {}) {
	const looks: Array<(status: number, body?: object) => void> = [];
	const seen = { connections: 0, accepted: [] as string[], troubles: [] as string[] };
	const request = () =>
		new Promise<HttpResponse>((resolve) => {
			looks.push((status, body = {}) =>
				resolve({ status, headers: {}, body: JSON.stringify(body) }),
			);
		});
	const host = { request, sleep: async () => undefined, now: () => 0 } as unknown as Host;
	const client = { host, baseUrl: 'https://api.test', apiVersion: 'v1' };
	const check = createCallbackCheck({
		...{ nodeId: randomUUID(), intermediate: true, alsoAwaited: false },
		connect() {
			seen.connections += 1;
			return { client, release: () => (seen.connections -= 1) } as unknown as Connection;
		},
		async accept(_callback, { status }) {
			seen.accepted.push(status);
			return () => undefined;
		},
		onTrouble: (_ref, { code }) => seen.troubles.push(code),
		...more,
	});
	const call = (requestId: string, said: ResultState = 'succeeded') =>
		check({ ref: { deploymentId: 'd', requestId }, said, query: {} });
	return { call, looks, seen };
}

describe('callbacks', () => {
	it('of a flood cost at most 50 looks at a time, and leave no connection open', async () => {
		const { call, looks, seen } = openChecks();
		const calls = Array.from({ length: 60 }, (_, index) => call(`r${index}`));
		expect(await Promise.all(calls.slice(50))).toEqual(Array.from({ length: 10 }, () => 503));
		expect([looks.length, seen.connections]).toEqual([50, 50]);
		for (const answer of looks) answer(404);
		expect(new Set(await Promise.all(calls.slice(0, 50)))).toEqual(new Set([404]));
		expect(seen.connections).toBe(0);
		void call('later');
		expect(looks).toHaveLength(51);
	});

	it('cost at most 300 looks a minute; what is put off RunComfy tells again', async () => {
		let now = 0;
		const { call, looks } = openChecks({ now: () => now });
		const count = async (verdict: number, calls: number) => {
			const verdicts: number[] = [];
			for (let n = 0; n < calls; n += 1) {
				const answer = call(randomUUID());
				looks.at(-1)?.(404);
				verdicts.push(await answer);
			}
			return verdicts.filter((one) => one === verdict).length;
		};
		expect(await count(503, 400)).toBe(100);
		expect(looks).toHaveLength(300);
		now += 10_000;
		expect(await count(404, 400)).toBe(50);
		now += 3_600_000;
		expect(await count(404, 400)).toBe(300);
	});

	it.each([
		[401, 503],
		// Somebody can top up while RunComfy still calls again.
		[402, 503],
		[403, 404],
		[404, 404],
	])('for which RunComfy answers %i are answered with %i', async (status, verdict) => {
		const { call, looks } = openChecks();
		const answer = call('r');
		looks.at(-1)?.(status);
		expect(await answer).toBe(verdict);
	});

	it('that were told before a restart are not told again', async () => {
		const told: string[] = [];
		const store = {
			delivered: (nodeId: string, event: string) => void told.push(`${nodeId} ${event}`),
			deliveredBy: (nodeId: string) => told.map((line) => line.replace(`${nodeId} `, '')),
		} as RequestStore;
		const nodeId = randomUUID();
		const before = openChecks({ nodeId, store });
		const first = before.call('r');
		before.looks.at(-1)?.(200, { status: 'succeeded' });
		expect(await first).toBe(200);
		// All that a process has in memory.
		forgetCallbacks(nodeId);
		const after = openChecks({ nodeId, store });
		expect(await after.call('r')).toBe(200);
		expect([before.seen.accepted, after.seen.accepted]).toEqual([['succeeded'], []]);
		expect(after.looks).toEqual([]);
	});

	it('whose message an earlier process has left on its way are not told again', async () => {
		const { call, looks } = openChecks({ underWay: ['r'] });
		expect(await call('r')).toBe(200);
		expect(looks).toEqual([]);
	});

	it('that cannot be checked are told of once for each trouble', async () => {
		const { call, looks, seen } = openChecks();
		const answered = async (status: number, body?: object) => {
			const verdict = call(`r${looks.length}`);
			looks.at(-1)?.(status, body);
			return verdict;
		};
		expect([await answered(401), await answered(401)]).toEqual([503, 503]);
		expect(seen.troubles).toEqual(['auth_failed']);
		expect(await answered(200, { status: 'succeeded' })).toBe(200);
		await answered(401);
		expect(seen.troubles).toEqual(['auth_failed', 'auth_failed']);
	});

	it('of a state before the end are no news once the end was told', async () => {
		const { call, looks, seen } = openChecks();
		const [begun, ended] = [call('r', 'in_progress'), call('r')];
		looks[1]?.(200, { status: 'succeeded' });
		expect(await ended).toBe(200);
		looks[0]?.(200, { status: 'in_progress' });
		expect(await begun).toBe(200);
		expect(seen.accepted).toEqual(['succeeded']);
	});
});
