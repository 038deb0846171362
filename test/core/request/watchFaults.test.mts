// Watching a paid run survives outages, refusals and hanging calls, but ends at the deadline.
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode } from '../../../core/errors';
import { requestOutcome, type RunComfyError } from '../../../core/index';
import { EPOCH } from '../../support/virtualClock.mts';
import { REF, watching } from '../support/fakeJob.mts';
import { failure, json, type Reply } from '../support/virtualHost.mts';

const MINUTE = 60_000;

/** Gives these answers during a period, in milliseconds after the submit. */
const between =
	(fromMs: number, toMs: number, reply: Reply | Error) =>
	({ at }: { at: number }) =>
		at >= EPOCH + fromMs && at < EPOCH + toMs ? reply : undefined;

describe('an outage while a paid run goes on', () => {
	it('without end fails after some minutes, with the request id', async () => {
		const instead = between(20_000, Infinity, failure('ENETDOWN'));
		const { watched, tookMs } = watching({ runMs: MINUTE, instead });
		await expect(watched).rejects.toMatchObject({ code: 'service_unavailable', ...REF });
		expect(tookMs()).toBeGreaterThan(3 * MINUTE);
		expect(tookMs()).toBeLessThan(15 * MINUTE);
	});
});

describe('a status call that is refused', () => {
	it.each<[Reply, ErrorCode]>([
		[{ status: 401 }, 'auth_failed'],
		[{ status: 403 }, 'forbidden'],
		...[200, 400, 401, 402, 403].map((status): [Reply, ErrorCode] => [
			json({ error_code: 400004 }, status),
			'auth_failed',
		]),
	])('with %j is repeated for five minutes from then on', async (reply, code) => {
		const { watched, callsAt } = watching({
			runMs: 600_000,
			instead: between(100_000, Infinity, reply),
		});
		const error: unknown = await watched.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code, ...REF });
		expect(requestOutcome(error as RunComfyError).request).toBe('goes_on');
		const refused = callsAt('status').filter((at) => at >= 100_000);
		expect(refused).toHaveLength(21);
		expect(refused.at(-1)! - refused[0]!).toBe(300_000);
	});

	it.each([403001, 403003])(
		'because the request is another account’s (%i) is repeated for no longer than one that is not found',
		async (error_code) => {
			const instead = between(100_000, Infinity, json({ error_code }, 403));
			const { watched, callsAt } = watching({ runMs: 600_000, instead });
			await expect(watched).rejects.toMatchObject({ code: 'forbidden', ...REF });
			const refused = callsAt('status').filter((at) => at >= 100_000);
			expect(refused.at(-1)! - refused[0]!).toBe(16_000);
		},
	);

	it('is an error at once if the request may be of another account, until one was answered', async () => {
		const options = { submittedAt: undefined };
		for (const [status, code] of [
			[401, 'auth_failed'],
			[403, 'forbidden'],
		] as const) {
			const { watched, host } = watching({ instead: () => ({ status }) }, options);
			await expect(watched).rejects.toMatchObject({ code, ...REF });
			expect(host.calls).toHaveLength(1);
		}
		const seen = watching({ runMs: MINUTE, instead: between(1, MINUTE, { status: 401 }) }, options);
		expect((await seen.watched).status).toBe('succeeded');
	});

	it.each([
		[17_000, 1],
		[17_001, 2],
	])('says so rather than that the time is over: deadline %i ms', async (deadline, calls) => {
		const { watched, host } = watching({ instead: () => ({ status: 401 }) }, { deadline });
		await expect(watched).rejects.toMatchObject({ code: 'auth_failed', ...REF });
		expect(host.calls).toHaveLength(calls);
	});
});

describe('a request that was seen and then is not found', () => {
	const lostUntil = (toMs: number, reply: Reply | Error = { status: 404 }) =>
		watching({ runMs: 600_000, instead: between(100_000, toMs, reply) });

	it.each<[Reply | Error]>([
		...[302, 400, 402, 404, 405, 410].map((status): [Reply] => [{ status, body: '<html>' }]),
		[failure('CERT_HAS_EXPIRED')],
	])('is watched on after one answer of a gateway (%j)', async (reply) => {
		expect((await lostUntil(101_500, reply).watched).status).toBe('succeeded');
	});

	it('is watched on after one such answer, also if no process has seen it yet', async () => {
		const options = { submittedAt: EPOCH - 90_000, mayHaveEnded: true };
		const { watched } = watching({ hiddenMs: 1_000 }, options);
		expect((await watched).status).toBe('succeeded');
	});

	it.each([
		[503, 140_000, 'succeeded'],
		[401, 140_000, 'succeeded'],
		[503, Infinity, 'not_found'],
	])('is watched on for minutes if other failures (%i) stand between', async (other, toMs, end) => {
		let count = 0;
		const { watched, tookMs } = watching({
			runMs: 300_000,
			instead: ({ at }) =>
				between(100_000, toMs, { status: (count += 1) % 3 === 1 ? 404 : other })({ at }),
		});
		const how = await watched.then(({ status }) => status).catch(({ code }) => code);
		expect(how).toBe(end);
		expect(tookMs()).toBeLessThan(600_000);
	});

	it('is given up after fifteen seconds of them', async () => {
		const { watched, callsAt } = lostUntil(Infinity);
		await expect(watched).rejects.toMatchObject({ code: 'not_found', ...REF });
		const refused = callsAt('status').filter((at) => at >= 100_000);
		expect(refused.at(-1)! - refused[0]!).toBe(16_000);
	});
});
