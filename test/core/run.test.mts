import { describe, expect, it } from '@jest/globals';
import {
	attach,
	type Client,
	createRunTimes,
	mapSettled,
	type Progress,
	type RetryNotice,
	run,
	type SubmitAnswer,
	type SubmitInput,
} from '../../core/index';
import { EPOCH } from '../support/virtualClock.mts';
import { fakeJob, REF } from './support/fakeJob.mts';
import { clientOf, failure, json } from './support/virtualHost.mts';

const INPUT = { deploymentId: REF.deploymentId, overrides: { 6: { inputs: { text: 'a cat' } } } };

describe('run and wait', () => {
	it('gives the result with its files, texts and times', async () => {
		const outputs = {
			9: { images: [{ url: 'https://s/o/a.png', filename: 'a.png', type: 'output' }] },
			12: { text: ['a caption'] },
			13: { images: [{ filename: 'lost.png' }] },
		};
		const fake = fakeJob({
			queueMs: 4_000,
			runMs: 20_000,
			submitDelayMs: 700,
			result: { outputs, instance_id: 'i' },
		});
		const { client, host } = clientOf(fake.script);
		const submitted: SubmitAnswer[] = [];
		const progress: Progress[] = [];
		const result = await run(client, INPUT, {
			onSubmitted: (answer) => submitted.push(answer),
			onProgress: (one) => progress.push(one),
		});
		expect(result).toMatchObject({
			request_id: 'req-1',
			deployment_id: 'dep-1',
			status: 'succeeded',
			outputs,
			instance_id: 'i',
			files: [{ node_id: '9', filename: 'a.png' }],
			texts: [{ node_id: '12', text: 'a caption' }],
			warnings: [expect.stringContaining('lost.png')],
		});
		expect(result.timings).toEqual({
			submitted_at: new Date(EPOCH).toISOString(),
			queued_ms: expect.any(Number),
			run_ms: expect.any(Number),
			total_ms: Math.round(host.monotonic()),
			status_calls: progress.length,
		});
		expect(submitted).toMatchObject([{ request_id: 'req-1' }]);
		// The submit took 700 ms; the first look comes two seconds after its answer.
		expect(host.callsOf('status')[0]?.at).toBe(EPOCH + 2_700);
	});

	it('fails as the run did, with the node and the request id', async () => {
		const error = [
			{ error: 'OutOfMemory', details: 'node 56 KSampler: no room', errorCode: 10011 },
		];
		const fake = fakeJob({ runMs: 5_000, result: { status: 'failed', error } });
		const workflow = {
			56: { class_type: 'KSamplerAdvanced', inputs: {}, _meta: { title: 'Sampler 2' } },
		};
		const { client } = clientOf(fake.script);
		await expect(run(client, INPUT, { workflow })).rejects.toMatchObject({
			code: 'run_failed',
			...REF,
			message: 'The run failed: node 56 "Sampler 2" KSamplerAdvanced: OutOfMemory, no room',
			details: { node: { id: '56', class_type: 'KSamplerAdvanced', title: 'Sampler 2' } },
		});
	});

	it.each(['canceled', 'cancelled'])('fails as canceled when it is %s elsewhere', async (word) => {
		const { client, host } = clientOf(
			fakeJob({ says: () => word, result: { status: word } }).script,
		);
		await expect(run(client, INPUT)).rejects.toMatchObject({ code: 'run_canceled', ...REF });
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('tells that the request goes on when it was lost sight of', async () => {
		const { client } = clientOf(
			fakeJob({ instead: ({ leaf }) => (leaf === 'status' ? failure('ENETDOWN') : undefined) })
				.script,
		);
		const retries: RetryNotice[] = [];
		await expect(
			run(client, INPUT, { onRetry: (notice) => retries.push(notice) }),
		).rejects.toMatchObject({
			code: 'service_unavailable',
			...REF,
			hint: expect.stringContaining('fetch its result later by its request id'),
		});
		expect(retries.length).toBe(29);
	});

	it('tells that the request has ended when its result could not be had', async () => {
		const hint = 'It may still come. The request has ended: fetch its result by its request id.';
		const { client } = clientOf(fakeJob({ resultLagMs: Infinity }).script);
		await expect(run(client, INPUT)).rejects.toMatchObject({
			code: 'output_unavailable',
			...REF,
			hint,
		});
		const broken = clientOf(
			fakeJob({ instead: ({ leaf }) => (leaf === 'result' ? failure('ENETDOWN') : undefined) })
				.script,
		);
		await expect(run(broken.client, INPUT)).rejects.toMatchObject({
			code: 'service_unavailable',
			...REF,
			hint: expect.stringMatching(/The request has ended: fetch its result by its request id\.$/),
		});
	});

	it('does not lose the request id when a callback of the host fails', async () => {
		const { client } = clientOf(fakeJob().script);
		const onSubmitted = () => {
			throw new Error('disk full');
		};
		await expect(run(client, INPUT, { onSubmitted })).rejects.toMatchObject({
			message: 'disk full',
			...REF,
		});
	});

	it('keeps the order of the outcomes of a submit that fails', async () => {
		const { client, host } = clientOf({ status: 500 });
		await expect(run(client, INPUT)).rejects.toMatchObject({ code: 'submit_unconfirmed' });
		expect(host.calls.length).toBe(1);
	});

	it('learns, and polls less the next time', async () => {
		const runTimes = createRunTimes();
		const { client } = clientOf(fakeJob({ runMs: 120_000 }).script);
		const first = await run(client, INPUT, { runTimes });
		const second = await run(client, INPUT, { runTimes });
		expect(second.timings.status_calls).toBeLessThan(first.timings.status_calls);
	});
});

describe('taking up a request', () => {
	it('never submits, looks at once, and takes the ids without blanks', async () => {
		const { client, host } = clientOf(fakeJob().script);
		const result = await attach(client, { deploymentId: ' dep-1 ', requestId: ' req-1\n' });
		expect(result).toMatchObject({ request_id: 'req-1', deployment_id: 'dep-1' });
		expect(host.calls.map(({ leaf }) => leaf)).toEqual(['status', 'result']);
		expect(host.now()).toBe(EPOCH);
	});

	it('counts the whole time from the submit, where that is known', async () => {
		const { client } = clientOf(fakeJob().script);
		const { timings } = await attach(client, REF, { submittedAt: EPOCH - 60_000 });
		expect(timings.total_ms).toBe(60_000);
		expect(timings.submitted_at).toBe(new Date(EPOCH - 60_000).toISOString());
	});

	it('does not say when it was submitted where that is not known', async () => {
		const { client } = clientOf(fakeJob().script);
		const { timings } = await attach(client, REF);
		expect(timings).not.toHaveProperty('submitted_at');
	});

	it('refuses ids that are none', async () => {
		const { client, host } = clientOf({});
		const ref = { deploymentId: 'dep-1', requestId: '' };
		await expect(attach(client, ref)).rejects.toMatchObject({ code: 'invalid_input' });
		expect(host.calls).toEqual([]);
	});
});

describe('many runs', () => {
	/** Runs whose length is the number in their overrides, in seconds. */
	function service() {
		const ends = new Map<string, number>();
		let running = 0;
		let most = 0;
		const fixture = clientOf(({ leaf, path, at, request }) => {
			if (leaf === 'inference') {
				const { overrides } = JSON.parse(request.body ?? '') as {
					overrides: { 1: { inputs: { s: number } } };
				};
				const { s } = overrides[1].inputs;
				if (s < 0) return { status: 422 };
				most = Math.max(most, (running += 1));
				ends.set(`r${s}`, at + s * 1_000);
				return json({ request_id: `r${s}` });
			}
			const id = path.split('/')[6] ?? '';
			const ended = at >= (ends.get(id) ?? Infinity);
			if (leaf === 'result' && ended) running -= 1;
			if (leaf === 'result') return json({ status: ended ? 'succeeded' : 'in_progress', id });
			return json({ status: ended ? 'completed' : 'in_progress' });
		});
		return { ...fixture, most: () => most };
	}
	const inputs = (seconds: number[]) =>
		seconds.map((s) => ({ deploymentId: 'd', overrides: { 1: { inputs: { s } } } }));

	const runAll = (client: Client, all: readonly SubmitInput[], concurrency: number) =>
		mapSettled(all, concurrency, (input) => run(client, input));

	it('come back in the order of their inputs, a failed one among them', async () => {
		const { client } = service();
		const settled = await runAll(client, inputs([50, 3, -1, 20, 1]), 5);
		expect(
			settled.map((one) => (one.ok ? one.value.request_id : (one.error as Error).message)),
		).toEqual(['r50', 'r3', 'RunComfy answered with HTTP 422', 'r20', 'r1']);
	});

	it.each([1, 2, 4])('go on at most %i at a time', async (concurrency) => {
		const { client, most } = service();
		await runAll(client, inputs([5, 9, 2, 7, 3, 8]), concurrency);
		expect(most()).toBe(concurrency);
	});

	it('take as long as one, with a slot for each', async () => {
		const alone = service();
		await runAll(alone.client, inputs([60]), 10);
		const together = service();
		const seconds = [60, 59, 58, 57, 56, 55, 54, 53, 52, 51];
		await runAll(together.client, inputs(seconds), 10);
		const took = (one: typeof alone) => one.host.now() - EPOCH;
		expect(took(together)).toBeLessThanOrEqual(1.3 * took(alone));
	});

	it('of nothing are nothing', async () => {
		const { client, host } = service();
		expect(await runAll(client, [], 3)).toEqual([]);
		expect(host.calls).toEqual([]);
	});
});
