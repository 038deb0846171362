// One request from plan to end: the receipt kept at each step, who may cancel, and the state after a stop.
import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
	attachedReceipt,
	canceledReceipt,
	type CancelVerdict,
	plannedReceipt,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	RunComfyError,
	type SubmitInput,
} from '../../../core/index';
import { acceptedReceipt, submittingReceipt } from '../../../core/request/receipt.ts';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';

const INPUT = { deploymentId: REF.deploymentId };
const PLANNED = plannedReceipt(INPUT, EPOCH);
const ACCEPTED = acceptedReceipt(PLANNED, { request_id: REF.requestId, status: 'in_queue' }, EPOCH);

interface Given extends Partial<PursuitOptions> {
	receipt?: Receipt;
	job?: FakeJobOptions;
}

function pursue({ receipt = PLANNED, job = {}, ...options }: Given) {
	const fake = fakeJob(job);
	const { client, host, clock } = clientOf(fake.script);
	const kept: Receipt[] = [];
	const leaving = new AbortController();
	const asked: string[] = [];
	const pursuit = new Pursuit(client, receipt, {
		input: () => INPUT,
		leave: leaving.signal,
		...options,
		keep(one) {
			kept.push(one);
			return options.keep?.(one);
		},
		cancels(why) {
			asked.push(why);
			return options.cancels?.(why) ?? false;
		},
	});
	const at = (ms: number, work: () => void) => void clock.sleep(ms).then(work);
	return {
		pursuit,
		kept,
		asked,
		host,
		fake,
		at,
		leave: () => leaving.abort(),
		signal: leaving.signal,
	};
}

const ended = (pursuit: Pursuit) =>
	pursuit.ended().then(
		(result) => result,
		(error: unknown) => error as RunComfyError,
	);

/** The distinct steps that were kept, in order. */
const steps = (kept: readonly Receipt[]) =>
	kept
		.map(({ state, cancel, end }) =>
			[state, cancel && `${cancel.by} ${cancel.verdict ?? 'asked'}`, end?.code]
				.filter(Boolean)
				.join(', '),
		)
		.filter((step, number, all) => step !== all[number - 1]);

