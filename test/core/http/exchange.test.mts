// What no single endpoint of the API shows: each sets only some of a call's properties.
import { describe, expect, it, jest } from '@jest/globals';
import { ANSWER_TOO_LARGE } from '../../../core/defaults';
import { type Call, type CallOptions, exchange, tryExchange } from '../../../core/http/exchange';
import { createClient, RunComfyError, USER_AGENT } from '../../../core/index';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';

const URL_1 = 'https://api.runcomfy.net/prod/v2/things';
const ONCE = { retries: { attempts: 1, baseMs: 1, capMs: 1 } };
const FACTS = { deploymentId: 'dep-1', requestId: 'req-1' };

function calling(
	script: Parameters<typeof clientOf>[0],
	call: Partial<Call<unknown>> = {},
	options: CallOptions = {},
	host: Parameters<typeof clientOf>[1] = {},
) {
	const made = clientOf(script, host);
	const whole: Call<unknown> = {
		...{ method: 'GET', url: URL_1, facts: FACTS, read: (body) => body },
		...call,
	};
	return { ...made, done: exchange(made.client, whole, options) };
}

const sentFor = async (call: Partial<Call<unknown>>, options: CallOptions = {}) => {
	const { host, done } = calling(json({}), call, options);
	await done;
	return host.calls[0]?.request;
};

describe('what is sent', () => {
	it('says what it takes and who asks, and nothing of a body where there is none', async () => {
		expect(await sentFor({})).toStrictEqual({
			method: 'GET',
			url: URL_1,
			headers: { accept: 'application/json', 'user-agent': USER_AGENT },
			authenticate: true,
			expect: 'text',
			timeoutMs: 60_000,
		});
	});

	it('is JSON where there is a body', async () => {
		const request = await sentFor({ method: 'PATCH', body: '{"a":1}', timeoutMs: 5 });
		expect(request).toMatchObject({ method: 'PATCH', body: '{"a":1}', timeoutMs: 5 });
		expect(request?.headers).toHaveProperty('content-type', 'application/json');
	});

	it('can be stopped', async () => {
		const { signal } = new AbortController();
		expect((await sentFor({}, { signal }))?.signal).toBe(signal);
	});
});

describe('a call that failed', () => {
	const times = async (call: Partial<Call<unknown>>, reply: Reply | Error, options = {}) => {
		const { host, done } = calling(reply, call, options);
		await expect(done).rejects.toBeInstanceOf(RunComfyError);
		return host.calls.length;
	};

	it.each<[Call<unknown>['method'], boolean | undefined, number]>([
		['GET', undefined, 6],
		['DELETE', undefined, 6],
		['POST', undefined, 1],
		['PATCH', undefined, 1],
		['POST', true, 6],
		['GET', false, 1],
	])(
		'of the method %s, said to be idempotent: %j, is sent %i times',
		async (method, said, sent) => {
			const call = { method, ...(said === undefined ? {} : { idempotent: said }) };
			expect(await times(call, { status: 500 })).toBe(sent);
			expect(await times(call, failure('ECONNRESET'))).toBe(sent);
		},
	);

	it.each<[string, Reply | Error, number]>([
		['429', { status: 429 }, 5],
		['503 with Retry-After', { status: 503, headers: { 'retry-after': '1' } }, 5],
		['a refused connection', failure('ECONNREFUSED'), 5],
		['503', { status: 503 }, 1],
		['500 with Retry-After', { status: 500, headers: { 'retry-after': '1' } }, 1],
		['429 with a request id', json({ request_id: 'r' }, 429), 1],
		['401', { status: 401 }, 1],
		['an answer that is too large', failure(ANSWER_TOO_LARGE), 1],
	])('with %s, of a kind that must not be carried out twice', async (_why, reply, sent) => {
		const factsBeside = (body: unknown) => {
			const { request_id } = Object(body) as { request_id?: string };
			return request_id === undefined ? {} : { requestId: request_id };
		};
		expect(await times({ method: 'POST', factsBeside }, reply)).toBe(sent);
	});

	it('is sent as often as its caller says', async () => {
		const retries = { attempts: 3, baseMs: 1, capMs: 1 };
		expect(await times({}, { status: 500 }, { retries })).toBe(3);
	});

	it('is told of before each wait', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0.5);
		const onRetry = jest.fn();
		const replies = sequence(failure('ECONNREFUSED'), { status: 502 }, json({ a: 1 }));
		const { done, clock } = calling(replies, {}, { onRetry });
		const began = clock.now();
		expect(await done).toEqual({ a: 1 });
		expect(onRetry.mock.calls).toEqual([
			[{ attempt: 1, delayMs: 250, error: expect.any(RunComfyError), undelivered: true }],
			[{ attempt: 2, delayMs: 500, error: expect.any(RunComfyError), undelivered: false }],
		]);
		expect(clock.now() - began).toBe(750);
	});
});

describe('a call that is stopped', () => {
	it.each<[string, Reply | Error]>([
		['answers', json({})],
		['fails', failure('ECONNRESET')],
	])(
		'gives nothing more, also where its host hears nothing of it and then %s',
		async (_how, reply) => {
			const abort = new AbortController();
			const { done, host } = calling(
				reply,
				{},
				{ signal: abort.signal },
				{
					...{ deaf: true, latencyMs: 5_000 },
				},
			);
			abort.abort();
			await expect(done).rejects.toMatchObject({ code: 'aborted', ...FACTS });
			expect(host.calls).toHaveLength(1);
		},
	);

	it('before it begins sends nothing', async () => {
		const { done, host } = calling(json({}), {}, { signal: AbortSignal.abort() });
		await expect(done).rejects.toMatchObject({ code: 'aborted', ...FACTS });
		expect(host.calls).toEqual([]);
	});
});

