// A 429, or a 503 with Retry-After, says that a submit was not accepted. A gateway may say so of one that it has passed on.
import { describe, expect, it } from '@jest/globals';
import { submit } from '../../../core/index';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';

const INPUT = { deploymentId: 'dep-1' };
const ACCEPTED = json({ request_id: 'req-1' });
const REFUSALS: Array<[string, Reply]> = [
	['429', json({ message: 'slow down' }, 429)],
	['429 with Retry-After', json({}, 429, { 'retry-after': '3' })],
	['503 with Retry-After', json({}, 503, { 'retry-after': '3' })],
];

describe.each(REFUSALS)('a submit that is answered with %s', (_what, refusal) => {
	it('is sent once more', async () => {
		const { client, host } = clientOf(sequence(refusal, ACCEPTED));
		expect(await submit(client, INPUT)).toMatchObject({ request_id: 'req-1' });
		expect(host.calls).toHaveLength(2);
	});

	it('twice, may run, and is not sent a third time', async () => {
		const { client, host } = clientOf(sequence(refusal, refusal, ACCEPTED));
		await expect(submit(client, INPUT)).rejects.toMatchObject({
			...{ code: 'submit_unconfirmed', retryable: false, deploymentId: 'dep-1' },
			httpStatus: refusal.status,
		});
		expect(host.calls).toHaveLength(2);
	});

	it('twice, is not sent again whatever comes between', async () => {
		const refused = failure('ECONNREFUSED');
		const { client, host } = clientOf(sequence(refusal, refused, refusal, ACCEPTED));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'submit_unconfirmed' });
		expect(host.calls).toHaveLength(3);
	});

	it('and then refused for good, was not accepted', async () => {
		const { client } = clientOf(sequence(refusal, json({ error_code: 10001 }, 403)));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'insufficient_funds' });
	});
});