describe('what a host keeps', () => {
	it('is each step, with what RunComfy has said and what was seen', async () => {
		const { pursuit, kept } = pursue({ job: { queueMs: 3_000, runMs: 3_000 } });
		expect(await ended(pursuit)).toMatchObject({ status: 'succeeded', request_id: 'req-1' });
		expect(steps(kept)).toEqual(['submitting', 'accepted']);
		expect(kept[1]).toMatchObject({ ids: REF, answer: { request_id: 'req-1' } });
		const seen = { state: 'completed', underWayAt: expect.any(Number), result: 'succeeded' };
		expect(kept.at(-1)?.seen).toMatchObject(seen);
	});

	it('is asked for before each attempt, which waits for it', async () => {
		const refused = json({}, 429);
		const { client, host } = clientOf(sequence(refused, json({ request_id: 'r' })));
		const seen: string[] = [];
		const pursuit = new Pursuit(client, PLANNED, {
			input: () => INPUT,
			cancels: () => false,
			async keep({ state }) {
				seen.push(`${state} after ${host.calls.length}`);
				if (state === 'submitting') await host.sleep(1_000);
			},
		});
		await pursuit.accepted();
		expect(seen).toEqual([
			...['submitting after 0', 'planned after 1', 'submitting after 1'],
			'accepted after 2',
		]);
		expect(host.calls[0]?.at).toBe(EPOCH + 1_000);
	});

	it('may refuse the submit: nothing is sent', async () => {
		const refusal = new Error('no');
		const { pursuit, host } = pursue({ keep: () => Promise.reject(refusal) });
		await expect(pursuit.ended()).rejects.toBe(refusal);
		expect(host.calls).toEqual([]);
	});

	it('may fail later: the error names the request, which goes on', async () => {
		const keep = ({ state }: Receipt) => {
			if (state === 'accepted') throw new Error('disk full');
		};
		const { pursuit, host } = pursue({ keep, cancels: () => true });
		expect(await ended(pursuit)).toMatchObject({ message: 'disk full', ...REF });
		expect(host.calls.map(({ leaf }) => leaf)).toEqual(['inference']);
	});

	it('may reject later, and that ends neither the wait nor the process', async () => {
		const keep = async ({ state }: Receipt) => {
			if (state === 'accepted') throw new Error('disk full');
		};
		expect(await ended(pursue({ keep }).pursuit)).toMatchObject({ status: 'succeeded' });
	});

	it('is a request that an answer names beside its error, and that is not watched', async () => {
		const beside = () => json({ error_code: 10002, request_id: 'r' });
		const { pursuit, kept, host } = pursue({ job: { instead: beside } });
		const error = { code: 'deployment_disabled', requestId: 'r' };
		expect(await ended(pursuit)).toMatchObject(error);
		expect(steps(kept)).toEqual(['submitting', 'accepted']);
		expect(host.calls).toHaveLength(1);
	});

	it.each([3_000, 60_000])(
		'is a request that an answer names beside its error %i ms after a stop, and that is canceled',
		async (delayMs) => {
			const beside = { ...json({ error_code: 10002, request_id: 'r' }), delayMs };
			const one = pursue({
				job: { instead: ({ leaf }) => (leaf === 'inference' ? beside : undefined) },
				cancels: () => true,
			});
			one.at(1_000, one.leave);
			await ended(one.pursuit);
			await one.host.sleep(600_000);
			expect(one.kept.at(-1)).toMatchObject({ state: 'accepted', ids: { requestId: 'r' } });
			expect(one.host.callsOf('cancel')).toHaveLength(1);
		},
	);

	it.each<[string, Reply | Error, string[]]>([
		['that was refused is planned', json({ error_code: 10001 }), ['submitting', 'planned']],
		[
			'of which nobody knows has an end',
			failure('ECONNRESET'),
			['submitting', 'submitting, submit_unconfirmed'],
		],
	])('of a submit %s', async (_what, reply, expected) => {
		const { pursuit, kept } = pursue({ job: { instead: () => reply } });
		await ended(pursuit);
		expect(steps(kept)).toEqual(expected);
	});

	it('is planned again, with how long to wait, if a submit that is sent once is refused for now', async () => {
		const busy = () => json({}, 429, { 'retry-after': '7' });
		const { pursuit, kept, host } = pursue({ job: { instead: busy }, sendsOnce: true });
		expect(await ended(pursuit)).toMatchObject({ code: 'rate_limited', requestId: undefined });
		expect(pursuit.refusal?.retryAfterMs).toBe(7_000);
		expect(steps(kept)).toEqual(['submitting', 'planned']);
		expect(host.calls).toHaveLength(1);
	});

	it('names the target once the input is read', async () => {
		const result = { status: 'failed', error: 'x' };
		const one = pursue({ receipt: plannedReceipt({}, EPOCH), job: { result } });
		expect(await ended(one.pursuit)).toMatchObject({ code: 'run_failed', ...REF });
		expect([one.kept[0]?.ids, one.kept.at(-1)?.ids]).toEqual([INPUT, REF]);
	});

	it('may fail at a cancel, which is still sent', async () => {
		const keep = ({ cancel }: Receipt) => {
			if (cancel && !cancel.verdict) throw new Error('disk full');
		};
		const one = pursue({ receipt: ACCEPTED, job: { runMs: 1e6 }, keep });
		one.at(1_000, () => {
			expect(() => one.pursuit.cancel('flow')).toThrow('disk full');
		});
		expect(await ended(one.pursuit)).toMatchObject({ code: 'run_canceled' });
		expect(one.fake.wasCanceled()).toBe(true);
	});

	it('is the end of a run that failed, and not that of a wait', async () => {
		const failed = pursue({ job: { result: { status: 'failed', error: 'x' } } });
		expect(await ended(failed.pursuit)).toMatchObject({ code: 'run_failed' });
		expect(failed.kept.at(-1)?.end).toMatchObject({ code: 'run_failed', ...REF });
		const late = pursue({ job: { runMs: 1e6 }, timeoutMs: 5_000 });
		expect(await ended(late.pursuit)).toMatchObject({ code: 'timed_out' });
		expect(late.kept.at(-1)?.end).toBeUndefined();
	});
});