describe('an answer', () => {
	it.each<[string, string, unknown]>([
		['an object', '{"a":[1]}', { a: [1] }],
		['a list', '[1]', [1]],
		['nothing', '', null],
		['blanks', ' \n', null],
		['a byte order mark alone', '\uFEFF', null],
		[
			'the token in a name and a value',
			'{"tok\\u0065n-1":"is token-1"}',
			{ '[token]': 'is [token]' },
		],
	])('of %s', async (_what, body, value) => {
		const { done } = calling({ body }, {}, {}, { token: 'token-1' });
		expect(await done).toEqual(value);
	});

	it('has no token in JSON that stands in a text of it either', async () => {
		const inner = '{"a":"\\u0074oken-1"}';
		const read = (body: unknown) => JSON.parse((body as { text: string }).text) as unknown;
		const { done } = calling(json({ text: inner }), { read }, {}, { token: 'token-1' });
		expect(await done).toEqual({ a: '[token]' });
	});

	it('has a byte order mark only at its beginning', async () => {
		for (const start of ['', '\uFEFF']) {
			expect(await calling({ body: `${start}{"a":"\uFEFF"}` }).done).toEqual({ a: '\uFEFF' });
		}
	});

	it('may have no body at all', async () => {
		const { host } = clientOf({});
		const bare = { ...host, request: async () => ({ status: 204, headers: {} }) };
		const call: Call<unknown> = { method: 'DELETE', url: URL_1, facts: {}, read: (body) => body };
		expect(await exchange(createClient({ host: bare }), call, {})).toBeNull();
	});

	it('has exact integers where its caller wants them', async () => {
		const reply = { body: '{"n":9007199254740993}' };
		expect(await calling(reply, { exactIntegers: true }).done).toEqual({ n: 9007199254740993n });
		expect(await calling(reply).done).toEqual({ n: 9007199254740992 });
	});

	it.each([
		[200, 'ok'],
		[299, 'ok'],
		[199, 'invalid_request'],
		[300, 'bad_response'],
		[500, 'service_unavailable'],
	])('with an error code that its caller accepts, and HTTP %i: %s', async (status, outcome) => {
		const call = { acceptsErrorCode: () => true };
		const { done } = calling(json({ error_code: 'E' }, status), call, ONCE);
		const code = await done.then(
			() => 'ok',
			(error: RunComfyError) => error.code,
		);
		expect(code).toBe(outcome);
	});

	it.each(['word', '7', 'tr\\ue'])('that is no object may be wanted as text: %s', async (body) => {
		const readText = (text: string) => `read ${text}`;
		expect(await calling({ body }, { readText }).done).toBe(`read ${body}`);
	});

	it('that is none shows its beginning on one line, without what looks like a token', async () => {
		const body = `<p>\nBearer abc\n${'x'.repeat(200)}`;
		const error = await calling({ body }, {}, ONCE).done.then(undefined, (one: Error) => one);
		expect(error).toMatchObject({ code: 'bad_response', httpStatus: 200, ...FACTS });
		const { message } = error as Error;
		const start = message.slice(message.indexOf('<p>'));
		expect(start).toMatch(/^<p> Bearer \[token\] x+…$/);
		expect(start.length).toBeLessThan(90);
	});

	it('that its caller cannot read is as bad, with the ids of the call', async () => {
		const read = () => {
			throw new TypeError('no thing');
		};
		const { done } = calling(json({}, 201), { read });
		await expect(done).rejects.toMatchObject({
			...{ code: 'bad_response', message: 'no thing', httpStatus: 201, ...FACTS },
		});
	});

	it('that is refused tells what stands beside its error', async () => {
		const factsBeside = () => ({ requestId: 'req-2' });
		const { done } = calling({ status: 400 }, { factsBeside });
		await expect(done).rejects.toMatchObject({ requestId: 'req-2', deploymentId: 'dep-1' });
	});

	it('that is too large is not asked for again', async () => {
		const { done, host } = calling(failure(ANSWER_TOO_LARGE));
		await expect(done).rejects.toMatchObject({
			...{ code: 'bad_response', retryable: false, ...FACTS },
			message: 'The answer from https://api.runcomfy.net is larger than 64 MB',
			hint: expect.stringContaining('as files'),
		});
		expect(host.calls).toHaveLength(1);
	});

	it('that is too large says nothing against its call having arrived', async () => {
		const { client } = clientOf(failure(ANSWER_TOO_LARGE));
		const call: Call<unknown> = { method: 'POST', url: URL_1, facts: {}, read: (body) => body };
		expect(await tryExchange(client, call, {})).toMatchObject({ ok: false, undelivered: false });
	});
});

describe('no answer', () => {
	it.each([
		['with a code', failure('ECONNRESET'), 'ECONNRESET', true],
		['without one', new Error('odd'), 'unknown', true],
		['over an untrusted connection', failure('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED', false],
	])('%s: the error says which, and whether to wait', async (_what, thrown, code, retryable) => {
		const { done } = calling(thrown);
		const error = await done.then(undefined, (given: RunComfyError) => given);
		expect(error).toMatchObject({
			...{ code: 'service_unavailable', retryable, details: { network_code: code }, ...FACTS },
			message: `No answer from https://api.runcomfy.net (${code === 'unknown' ? 'odd' : code})`,
		});
		expect(String((error as RunComfyError).hint).includes('NODE_EXTRA_CA_CERTS')).toBe(!retryable);
	});
});
