import { describe, expect, it } from '@jest/globals';
import { attach, requestOutcome, type RunComfyError } from '../../../core/index';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf, failure } from '../support/virtualHost.mts';
import { watching } from './watching.mts';

const MINUTE = 60_000;

describe('an outage while a paid run goes on', () => {
	it.each([
		['the network is down', failure('ECONNREFUSED')],
		['the service answers 503', { status: 503 }],
		['pages come instead of answers', { body: '<html>' }],
		['it asks for ten minutes', { status: 429, headers: { 'retry-after': '600' } }],
	])('of two minutes is survived: %s', async (_what, reply) => {
		const { watched } = watching({
			runMs: MINUTE,
			instead: ({ at }) => (at > EPOCH + 20_000 && at < EPOCH + 2.3 * MINUTE ? reply : undefined),
		});
		expect((await watched).result.status).toBe('succeeded');
	});

	it('without end fails with the request id, after some minutes', async () => {
		const { watched, host } = watching({
			runMs: MINUTE,
			instead: ({ at }) => (at > EPOCH + 20_000 ? failure('ENETDOWN') : undefined),
		});
		await expect(watched).rejects.toMatchObject({ code: 'service_unavailable', ...REF });
		expect(host.now() - EPOCH).toBeGreaterThan(3 * MINUTE);
		expect(host.now() - EPOCH).toBeLessThan(15 * MINUTE);
	});

	it.each([401, 403])('by a token that is replaced (%i) is survived', async (status) => {
		const { watched } = watching({
			runMs: MINUTE,
			instead: ({ at }) =>
				at > EPOCH + 20_000 && at < EPOCH + 3 * MINUTE ? { status } : undefined,
		});
		expect((await watched).result.status).toBe('succeeded');
	});

	it('by a token that was taken back for good fails after some minutes, and the request goes on', async () => {
		const { watched, host } = watching({
			runMs: MINUTE,
			instead: ({ at }) => (at > EPOCH + 20_000 ? { status: 401 } : undefined),
		});
		const error: unknown = await watched.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: 'auth_failed', ...REF });
		expect(requestOutcome(error as RunComfyError).request).toBe('goes_on');
		expect(host.now() - EPOCH).toBeGreaterThan(4 * MINUTE);
		expect(host.now() - EPOCH).toBeLessThan(7 * MINUTE);
	});

	it('by a token that was taken back is told before the timeout', async () => {
		const { script } = fakeJob({
			runMs: MINUTE,
			instead: ({ at }) => (at > EPOCH + 20_000 ? { status: 401 } : undefined),
		});
		const { client, host } = clientOf(script);
		const waited = attach(client, REF, { submittedAt: EPOCH, timeoutMs: MINUTE });
		await expect(waited).rejects.toMatchObject({ code: 'auth_failed', ...REF });
		expect(host.now() - EPOCH).toBeLessThanOrEqual(MINUTE);
	});

	it('is none where the request of another account was asked for', async () => {
		const { watched, host } = watching(
			{ instead: () => ({ status: 403 }) },
			{ submittedAt: undefined },
		);
		await expect(watched).rejects.toMatchObject({ code: 'forbidden', ...REF });
		expect(host.calls.length).toBe(1);
	});
});