describe('a cancel', () => {
	const canceled = (job: FakeJobOptions, atMs: number, more: Given = {}) => {
		const one = pursue({ job: { runMs: 1e6, ...job }, ...more });
		one.at(atMs, () => one.pursuit.cancel('flow'));
		return one;
	};

	it('before the submit may go: nothing is sent, and it is planned again', async () => {
		let go = () => undefined as void;
		const gate = new Promise<void>((resolve) => {
			go = resolve;
		});
		const one = pursue({ keep: ({ state }) => (state === 'submitting' ? gate : undefined) });
		one.at(1_000, () => {
			one.pursuit.cancel('flow');
			go();
		});
		expect(await ended(one.pursuit)).toMatchObject({
			code: 'run_canceled',
			deploymentId: 'dep-1',
			requestId: undefined,
		});
		expect(one.host.calls).toEqual([]);
		expect(steps(one.kept)).toEqual(['submitting', 'planned, flow asked']);
	});

	it('while it is refused for now: it is not sent again', async () => {
		const busy = () => json({}, 429, { 'retry-after': '60' });
		const one = canceled({ instead: busy }, 5_000);
		expect(await ended(one.pursuit)).toMatchObject({ code: 'run_canceled' });
		expect(one.host.calls).toHaveLength(1);
		expect(one.host.now()).toBe(EPOCH + 5_000);
	});

	it('before its pursuit began: nothing is read, and it is not sent', async () => {
		const receipt = canceledReceipt(PLANNED, 'flow', EPOCH);
		const input = () => Promise.reject(new Error('it was read'));
		const { pursuit, host, kept } = pursue({ receipt, input });
		expect(await ended(pursuit)).toMatchObject({ code: 'run_canceled' });
		expect([host.calls, kept]).toEqual([[], []]);
	});

	it.each<[string, () => SubmitInput]>([
		['', () => INPUT],
		[
			', and stops that',
			() => {
				throw new RunComfyError('aborted', 'The run was stopped');
			},
		],
	])('while the input is read%s: it is not sent', async (_what, read) => {
		const one = pursue({ input: () => one.host.sleep(1_000).then(read) });
		one.at(500, () => one.pursuit.cancel('flow'));
		expect(await ended(one.pursuit)).toMatchObject({ code: 'run_canceled' });
		expect(one.host.calls).toEqual([]);
		expect(steps(one.kept)).toEqual(['planned, flow asked']);
	});

	it('during the submit: it is asked for once the answer has come', async () => {
		const one = canceled({ submitDelayMs: 3_000 }, 1_000);
		expect(await ended(one.pursuit)).toMatchObject({
			code: 'run_canceled',
			...REF,
			details: { cancel: 'cancellation_requested' },
		});
		expect(one.host.callsOf('cancel').map(({ at }) => at - EPOCH)).toEqual([3_000]);
		expect(one.pursuit.receipt.at).toBe(EPOCH + 3_000);
	});

	it.each<[string, Given, (one: ReturnType<typeof pursue>) => void, string]>([
		['a cancel', {}, (one) => one.pursuit.cancel('flow'), 'flow cancellation_requested'],
		['a stop', { cancels: () => true }, (one) => one.leave(), 'left cancellation_requested'],
	])('or %s, during a submit that nobody watches: it is sent', async (_what, more, stop, said) => {
		const one = pursue({ job: { runMs: 1e6, submitDelayMs: 3_000 }, ...more });
		one.at(1_000, () => stop(one));
		await expect(one.pursuit.accepted()).resolves.toMatchObject({ request_id: 'req-1' });
		expect(steps(one.kept).at(-1)).toBe(`accepted, ${said}`);
		expect(one.fake.wasCanceled()).toBe(true);
	});

	it('during a submit that is answered late: it is sent then, whatever the host would say', async () => {
		const one = canceled({ submitDelayMs: 60_000 }, 1_000);
		expect(await ended(one.pursuit)).toMatchObject({ details: { submit: 'unconfirmed' } });
		expect(one.kept.at(-1)?.end).toBeUndefined();
		await one.host.sleep(600_000);
		expect(one.fake.wasCanceled()).toBe(true);
		expect(one.pursuit.receipt).toMatchObject({
			state: 'accepted',
			cancel: { by: 'flow', verdict: 'cancellation_requested' },
		});
		expect(one.asked).toEqual([]);
	});

	it('of what runs: the end is watched', async () => {
		const one = canceled({}, 7_000);
		expect(await ended(one.pursuit)).toMatchObject({
			code: 'run_canceled',
			...REF,
			details: { cancel: 'cancellation_requested' },
		});
		expect(steps(one.kept)).toEqual([
			...['submitting', 'accepted', 'accepted, flow asked'],
			'accepted, flow cancellation_requested',
			'accepted, flow cancellation_requested, run_canceled',
		]);
		expect(one.asked).toEqual([]);
		const answered = one.kept.findIndex(({ cancel }) => cancel?.verdict);
		expect(one.kept[answered]?.seen).toEqual(one.kept[answered - 1]?.seen);
	});

	const answers = (...said: Reply[]): FakeJobOptions => {
		let number = 0;
		return {
			instead: ({ leaf }) =>
				leaf === 'cancel' ? said[Math.min((number += 1), said.length) - 1] : undefined,
		};
	};
	const REFUSED = json({ status: 'not_cancellable' });

	it('that RunComfy accepts is given a minute', async () => {
		const one = canceled(answers(json({ status: 'cancellation_requested' })), 7_000);
		one.at(30_000, () => one.pursuit.cancel('flow', 'cancellation_requested'));
		expect(await ended(one.pursuit)).toMatchObject({
			code: 'run_canceled',
			message: expect.stringContaining('has not said that the request has ended'),
		});
		expect(one.host.now()).toBe(EPOCH + 67_000);
		expect(one.kept.at(-1)?.end).toMatchObject({ code: 'run_canceled' });
	});

	it('that RunComfy refuses: the wait goes on to its own end', async () => {
		const one = canceled({ ...answers(REFUSED), runMs: 30_000 }, 7_000);
		expect(await ended(one.pursuit)).toMatchObject({ status: 'succeeded' });
		expect(one.kept.at(-1)?.cancel).toMatchObject({ verdict: 'not_cancellable' });
		const late = canceled(answers(REFUSED), 7_000, { timeoutMs: 20_000 });
		expect(await ended(late.pursuit)).toMatchObject({
			code: 'timed_out',
			details: { cancel: 'not_cancellable' },
		});
		expect(late.host.now()).toBe(EPOCH + 20_000);
	});

	it('that is answered says since when, so that one can tell what was seen later', async () => {
		const one = canceled({ ...answers({ ...REFUSED, delayMs: 3_000 }), runMs: 30_000 }, 7_000);
		await ended(one.pursuit);
		const answeredAt = EPOCH + 10_000;
		expect(one.kept.find(({ cancel }) => cancel?.verdict)?.cancel?.answeredAt).toBe(answeredAt);
		expect(one.kept.some(({ seen }) => (seen?.underWayAt ?? 0) > answeredAt)).toBe(true);
		const elsewhere = canceledReceipt(ACCEPTED, 'flow', EPOCH + 5, 'no answer');
		expect(elsewhere.cancel?.answeredAt).toBe(EPOCH + 5);
		const again = canceledReceipt(elsewhere, 'flow', EPOCH + 9);
		expect(again.cancel).toEqual({ by: 'flow', at: EPOCH + 5 });
	});

	it('that was answered is not asked for again, and a flow explains it', async () => {
		const one = canceled({ ...answers(REFUSED), runMs: 30_000 }, 7_000);
		one.at(9_000, () => one.pursuit.cancel('left'));
		await ended(one.pursuit);
		expect(one.host.callsOf('cancel')).toHaveLength(1);
		expect(one.pursuit.receipt.cancel).toEqual({
			by: 'flow',
			at: EPOCH + 7_000,
			verdict: 'not_cancellable',
			answeredAt: EPOCH + 7_000,
		});
	});

	it.each<[string, FakeJobOptions, number]>([
		['while its own is on the way', answers({ ...REFUSED, delayMs: 3_000 }), 64_000],
		['after its own was refused', answers(REFUSED), 62_000],
	])('that somebody else has had accepted %s counts', async (_when, job, endsAt) => {
		const one = canceled(job, 1_000);
		one.at(2_000, () => one.pursuit.cancel('flow', 'cancellation_requested'));
		expect(await ended(one.pursuit)).toMatchObject({
			code: 'run_canceled',
			details: { cancel: 'cancellation_requested' },
		});
		expect(one.host.now()).toBe(EPOCH + endsAt);
	});

	it('that is accepted ends as canceled, even if RunComfy then refuses to say how the request ended', async () => {
		const one = canceled(
			{
				instead: ({ leaf, at }) =>
					leaf !== 'cancel' && at > EPOCH + 7_000 ? { status: 409 } : undefined,
			},
			7_000,
		);
		expect(await ended(one.pursuit)).toMatchObject({ code: 'run_canceled', ...REF });
	});

	it('before the first look: a stray refusal of that is no reason to give up', async () => {
		let looks = 0;
		const one = canceled(
			{
				runMs: 20_000,
				submitDelayMs: 1_000,
				instead({ leaf }) {
					if (leaf === 'cancel') return REFUSED;
					return leaf === 'status' && (looks += 1) === 1 ? json({}, 401) : undefined;
				},
			},
			500,
		);
		expect(await ended(one.pursuit)).toMatchObject({ status: 'succeeded' });
	});

	it('without an answer is repeated, and the next one is sent, too', async () => {
		const lost = { delayMs: Infinity };
		const one = canceled(answers(lost), 7_000);
		one.at(500_000, () => one.pursuit.cancel('flow'));
		one.at(900_000, () => one.leave());
		await ended(one.pursuit);
		const times = one.host.callsOf('cancel').map(({ at }) => at - EPOCH);
		expect(times[1]).toBeLessThanOrEqual(7_000 + 10_000 + 500);
		expect(times.filter((ms) => ms < 500_000).length).toBeGreaterThan(1);
		expect(times.filter((ms) => ms >= 500_000).length).toBeGreaterThan(1);
		expect(steps(one.kept)).toContain('accepted, flow no answer');
	});

	it.each<CancelVerdict>(['unknown', 'no answer'])(
		'after one that came to %s is sent',
		async (verdict) => {
			const receipt = canceledReceipt(ACCEPTED, 'left', EPOCH, verdict);
			const one = canceled({}, 5_000, { receipt });
			expect(await ended(one.pursuit)).toMatchObject({ code: 'run_canceled' });
			expect(one.host.callsOf('cancel').map(({ at }) => at - EPOCH)).toEqual([5_000]);
		},
	);

	it('that somebody else has asked for is not asked for again', async () => {
		const one = pursue({ job: { runMs: 30_000 } });
		one.at(7_000, () => one.pursuit.cancel('flow', 'cancellation_requested'));
		expect(await ended(one.pursuit)).toMatchObject({ status: 'succeeded' });
		expect(one.host.callsOf('cancel')).toEqual([]);
	});
});

