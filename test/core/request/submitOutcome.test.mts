// What happens after a failed submit. Accepted requests are billed, so a submit is never sent twice.
import { describe, expect, it, jest } from '@jest/globals';
import { type Receipt, requestOutcome, type RunComfyError } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { pursuitOf } from '../../support/pursued.mts';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';

const INPUT = { deploymentId: 'dep-1' };

const ACCEPTED = json({ request_id: 'req-1' });

const ASKED_TO_WAIT = { 'retry-after': '3' };

describe('a submit with an unknown outcome', () => {
	const cases: Array<readonly [string, Reply | Error]> = [
		['500 with Retry-After', { status: 500, headers: ASKED_TO_WAIT }],
		['500001 in a 429', json({ error_code: 500001 }, 429)],
		['500001 in a 503 with Retry-After', json({ error_code: 500001 }, 503, ASKED_TO_WAIT)],
		['a reset', failure('ECONNRESET')],
	];

	it.each(cases)(
		'(%s) is never submitted again, and the error says so (P2)',
		async (_why, reply) => {
			const { client, host } = clientOf(reply);
			await expect(submit(client, INPUT)).rejects.toMatchObject({
				code: 'submit_unconfirmed',
				retryable: false,
				deploymentId: 'dep-1',
				message: expect.stringMatching(/^It is not known whether RunComfy accepted the request: ./),
				hint: expect.stringContaining('before you run it again'),
			});
			expect(host.calls).toHaveLength(1);
		},
	);
});

describe('an answer that names a request beside an error', () => {
	it.each<[string, Reply, string]>([
		['10002 in a 200', json({ error_code: 10002, request_id: 'r' }), 'deployment_disabled'],
		['422', json({ detail: 'no', request_id: 'r' }, 422), 'invalid_request'],
		['429', json({ message: 'slow down', request_id: 'r' }, 429), 'rate_limited'],
		['503 with Retry-After', json({ request_id: 'r' }, 503, ASKED_TO_WAIT), 'submit_unconfirmed'],
		['500', json({ error_code: 500001, request_id: 'r' }, 500), 'submit_unconfirmed'],
	])('(%s) is not submitted again, and the host gets its id (P4)', async (_why, reply, code) => {
		const { client, host } = clientOf(reply);
		const kept: Receipt[] = [];
		const keep = (receipt: Receipt) => void kept.push(receipt);
		await expect(pursuitOf(client, INPUT, { keep }).accepted()).rejects.toMatchObject({
			code,
			requestId: 'r',
			deploymentId: 'dep-1',
			hint: expect.stringMatching(/fetch its result by its request id/),
		});
		expect(kept.at(-1)).toMatchObject({ state: 'accepted', ids: { requestId: 'r' } });
		expect(host.calls).toHaveLength(1);
	});
});

const REFUSALS: Array<[what: string, refusal: Reply, code: string]> = [
	['429', json({ message: 'slow down' }, 429), 'rate_limited'],
	['429 with Retry-After', json({}, 429, ASKED_TO_WAIT), 'rate_limited'],
	['the number 429001 in a 200', json({ error_code: 429001 }), 'rate_limited'],
	['503 with Retry-After', json({}, 503, ASKED_TO_WAIT), 'service_unavailable'],
];

describe.each(REFUSALS)('a submit that is refused for now (%s)', (_what, refusal, code) => {
	it('is sent four times in all (P1)', async () => {
		const passing = clientOf(sequence(refusal, refusal, refusal, ACCEPTED));
		expect(await submit(passing.client, INPUT)).toMatchObject({ request_id: 'req-1' });
		const lasting = clientOf(refusal);
		const error = await submit(lasting.client, INPUT).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ code, retryable: true, requestId: undefined });
		expect(requestOutcome(error as RunComfyError)).toStrictEqual({ request: 'never_started' });
		expect(lasting.host.calls).toHaveLength(4);
	});

	it('is not sent again if its host lets that wait until after the deadline', async () => {
		const { client, host } = clientOf(sequence(refusal, ACCEPTED));
		const end = host.monotonic() + 60_000;
		const beforeSubmit = () => host.sleep(host.calls.length * 100_000);
		const submitted = submit(client, INPUT, { deadline: () => end, beforeSubmit });
		await expect(submitted).rejects.toMatchObject({ code });
		expect(host.calls).toHaveLength(1);
	});

	it('and then lost, may run', async () => {
		const { client, host } = clientOf(sequence(refusal, failure('ECONNRESET')));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'submit_unconfirmed' });
		expect(host.calls).toHaveLength(2);
	});
});

describe('a submit that is asked to come back', () => {
	const busy = (seconds: number) => json({}, 429, { 'retry-after': String(seconds) });

	it.each([
		[30, 4],
		[50, 3],
		[119, 2],
		[120, 1],
		[3_600, 1],
	])('after %p s is sent no more than two minutes later', async (seconds, calls) => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const { client, host } = clientOf(busy(seconds));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'rate_limited' });
		expect(host.calls).toHaveLength(calls);
		expect(host.monotonic()).toBe((calls - 1) * seconds * 1_000);
	});

	it('waits longer each time if nobody says how long', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(1);
		const { client, host } = clientOf({ status: 429 });
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'rate_limited' });
		expect(host.monotonic()).toBe(2_000 + 4_000 + 8_000);
	});
});
