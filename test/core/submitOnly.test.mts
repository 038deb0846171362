import { describe, expect, it } from '@jest/globals';
import { submitOnly } from '../../core/index';
import { type SubmitOnlyOptions } from '../../core/parsers';
import { fakeJob, type FakeJobOptions, REF } from './support/fakeJob.mts';
import { clientOf } from './support/virtualHost.mts';

const INPUT = { deploymentId: REF.deploymentId };
const ANSWER = { request_id: REF.requestId, deployment_id: REF.deploymentId, status: 'in_queue' };

/** Stops a submit after a second, and notes everything that still happens then. */
async function stopped(job: FakeJobOptions, options: SubmitOnlyOptions = {}) {
	const fake = fakeJob(job);
	const { client, host } = clientOf(fake.script);
	const abort = new AbortController();
	void host.clock.sleep(1_000).then(() => abort.abort());
	const submitted: unknown[] = [];
	const canceled: unknown[] = [];
	const ended = await submitOnly(client, INPUT, {
		signal: abort.signal,
		onSubmitted: (answer) => submitted.push(answer),
		onCancel: (ref, answer) => canceled.push([ref, answer]),
		...options,
	}).catch((error: unknown) => error);
	await host.clock.sleep(600_000);
	return { ended, submitted, canceled, wasCanceled: fake.wasCanceled() };
}

describe('a submit without a wait', () => {
	it('tells of the request, and asks nothing of it', async () => {
		const fake = fakeJob({});
		const { client, host } = clientOf(fake.script);
		const submitted: unknown[] = [];
		const onSubmitted = (answer: unknown) => submitted.push(answer);
		expect(await submitOnly(client, INPUT, { onSubmitted })).toMatchObject(ANSWER);
		expect(submitted).toMatchObject([ANSWER]);
		expect(host.calls.length).toBe(1);
	});

	it('cancels the request if the answer comes after a stop', async () => {
		const { ended, ...late } = await stopped({ submitDelayMs: 60_000, runMs: 1e6 });
		expect(ended).toMatchObject({ code: 'aborted', details: { submit: 'unconfirmed' } });
		expect(late).toMatchObject({
			submitted: [ANSWER],
			canceled: [[REF, 'cancellation_requested']],
			wasCanceled: true,
		});
	});

	it('lets it go on if it is wanted', async () => {
		const job = { submitDelayMs: 60_000, runMs: 1e6 };
		const { submitted, canceled, wasCanceled } = await stopped(job, { cancelOnAbort: false });
		expect({ submitted, canceled, wasCanceled }).toMatchObject({
			submitted: [ANSWER],
			canceled: [],
			wasCanceled: false,
		});
	});

	it('leaves a request alone whose answer came soon after the stop', async () => {
		const { ended, submitted, canceled } = await stopped({ submitDelayMs: 3_000, runMs: 1e6 });
		expect(ended).toMatchObject(ANSWER);
		expect([submitted.length, canceled.length]).toEqual([1, 0]);
	});
});