describe('a host that leaves', () => {
	it.each([
		[true, ['accepted', 'accepted, left cancellation_requested'], 1, 'is being canceled'],
		[false, ['accepted'], 0, 'goes on'],
	])('is asked whether to cancel what runs (%s)', async (cancels, expected, calls, said) => {
		const one = pursue({ receipt: ACCEPTED, job: { runMs: 1e6 }, cancels: () => cancels });
		one.at(7_000, one.leave);
		const hint = expect.stringContaining(said);
		expect(await ended(one.pursuit)).toMatchObject({ code: 'aborted', hint, ...REF });
		expect(steps(one.kept)).toEqual(expected);
		expect(one.host.callsOf('cancel')).toHaveLength(calls);
		expect(one.asked).toEqual(['left']);
	});

	it.each<[CancelVerdict | undefined, string[]]>([
		[undefined, []],
		['no answer', ['left']],
	])('asks for a cancel that has no answer yet (%s)', async (verdict, asked) => {
		const receipt = canceledReceipt(ACCEPTED, 'flow', EPOCH, verdict);
		const one = pursue({ receipt, job: { runMs: 1e6 } });
		one.leave();
		await ended(one.pursuit);
		expect(one.asked).toEqual(asked);
		expect(one.host.callsOf('cancel')).toHaveLength(verdict ? 0 : 1);
	});

	it.each<[boolean, CancelVerdict, number, string]>([
		[true, 'cancellation_requested', 0, 'is being canceled'],
		[true, 'not_cancellable', 1, 'is being canceled'],
		[false, 'not_cancellable', 0, 'could not be canceled'],
		[false, 'no answer', 0, 'did not confirm its cancel'],
	])('(cancels: %s) says what came of a cancel: %s', async (cancels, verdict, calls, hint) => {
		const receipt = canceledReceipt(ACCEPTED, 'flow', EPOCH, verdict);
		const one = pursue({ receipt, job: { runMs: 1e6 }, cancels: () => cancels });
		one.leave();
		expect(await ended(one.pursuit)).toMatchObject({
			code: 'aborted',
			hint: expect.stringContaining(hint),
			details: { cancel: calls ? 'cancellation_requested' : verdict },
		});
		expect(one.host.callsOf('cancel')).toHaveLength(calls);
	});

	it('cancels nothing that has ended', async () => {
		const receipt: Receipt = { ...ACCEPTED, end: { code: 'run_failed', message: 'x' } };
		const one = pursue({ receipt, cancels: () => true });
		one.leave();
		expect(await ended(one.pursuit)).toMatchObject({ hint: expect.stringContaining('has ended') });
		expect(one.host.calls).toEqual([]);
	});

	it('before a repeated attempt may go leaves it planned', async () => {
		let sent = 0;
		const one = pursue({
			job: { instead: () => ((sent += 1) === 1 ? json({}, 429) : undefined) },
			keep({ state }) {
				if (state === 'submitting' && sent === 1) one.leave();
			},
		});
		expect(await ended(one.pursuit)).toMatchObject({ code: 'aborted' });
		expect(sent).toBe(1);
		expect(one.kept.at(-1)).toMatchObject({ state: 'planned' });
	});

	it.each([
		[true, 'flow that wants it canceled', () => undefined],
		[false, 'flow that wants it to go on', () => undefined],
		[
			true,
			'disk that cannot keep it',
			() => {
				throw new Error('disk full');
			},
		],
	])(
		'gives up a slow submit, and has a late answer canceled (%s) by a %s (P8)',
		async (cancels, _why, keep) => {
			const known: unknown[] = [];
			const one = pursue({
				job: { submitDelayMs: 60_000, runMs: 1e6 },
				cancels: () => known.push(one.pursuit.receipt.ids) > 0 && cancels,
				keep: ({ state }) => (state === 'accepted' ? keep() : undefined),
			});
			one.at(1_000, one.leave);
			expect(await ended(one.pursuit)).toMatchObject({ details: { submit: 'unconfirmed' } });
			expect(one.host.now()).toBe(EPOCH + 6_000);
			await one.host.sleep(600_000);
			expect([one.asked, known]).toEqual([['late'], [REF]]);
			expect(one.fake.wasCanceled()).toBe(cancels);
			const { cancel } = one.kept.at(-1)!;
			expect(cancel).toEqual(cancels ? expect.objectContaining({ by: 'late' }) : undefined);
		},
	);

	it('while a cancel is on its way asks once more', async () => {
		const one = pursue({ receipt: ACCEPTED, job: { runMs: 1e6, cancelDelayMs: Infinity } });
		one.at(1_000, () => one.pursuit.cancel('flow'));
		one.at(3_000, one.leave);
		expect(await ended(one.pursuit)).toMatchObject({ details: { cancel: 'no answer' } });
		expect(one.host.now()).toBe(EPOCH + 8_000);
		expect(one.pursuit.receipt.cancel).toMatchObject({ by: 'flow', verdict: 'no answer' });
	});

	it('leaves no listener behind', async () => {
		const one = pursue({});
		await ended(one.pursuit);
		expect(getEventListeners(one.signal, 'abort')).toEqual([]);
	});
});

