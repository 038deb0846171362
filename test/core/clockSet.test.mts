import { describe, expect, it } from '@jest/globals';
import { attach, run } from '../../core/index';
import { fakeJob, REF } from './support/fakeJob.mts';
import { clientOf, failure } from './support/virtualHost.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const INPUT = { deploymentId: REF.deploymentId };

describe.each([
	['back', -HOUR],
	['forward', HOUR],
])('with the clock set %s by an hour in the meantime', (_where, byMs) => {
	const clockSetBy = (ms: number) => (ms >= 10 * MINUTE ? byMs : 0);

	it('a timeout comes when it would have come, after as many calls', async () => {
		const calls = async (options: { clockSetBy?: typeof clockSetBy }) => {
			const { client, host } = clientOf(fakeJob({ runMs: Infinity }).script, options);
			const ran = run(client, INPUT, { timeoutMs: 30 * MINUTE });
			await expect(ran).rejects.toMatchObject({
				code: 'timed_out',
				message: 'The request had not ended after 1800 s',
			});
			expect(host.monotonic()).toBe(30 * MINUTE);
			return host.callsOf('status').length;
		};
		expect(await calls({ clockSetBy })).toBe(await calls({}));
	});

	it('times are those that passed', async () => {
		const { client, host } = clientOf(fakeJob({ runMs: 20 * MINUTE }).script, { clockSetBy });
		const { timings } = await run(client, INPUT);
		expect(timings.total_ms).toBe(Math.round(host.monotonic()));
		expect(timings.queued_ms).toBeLessThan(MINUTE);
	});

	it('a request taken up before is waited for as long as its user said', async () => {
		const { client, host } = clientOf(fakeJob({ runMs: Infinity }).script, { clockSetBy });
		const submittedAt = host.now() - 5 * MINUTE;
		await expect(
			attach(client, REF, { submittedAt, timeoutMs: 30 * MINUTE }),
		).rejects.toMatchObject({ code: 'timed_out' });
		expect(host.monotonic()).toBe(25 * MINUTE);
	});

	it('a submit that RunComfy does not take is tried no longer than the timeout', async () => {
		const { client, host } = clientOf(failure('ECONNREFUSED'), {
			clockSetBy: (ms) => (ms > 0 ? byMs : 0),
		});
		const ran = run(client, INPUT, {
			timeoutMs: 10 * MINUTE,
			retries: { attempts: 1_000, baseMs: MINUTE, capMs: MINUTE },
		});
		await expect(ran).rejects.toMatchObject({ code: 'service_unavailable' });
		expect(host.monotonic()).toBeLessThan(10 * MINUTE);
		expect(host.monotonic()).toBeGreaterThan(8 * MINUTE);
	});
});
