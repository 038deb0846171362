// An answer that names another request is not believed, whatever it says: a proxy or a cache has mixed two up.
import { describe, expect, it } from '@jest/globals';
import { cancel, type Client, getResult, getStatus, watch } from '../../../core/index';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf, json, sequence } from '../support/virtualHost.mts';

const CALLS: Array<[string, (client: Client) => Promise<{ status: string }>, object, object]> = [
	[
		'a status',
		(client) => getStatus(client, REF),
		{ status: 'completed' },
		{ status: 'in_progress' },
	],
	[
		'a result',
		(client) => getResult(client, REF),
		{ status: 'failed', error: 'x', error_code: 10011 },
		{ status: 'succeeded' },
	],
	[
		'a cancel',
		(client) => cancel(client, REF),
		{ status: 'not_cancellable' },
		{ status: 'cancellation_requested' },
	],
];

describe.each(CALLS)('%s', (_what, ask, others, own) => {
	it('of another request is asked for again', async () => {
		const { client, host } = clientOf(
			sequence(json({ ...others, request_id: 'req-2' }), json({ ...own, request_id: 'req-1' })),
		);
		expect(await ask(client)).toMatchObject(own);
		expect(host.calls).toHaveLength(2);
	});

	it('that is always another request’s is an error that names both', async () => {
		const { client } = clientOf(json({ ...others, request_id: 'req-2' }));
		await expect(ask(client)).rejects.toMatchObject({
			...{ code: 'bad_response', retryable: true, ...REF },
			message: 'The answer is about another request, "req-2"',
		});
	});

	it.each([
		['without an id', {}],
		['with its id in other letters', { request_id: ' REQ-1 ' }],
		['with a number that lost digits', { request_id: 2 ** 60 }],
	])('%s is its own', async (_how, id) => {
		expect(await ask(clientOf(json({ ...own, ...id })).client)).toMatchObject(own);
	});
});

it('is waited past by who waits for the request', async () => {
	let calls = 0;
	const others = json({ status: 'completed', request_id: 'req-2' });
	const job = fakeJob({ runMs: 60_000, instead: () => (calls++ < 3 ? others : undefined) });
	const { client, clock } = clientOf(job.script);
	const { result } = await watch(client, REF, { submittedAt: clock.now() });
	expect(result).toMatchObject({ status: 'succeeded', ...{ request_id: 'req-1' } });
	expect(clock.now()).toBeGreaterThanOrEqual(job.endsAt());
});