describe('its results', () => {
	it('is the result with its times', async () => {
		let statusCalls = 0;
		const one = pursue({
			job: { queueMs: 4_000, runMs: 20_000, submitDelayMs: 700, result: { instance_id: 'i' } },
			onStatus: () => (statusCalls += 1),
		});
		expect(await ended(one.pursuit)).toMatchObject({
			request_id: 'req-1',
			deployment_id: 'dep-1',
			status: 'succeeded',
			instance_id: 'i',
			timings: {
				submitted_at: new Date(EPOCH).toISOString(),
				queued_ms: expect.any(Number),
				run_ms: expect.any(Number),
				total_ms: Math.round(one.host.monotonic()),
				status_calls: statusCalls,
			},
		});
		// The submit took 700 ms, and the first status call follows two seconds after its answer.
		expect(one.host.callsOf('status')[0]?.at).toBe(EPOCH + 2_700);
	});

	it.each<[string, Partial<FakeJobOptions>, object]>([
		[
			'by RunComfy’s clock',
			{},
			{ started_at: new Date(EPOCH + 5_880).toISOString(), queued_ms: 5_880, run_ms: 29_120 },
		],
		['by this clock', { timestamps: false }, { queued_ms: 5_880, run_ms: 30_000 }],
		['of which no call saw the run', { queueMs: 2_500, runMs: 100 }, { total_ms: 3_000 }],
	])('tell how long it took, %s', async (_by, job, timings) => {
		const one = pursue({ job: { queueMs: 5_000, runMs: 30_000, ...job } });
		const times = (await one.pursuit.ended()).timings;
		expect(times).toMatchObject(timings);
		expect('run_ms' in times).toBe('run_ms' in timings);
	});

	it('tell how long it took in all, over two processes', async () => {
		const { script } = fakeJob({ queueMs: 5_000, runMs: 30_000 });
		const seen = { queuedAt: EPOCH + 4_200, runningAt: EPOCH + 5_880, polledAt: EPOCH, polls: 3 };
		const { client, host } = clientOf(script);
		await host.sleep(40_000);
		const pursuit = new Pursuit(client, { ...ACCEPTED, seen }, { keep() {}, cancels: () => false });
		expect((await pursuit.ended()).timings).toMatchObject({
			started_at: new Date(EPOCH + 5_880).toISOString(),
			queued_ms: 5_880,
			run_ms: 29_120,
			status_calls: 4,
		});
	});

	it('of a request that was submitted elsewhere never comes from a submit (P6)', async () => {
		const receipt = attachedReceipt({ deploymentId: ' dep-1 ', requestId: ' req-1\n' }, EPOCH);
		const { pursuit, host } = pursue({ receipt });
		expect(await ended(pursuit)).toMatchObject({ request_id: 'req-1', deployment_id: 'dep-1' });
		expect(host.calls.map(({ leaf }) => leaf)).toEqual(['status', 'result']);
		expect(host.now()).toBe(EPOCH);
	});

	it('of a run that failed names the node as the workflow does', async () => {
		const error = [{ error: 'OutOfMemory', details: 'node 56 KSampler: no room' }];
		const node = { class_type: 'KSamplerAdvanced', inputs: {}, _meta: { title: 'Sampler 2' } };
		const job = { result: { status: 'failed', error } };
		const { pursuit } = pursue({ job, workflow: { 56: node } });
		expect(await ended(pursuit)).toMatchObject({
			code: 'run_failed',
			...REF,
			message: 'The run failed: node 56 "Sampler 2" KSamplerAdvanced: OutOfMemory, no room',
			details: { node: { id: '56', class_type: 'KSamplerAdvanced', title: 'Sampler 2' } },
		});
	});

	it.each([
		['status', 'goes on at RunComfy. Fetch its result later by its request id.'],
		['result', 'has ended. Fetch its result by its request id.'],
	])('if no %s can be read says that the request %s (P10)', async (which, fate) => {
		const instead: FakeJobOptions['instead'] = ({ leaf }) =>
			leaf === which ? failure('ENETDOWN') : undefined;
		const { pursuit, host } = pursue({ job: { instead } });
		const error = (await ended(pursuit)) as RunComfyError;
		expect(error).toMatchObject({ code: 'service_unavailable', ...REF });
		expect(error.hint.endsWith(` The request ${fate}`)).toBe(true);
		expect(host.now() - EPOCH).toBeGreaterThan(200_000);
		expect(host.now() - EPOCH).toBeLessThan(310_000);
	});

	it('of a request that is not found does not say that it goes on', async () => {
		const { pursuit } = pursue({ receipt: ACCEPTED, job: { hiddenMs: Infinity } });
		const hint = expect.stringMatching(/^(?!.*goes on)Check the ids: /);
		expect(await ended(pursuit)).toMatchObject({ code: 'not_found', ...REF, hint });
	});

	it('if the result never comes says where it would be', async () => {
		const { pursuit } = pursue({ job: { resultLagMs: Infinity } });
		expect(await ended(pursuit)).toMatchObject({
			code: 'output_unavailable',
			...REF,
			hint: 'It may still come. The request has ended. Fetch its result by its request id.',
		});
	});
});

