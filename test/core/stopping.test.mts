// Stopping a run, a submit or a single call: what is canceled, and that no paid request gets lost.
import { describe, expect, it } from '@jest/globals';
import { type PursuitOptions, type RunComfyError, sendLastCancel } from '../../core/index';
import { LAST_CANCEL_MS } from '../../core/request/end';
import { pursuitOf } from '../support/pursued.mts';
import { EPOCH } from '../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from './support/fakeJob.mts';
import {
	clientOf,
	errorOf,
	failure,
	json,
	type Reply,
	type VirtualHost,
} from './support/virtualHost.mts';

const INPUT = { deploymentId: REF.deploymentId };

/** Stops a run after `abortAt` milliseconds, on a host that wants its requests canceled. */
async function stopped(
	job: FakeJobOptions,
	abortAt: number,
	options: Partial<PursuitOptions> = {},
	deaf = false,
) {
	const fake = fakeJob(job);
	const { client, host } = clientOf(fake.script, { deaf });
	const abort = new AbortController();
	if (abortAt <= 0) abort.abort();
	else void host.clock.sleep(abortAt).then(() => abort.abort());
	const own = { leave: abort.signal, cancels: () => true, ...options };
	const pursuit = pursuitOf(client, INPUT, own);
	const error: RunComfyError = await errorOf(pursuit.ended());
	return { error, host, fake, pursuit, tookMs: host.now() - EPOCH - abortAt };
}

/** Waits until all background work has ended. */
async function settle(host: VirtualHost): Promise<void> {
	await host.clock.sleep(600_000);
}

describe('stopping a run', () => {
	it('during a submit waits for its answer, and cancels the accepted request (P8)', async () => {
		const { error, host, fake } = await stopped({ submitDelayMs: 3_000, runMs: 1e6 }, 1_000);
		expect(error).toMatchObject({
			code: 'aborted',
			message: 'The run was stopped',
			...REF,
			details: { cancel: 'cancellation_requested' },
		});
		expect(fake.wasCanceled()).toBe(true);
		expect(host.callsOf('cancel').map(({ at }) => at - EPOCH)).toEqual([3_000]);
		expect(host.callsOf('status')).toEqual([]);
	});

	it('during a submit that fails late cancels nothing, and leaves no unhandled rejection (P74)', async () => {
		const { error, host } = await stopped({ submitDelayMs: Infinity }, 1_000);
		expect(error).toMatchObject({ code: 'aborted' });
		await settle(host);
		expect(host.calls.length).toBe(1);
	});

	it.each([
		['in the queue', { queueMs: 1e6 }, 7_300],
		['while it runs', { runMs: 1e6 }, 7_300],
		['at the moment of a status call', { runMs: 1e6 }, 1_000],
		['in an unknown state', { runMs: 1e6, says: () => 'odd' }, 7_300],
	])('%s cancels once, at once', async (_when, job, abortAt) => {
		const { error, host, fake, tookMs } = await stopped(job, abortAt);
		expect(error).toMatchObject({
			code: 'aborted',
			...REF,
			details: { cancel: 'cancellation_requested' },
		});
		await settle(host);
		expect(fake.wasCanceled()).toBe(true);
		expect(host.callsOf('cancel').map(({ at }) => at - EPOCH)).toEqual([abortAt]);
		expect(tookMs).toBe(0);
	});

	it.each<[string, Reply | Error, boolean]>([
		['a status call that hangs', { delayMs: 50_000 }, false],
		['a status call that hangs in a deaf host', { delayMs: 50_000 }, true],
		['an outage', failure('ECONNRESET'), false],
	])('during %s', async (_what, reply, deaf) => {
		const instead: FakeJobOptions['instead'] = ({ leaf }) =>
			leaf === 'status' ? reply : undefined;
		const { error, host, tookMs } = await stopped({ runMs: 1e6, instead }, 9_000, {}, deaf);
		expect(error).toMatchObject({ code: 'aborted', ...REF });
		expect(tookMs).toBe(0);
		expect(host.callsOf('cancel').length).toBe(1);
	});

	it('after the end, while the result is read, cancels nothing (P9)', async () => {
		const { error, host } = await stopped({ runMs: 1_000, resultLagMs: 60_000 }, 10_000);
		expect(error).toMatchObject({ code: 'aborted', ...REF, hint: expect.stringMatching(/ended/) });
		await settle(host);
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('before the submit makes no call', async () => {
		const { error, host } = await stopped({}, 0);
		expect(error).toMatchObject({ code: 'aborted', deploymentId: 'dep-1' });
		await settle(host);
		expect(host.calls).toEqual([]);
	});

	it('between two attempts of a submit makes no further one (P7)', async () => {
		const { error, host } = await stopped(
			{ instead: () => ({ status: 429, headers: { 'retry-after': '60' } }) },
			10_000,
		);
		expect(error).toMatchObject({ code: 'aborted' });
		await settle(host);
		expect(host.calls.length).toBe(1);
	});
});

describe('the cancel on the way out', () => {
	it.each([true, false])('is given five seconds (host is deaf: %s)', async (deaf) => {
		const job = { runMs: 1e6, cancelDelayMs: Infinity };
		const { error, tookMs, pursuit } = await stopped(job, 7_000, {}, deaf);
		expect(pursuit.receipt.cancel).toMatchObject({ by: 'left', verdict: 'no answer' });
		expect(error).toMatchObject({
			code: 'aborted',
			details: { cancel: 'no answer' },
			hint: expect.stringContaining('may still be running'),
		});
		expect(tookMs).toBe(LAST_CANCEL_MS);
		expect(LAST_CANCEL_MS).toBe(5_000);
	});

	it('is repeated within that time while the service is away', async () => {
		let refusals = 0;
		const { client, host } = clientOf(() => {
			refusals += 1;
			return refusals <= 2 ? { status: 502 } : json({ status: 'cancellation_requested' }, 202);
		});
		expect(await sendLastCancel(client, REF)).toBe('cancellation_requested');
		expect(host.calls.length).toBe(3);
	});

	it.each([[failure('ECONNREFUSED')], [{ status: 401 }], [{ status: 502 }], [{ body: '<html>' }]])(
		'never throws, and does not go on after that: %j',
		async (reply) => {
			const { client, host } = clientOf(reply);
			expect(await sendLastCancel(client, REF)).toBe('no answer');
			await settle(host);
			expect(host.calls.filter(({ at }) => at - EPOCH > LAST_CANCEL_MS)).toEqual([]);
			expect(host.calls[0]?.request.timeoutMs).toBe(LAST_CANCEL_MS);
		},
	);
});
