// When a timeout ends a wait, and the last checks before that.
import { describe, expect, it, jest } from '@jest/globals';
import { plannedReceipt, Pursuit } from '../../core/index';
import { acceptedReceipt } from '../../core/request/receipt.ts';
import { run } from '../support/pursued.mts';
import { EPOCH } from '../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from './support/fakeJob.mts';
import {
	clientOf,
	failure,
	json,
	type Reply,
	type VirtualHostOptions,
} from './support/virtualHost.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const INPUT = { deploymentId: REF.deploymentId };

function running(job: FakeJobOptions, timeoutMs: number, more: VirtualHostOptions = {}) {
	const { client, host } = clientOf(fakeJob(job).script, more);
	return { host, ran: run(client, INPUT, { timeoutMs }) };
}

/** Waits for a request submitted at this time, in milliseconds since the epoch. */
function waiting(reply: Reply | FakeJobOptions, at: number, timeoutMs: number, more = {}) {
	const script = 'body' in reply ? reply : fakeJob(reply as FakeJobOptions).script;
	const { client, host } = clientOf(script, more);
	const receipt = acceptedReceipt(
		plannedReceipt(INPUT, at),
		{ request_id: REF.requestId, status: 'in_queue' },
		at,
	);
	const own = { keep: () => undefined, cancels: () => false, timeoutMs };
	return { host, ran: new Pursuit(client, receipt, own).ended() };
}

describe('a timeout', () => {
	it('ends the wait with the request id, and does not cancel', async () => {
		const { host, ran } = running({ runMs: HOUR }, 90_000);
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
		const { ran } = running({ runMs: HOUR }, 8_500, { latencyMs: 700 });
		await expect(ran).rejects.toMatchObject({ message: 'The request had not ended after 8.5 s' });
	});

	it('makes a last status call, which may find the end', async () => {
		const { host, ran } = running({ runMs: 89_999 }, 90_000);
		expect((await ran).status).toBe('succeeded');
		expect(host.now() - EPOCH).toBe(90_000);
	});

	it('reads the result a last time, past a frozen status', async () => {
		const { ran } = running({ runMs: 5_000, says: () => 'in_progress' }, 6_000);
		expect((await ran).status).toBe('succeeded');
	});

	it('ends a request whose result never comes', async () => {
		const { host, ran } = running({ resultLagMs: Infinity }, 60_000);
		await expect(ran).rejects.toMatchObject({
			code: 'timed_out',
			...REF,
			message: 'The request ended, but its result had not arrived after 60 s',
			hint: 'The request has ended. Fetch its result by its request id.',
		});
		expect(host.now() - EPOCH).toBe(60_000);
	});

	it.each([
		['a status call that hangs', { delayMs: Infinity }],
		['an outage', failure('ECONNREFUSED')],
		['a long Retry-After', { status: 503, headers: { 'retry-after': '200' } }],
	])('is not overrun by %s', async (_what, reply) => {
		const instead: FakeJobOptions['instead'] = ({ leaf }) =>
			leaf === 'status' ? reply : undefined;
		const { host, ran } = running({ instead }, 30_000);
		await expect(ran).rejects.toMatchObject({ code: 'timed_out', ...REF });
		expect(host.now() - EPOCH).toBeLessThanOrEqual(35_000);
	});

	it.each([0, 2 ** 32])('of %i, or longer than a timer can hold, means none', async (timeoutMs) => {
		const { client } = clientOf(fakeJob({ runMs: 60_000 }).script, { latencyMs: 10 });
		// On a real clock, a longer sleep would end at once.
		const sleep = jest.spyOn(client.host, 'sleep');
		expect((await run(client, INPUT, { timeoutMs })).status).toBe('succeeded');
		expect(Math.max(...sleep.mock.calls.map(([ms]) => ms))).toBeLessThan(2 ** 31);
	});
});

describe('a deadline that has passed before the watch begins', () => {
	it('still allows a status call: if the run has ended you get its result', async () => {
		expect((await waiting({}, EPOCH - HOUR, MINUTE).ran).status).toBe('succeeded');
	});

	it('counts from now if the clock was set back behind the submit', async () => {
		const { host, ran } = waiting(json({ status: 'in_progress' }), EPOCH + HOUR, MINUTE);
		await expect(ran).rejects.toMatchObject({ code: 'timed_out' });
		expect(host.clock.now()).toBeLessThan(EPOCH + 70_000);
	});
});