describe('its time', () => {
	it('counts from when the submit may go', async () => {
		const one = pursue({
			job: { runMs: 1e6 },
			timeoutMs: 10_000,
			keep: ({ state }) => (state === 'submitting' ? one.host.sleep(50_000) : undefined),
		});
		expect(await ended(one.pursuit)).toMatchObject({ code: 'timed_out' });
		expect(one.host.now()).toBe(EPOCH + 60_000);
	});

	it('of attempts that are refused goes on with the next one', async () => {
		const busy = json({}, 429, { 'retry-after': '3' });
		let sent = 0;
		const one = pursue({
			job: {
				runMs: 1e6,
				instead: ({ leaf }) => (leaf === 'inference' && (sent += 1) === 1 ? busy : undefined),
			},
			timeoutMs: 10_000,
		});
		expect(await ended(one.pursuit)).toMatchObject({ code: 'timed_out' });
		expect(sent).toBe(2);
		expect(one.host.now()).toBe(EPOCH + 10_000);
	});

	it('is not waited beyond for the next attempt', async () => {
		const busy = () => json({}, 429, { 'retry-after': '60' });
		const one = pursue({ job: { instead: busy }, timeoutMs: 5_000 });
		expect(await ended(one.pursuit)).toMatchObject({ code: 'rate_limited' });
		expect(one.host.now()).toBe(EPOCH);
	});

	it.each<[string, Receipt, number | undefined]>([
		['was held back', PLANNED, 50_000],
		['is accepted', ACCEPTED, 0],
		['is attached', attachedReceipt(REF, EPOCH), undefined],
	])('in the result of what %s is the submit’s', async (_what, receipt, submittedMs) => {
		const one = pursue({
			receipt,
			job: { runMs: 4_000 },
			waitsFrom: receipt === ACCEPTED ? EPOCH - 3_000 : undefined,
			keep: ({ state }) => (state === 'submitting' ? one.host.sleep(50_000) : undefined),
		});
		const { timings } = await one.pursuit.ended();
		const at = submittedMs === undefined ? undefined : new Date(EPOCH + submittedMs).toISOString();
		expect(timings.submitted_at).toBe(at);
		expect(timings.total_ms).toBe(one.host.now() - EPOCH - (submittedMs ?? 0));
	});

	it.each([
		['accepted', undefined, 10_000],
		['accepted', EPOCH - 3_000, 7_000],
		['attached', undefined, 10_000],
	])('of a request that is %s, from %p, ends after %i ms', async (state, waitsFrom, endsAt) => {
		const receipt = state === 'attached' ? attachedReceipt(REF, EPOCH) : ACCEPTED;
		const one = pursue({ receipt, job: { runMs: 1e6 }, timeoutMs: 10_000, waitsFrom });
		await one.host.sleep(2_000);
		await ended(one.pursuit);
		expect(one.host.now()).toBe(EPOCH + endsAt);
	});

	it('cancels at its end if the host says so', async () => {
		const one = pursue({ job: { runMs: 1e6 }, timeoutMs: 10_000, cancels: () => true });
		expect(await ended(one.pursuit)).toMatchObject({ code: 'timed_out' });
		expect(one.asked).toEqual(['timeout']);
		expect(steps(one.kept).at(-1)).toBe('accepted, timeout cancellation_requested');
	});
});

