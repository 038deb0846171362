// The wake-ups of all parked executions of a process, on a virtual clock.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { restartRuntime } from '../../../nodes/RunComfy/runtime.ts';
import { wake } from '../../../nodes/RunComfy/wait/wakes.ts';
import { createVirtualHost, json, type Reply } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import { problem, RESUMED } from './watching.mts';

beforeEach(restartRuntime);

/** Wakes many executions of an n8n that answers so, all at the same moment. */
function waking(count: number, answer: (n: number) => Reply) {
	let open = 0;
	let most = 0;
	const host = createVirtualHost(({ path }) => {
		open += 1;
		most = Math.max(most, open);
		const reply = answer(Number(path.split('/').at(-1)));
		void host.clock.sleep(reply.delayMs ?? 0).then(() => (open -= 1));
		return reply;
	});
	const { signal } = new AbortController();
	const answers = Promise.all(
		Array.from({ length: count }, (_, n) => {
			const address = new URL(`http://n8n/webhook-waiting/${n}`);
			return wake(host, { address, secret: 's', ended: [], seen: {} }, signal);
		}),
	);
	return { host, answers, most: () => most };
}

describe('a thousand executions that are to be woken at once', () => {
	it('are woken two at a time', async () => {
		const { host, answers, most } = waking(1_000, () => ({ ...RESUMED, delayMs: 50 }));
		expect(new Set(await answers)).toEqual(new Set(['resumed']));
		expect([most(), host.calls.length, host.now() - EPOCH]).toEqual([2, 1_000, 25_000]);
	});

	it('leave an n8n that refuses in peace for longer and longer', async () => {
		const { host, answers } = waking(20, () => problem(503, 'Database is not ready!'));
		expect(new Set(await answers)).toEqual(new Set(['failed']));
		const at = host.calls.map((call) => call.at - EPOCH);
		expect(at.filter((ms) => ms < 10_000).length).toBeLessThan(12);
		expect(at.at(-1)).toBeGreaterThan(120_000);
		// Once it takes one, it gets the rest as before.
		const again = waking(20, () => json('runcomfy resumed'));
		await again.answers;
		expect(again.host.now() - EPOCH).toBeLessThan(50_000);
	});
});
