// A run from its submit to its result, and a request that is taken up again.
import { describe, expect, it } from '@jest/globals';
import { attach, type Progress, run, type SubmitAnswer } from '../../core/index';
import { addPoll } from '../../core/request/observed';
import { EPOCH } from '../support/virtualClock.mts';
import { fakeJob, REF } from './support/fakeJob.mts';
import { clientOf, failure } from './support/virtualHost.mts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
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
		// The submit took 700 ms, and the first status call follows two seconds after its answer.
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

	it('says that the request goes on when its status cannot be read', async () => {
		const { client, host } = clientOf(
			fakeJob({ instead: ({ leaf }) => (leaf === 'status' ? failure('ENETDOWN') : undefined) })
				.script,
		);
		await expect(run(client, INPUT)).rejects.toMatchObject({
			code: 'service_unavailable',
			...REF,
			hint: expect.stringContaining('fetch its result later by its request id'),
		});
		expect(host.callsOf('status')).toHaveLength(30);
	});

	it('says that the request has ended when its result cannot be read', async () => {
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
});

describe('attaching to a request', () => {
	it('never submits, calls the status at once, and trims the ids', async () => {
		const { client, host } = clientOf(fakeJob().script);
		const result = await attach(client, { deploymentId: ' dep-1 ', requestId: ' req-1\n' });
		expect(result).toMatchObject({ request_id: 'req-1', deployment_id: 'dep-1' });
		expect(host.calls.map(({ leaf }) => leaf)).toEqual(['status', 'result']);
		expect(host.now()).toBe(EPOCH);
	});

	it('does not say how long it was queued, either, whatever was seen of it before', async () => {
		const { client, host } = clientOf(fakeJob({ queueMs: 20_000, runMs: 40_000 }).script);
		const queued = addPoll(undefined, 'in_queue', EPOCH + 19_000);
		const seen = addPoll(queued, 'in_progress', EPOCH + 21_000);
		await host.clock.sleep(55_000);
		const { timings } = await attach(client, REF, { seen, waitsFrom: EPOCH + 5_000 });
		expect(timings).toEqual({ total_ms: expect.any(Number), status_calls: expect.any(Number) });
	});
});

describe.each([
	['back', -HOUR],
	['forward', HOUR],
])('when somebody sets the clock %s by an hour', (_where, byMs) => {
	const clockSetBy = (ms: number) => (ms >= 10 * MINUTE ? byMs : 0);

	it('a timeout comes when it would have come anyway, after as many calls', async () => {
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

	it('a request attached to later is waited for as long as its user said', async () => {
		const { client, host } = clientOf(fakeJob({ runMs: Infinity }).script, { clockSetBy });
		const submittedAt = host.now() - 5 * MINUTE;
		await expect(
			attach(client, REF, { submittedAt, timeoutMs: 30 * MINUTE }),
		).rejects.toMatchObject({ code: 'timed_out' });
		expect(host.monotonic()).toBe(25 * MINUTE);
	});
});