describe('from a disk', () => {
	it('what is accepted is not submitted again, nor canceled (P3)', async () => {
		const receipt = canceledReceipt(ACCEPTED, 'left', EPOCH, 'not_cancellable');
		const one = pursue({ receipt, cancels: () => true });
		await expect(one.pursuit.accepted()).resolves.toEqual(ACCEPTED.answer);
		expect([one.host.calls, one.kept]).toEqual([[], []]);
	});

	it('what may have been submitted is never submitted again (P3)', async () => {
		const one = pursue({ receipt: submittingReceipt(PLANNED, EPOCH) });
		const unconfirmed = { code: 'submit_unconfirmed', deploymentId: 'dep-1' };
		expect(await ended(one.pursuit)).toMatchObject(unconfirmed);
		expect(one.host.calls).toEqual([]);
		expect(one.pursuit.receipt).toMatchObject({ state: 'submitting', end: unconfirmed });
	});
});

it('reads the result of an ended request again, without a status call', async () => {
	const receipt = { ...ACCEPTED, end: { code: 'output_unavailable' as const, message: 'x' } };
	const one = pursue({ receipt });
	expect(await ended(one.pursuit)).toMatchObject({ status: 'succeeded' });
	expect(one.host.calls.map(({ leaf }) => leaf)).toEqual(['result']);
});
