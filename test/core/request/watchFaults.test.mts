// Watching a paid run survives outages, refusals and hanging calls, but ends at the deadline.
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode } from '../../../core/errors';
import { requestOutcome, type RunComfyError } from '../../../core/index';
import { EPOCH } from '../../support/virtualClock.mts';
import { REF, watching } from '../support/fakeJob.mts';
import { failure, type Reply } from '../support/virtualHost.mts';

const MINUTE = 60_000;

/** Gives these answers during a period, in milliseconds after the submit. */
const between =
	(fromMs: number, toMs: number, reply: Reply | Error) =>
	({ at }: { at: number }) =>
		at >= EPOCH + fromMs && at < EPOCH + toMs ? reply : undefined;

describe('a status call that is refused', () => {
	it.each<[Reply | Error, ErrorCode]>([
		[{ status: 401 }, 'auth_failed'],
		[{ status: 404 }, 'not_found'],
		[failure('CERT_HAS_EXPIRED'), 'service_unavailable'],
	])('with %j is repeated for five minutes (P10)', async (reply, code) => {
		const { watched, callsAt } = watching({
			runMs: 900_000,
			instead: between(100_000, Infinity, reply),
		});
		const error: unknown = await watched.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code, ...REF });
		expect(requestOutcome(error as RunComfyError).request).toBe('goes_on');
		const refused = callsAt('status').filter((at) => at >= 100_000);
		expect(refused.at(-1)! - refused[0]!).toBeGreaterThan(280_000);
		expect(refused.at(-1)! - refused[0]!).toBeLessThanOrEqual(300_000);
	});

	it('is an error at once if the request may be of another account, until one was answered', async () => {
		const options = { submittedAt: undefined };
		const { watched, host } = watching({ instead: () => ({ status: 404 }) }, options);
		await expect(watched).rejects.toMatchObject({ code: 'not_found', ...REF });
		expect(host.calls).toHaveLength(1);
		const seen = watching({ runMs: MINUTE, instead: between(1, MINUTE, { status: 401 }) }, options);
		expect((await seen.watched).status).toBe('succeeded');
	});

	it('says so rather than that the time is over', async () => {
		const { watched, tookMs } = watching(
			{ instead: () => ({ status: 401 }) },
			{ deadline: 17_000 },
		);
		await expect(watched).rejects.toMatchObject({ code: 'auth_failed', ...REF });
		expect(tookMs()).toBeLessThan(17_000);
	});
});
