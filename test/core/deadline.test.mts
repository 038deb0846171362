// When a timeout ends a wait, and what is looked at before that.
import { describe, expect, it, jest } from '@jest/globals';
import { attach, run } from '../../core/index';
import { EPOCH } from '../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from './support/fakeJob.mts';
import { clientOf, failure, json } from './support/virtualHost.mts';

const INPUT = { deploymentId: REF.deploymentId };

function running(job: FakeJobOptions, options: Parameters<typeof run>[2], latencyMs = 0) {
	const fake = fakeJob(job);
	const { client, host } = clientOf(fake.script, { latencyMs });
	return { fake, host, ran: run(client, INPUT, options) };
}

describe('a timeout', () => {
	it('ends the wait with the request id, and does not cancel', async () => {
		const { host, ran } = running({ runMs: 3_600_000 }, { timeoutMs: 90_000 });
		await expect(ran).rejects.toMatchObject({
			code: 'timed_out',
			...REF,
			message: 'The request had not ended after 90 s',
			hint: expect.stringContaining('goes on'),
		});
		expect(host.now() - EPOCH).toBe(90_000);
		expect(host.callsOf('cancel').length).toBe(0);
	});

	it('names the time that was set, however long the last look took', async () => {
		const { ran } = running({ runMs: 3_600_000 }, { timeoutMs: 8_500 }, 700);
		await expect(ran).rejects.toMatchObject({ message: 'The request had not ended after 8.5 s' });
	});

	it('cancels once, if you want that', async () => {
		const options = { timeoutMs: 90_000, cancelOnTimeout: true };
		const { fake, host, ran } = running({ runMs: 3_600_000 }, options);
		await expect(ran).rejects.toMatchObject({
			code: 'timed_out',
			...REF,
			details: { cancel: 'cancellation_requested' },
			hint: expect.stringContaining('accepted'),
		});
		expect(host.callsOf('cancel').length).toBe(1);
		expect(fake.wasCanceled()).toBe(true);
	});

	it('makes a last status call, which may find the end', async () => {
		const { host, ran } = running({ runMs: 89_999 }, { timeoutMs: 90_000 });
		expect((await ran).status).toBe('succeeded');
		expect(host.now() - EPOCH).toBe(90_000);
	});

	it('reads the result a last time, past a frozen status', async () => {
		const { ran } = running({ runMs: 5_000, says: () => 'in_progress' }, { timeoutMs: 6_000 });
		expect((await ran).status).toBe('succeeded');
	});

	it('ends a request whose result never comes', async () => {
		const { host, ran } = running({ resultLagMs: Infinity }, { timeoutMs: 60_000 });
		await expect(ran).rejects.toMatchObject({
			code: 'timed_out',
			...REF,
			message: 'The request has ended, but its result had not arrived after 60 s',
			hint: 'The request has ended: fetch its result by its request id.',
		});
		expect(host.now() - EPOCH).toBe(60_000);
	});

	it.each([
		['a status call that hangs', { delayMs: Infinity }],
		['an outage', failure('ECONNREFUSED')],
		['a long Retry-After', { status: 503, headers: { 'retry-after': '800' } }],
	])('is not overrun by %s', async (_what, reply) => {
		const { host, ran } = running(
			{ instead: ({ leaf }) => (leaf === 'status' ? reply : undefined) },
			{ timeoutMs: 30_000 },
		);
		await expect(ran).rejects.toMatchObject({ code: 'timed_out', ...REF });
		expect(host.now() - EPOCH).toBeLessThanOrEqual(35_000);
	});

	it('counts from the submit, also a slow one', async () => {
		const { host, ran } = running(
			{ submitDelayMs: 20_000, runMs: Infinity },
			{ timeoutMs: 30_000 },
		);
		await expect(ran).rejects.toMatchObject({ code: 'timed_out', ...REF });
		expect(host.now() - EPOCH).toBe(30_000);
	});

	it.each([
		['a long Retry-After', json({}, 429, { 'retry-after': '100' }), 'rate_limited'],
		['a host that is not there', failure('ECONNREFUSED'), 'service_unavailable'],
	])(
		'is not overrun by a submit that waits for %s: no attempt begins after it',
		async (_what, reply, code) => {
			const { host, ran } = running(
				{ instead: ({ at }) => (at < EPOCH + 5_000 ? reply : undefined) },
				{ timeoutMs: 1_000 },
			);
			await expect(ran).rejects.toMatchObject({ code });
			expect(host.now() - EPOCH).toBeLessThanOrEqual(1_000);
		},
	);

	it.each([0, 2 ** 32])('of %i, or longer than a timer can hold, means none', async (timeoutMs) => {
		const { client } = clientOf(fakeJob({ runMs: 60_000 }).script, { latencyMs: 10 });
		// A longer sleep than that would end at once on a real clock.
		const sleep = jest.spyOn(client.host, 'sleep');
		expect((await run(client, INPUT, { timeoutMs })).status).toBe('succeeded');
		expect(Math.max(...sleep.mock.calls.map(([ms]) => ms))).toBeLessThan(2 ** 31);
	});
});

describe('a deadline that has passed before the watch begins', () => {
	it('still allows a status call: if the run has ended you get its result', async () => {
		const { client } = clientOf(fakeJob().script);
		const options = { submittedAt: EPOCH - 3_600_000, timeoutMs: 60_000 };
		expect((await attach(client, REF, options)).status).toBe('succeeded');
	});

	it('counts from now if the clock was set back behind the submit', async () => {
		const { client, host } = clientOf(json({ status: 'in_progress' }));
		const options = { submittedAt: EPOCH + 3_600_000, timeoutMs: 60_000 };
		await expect(attach(client, REF, options)).rejects.toMatchObject({ code: 'timed_out' });
		expect(host.clock.now()).toBeLessThan(EPOCH + 70_000);
	});
});
