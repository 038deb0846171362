// One HTTP exchange and its retries, by calls of the API that allow different ones.
import { describe, expect, it, jest } from '@jest/globals';
import {
	callInstance,
	createClient,
	getResult,
	getStatus,
	type RunComfyError,
	updateDeployment,
	USER_AGENT,
} from '../../../core/index';
import { submit } from '../../../core/parsers';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';

const ONCE = { retries: { attempts: 1, baseMs: 1, capMs: 1 } };
const QUEUED = json({ status: 'in_queue' });
const { deploymentId } = REF;
const INSTANCE = { deploymentId, instanceId: 'i', path: 'api/free', body: undefined };

describe('a request', () => {
	it('says what it takes and who asks, and nothing about a body if there is none', async () => {
		const { client, host } = clientOf(QUEUED);
		const { signal } = new AbortController();
		await getStatus(client, REF, { signal });
		expect(host.calls[0]?.request).toStrictEqual({
			method: 'GET',
			url: 'https://api.runcomfy.net/prod/v1/deployments/dep-1/requests/req-1/status',
			headers: { accept: 'application/json', 'user-agent': USER_AGENT },
			authenticate: true,
			expect: 'text',
			maxBytes: 2 ** 20,
			timeoutMs: 60_000,
			signal,
		});
	});

	it('carries JSON if it has a body', async () => {
		const { client, host } = clientOf(json({ id: 'd' }));
		await updateDeployment(client, deploymentId, { name: 'New' });
		expect(host.calls[0]?.request).toMatchObject({
			method: 'PATCH',
			body: '{"name":"New"}',
			headers: { 'content-type': 'application/json' },
		});
	});
});

describe('a call that fails', () => {
	it('is made as often as its caller says', async () => {
		const { client, host } = clientOf({ status: 500 });
		const retries = { attempts: 3, baseMs: 1, capMs: 1 };
		await expect(getStatus(client, REF, { retries })).rejects.toHaveProperty('code');
		expect(host.calls).toHaveLength(3);
	});

	it('waits longer before each attempt', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0.5);
		const replies = sequence(failure('ECONNREFUSED'), { status: 502 }, QUEUED);
		const { client, host } = clientOf(replies);
		await getStatus(client, REF);
		const [first = 0, second = 0, third = 0] = host.calls.map(({ at }) => at);
		expect([second - first, third - second]).toEqual([250, 500]);
	});

	it.each([
		['with a code', failure('ECONNRESET'), 'ECONNRESET', true],
		['without one', new Error('odd'), 'unknown', true],
		['over an untrusted connection', failure('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED', false],
	])('%s says which, and whether to wait', async (_what, thrown, code, retryable) => {
		const { client } = clientOf(thrown);
		const error = await getStatus(client, REF).catch((given: RunComfyError) => given);
		expect(error).toMatchObject({
			code: 'service_unavailable',
			retryable,
			details: { network_code: code },
			...REF,
			message: `No answer from https://api.runcomfy.net (${code === 'unknown' ? 'odd' : code})`,
		});
		expect(String((error as RunComfyError).hint).includes('NODE_EXTRA_CA_CERTS')).toBe(!retryable);
	});
});

describe('a call that is stopped', () => {
	it.each<[string, Reply | Error]>([
		['answers', QUEUED],
		['fails', failure('ECONNRESET')],
	])('gives nothing, even if its host does not hear of it and then %s', async (_how, reply) => {
		const abort = new AbortController();
		const { client, host } = clientOf(reply, { deaf: true, latencyMs: 5_000 });
		const done = getStatus(client, REF, { signal: abort.signal });
		abort.abort();
		await expect(done).rejects.toMatchObject({ code: 'aborted', ...REF });
		expect(host.calls).toHaveLength(1);
	});
});

describe('an answer', () => {
	const rawOf = async (body: string, token?: string) => {
		const { client } = clientOf({ body }, token === undefined ? {} : { token });
		return (await getStatus(client, REF)).raw;
	};

	it('has a byte order mark only at its beginning', async () => {
		for (const start of ['', '\uFEFF']) {
			const body = `${start}{"status":"x","a":"\uFEFF"}`;
			expect(await rawOf(body)).toEqual({ status: 'x', a: '\uFEFF' });
		}
	});

	it('has exact integers only if the call asks for them', async () => {
		const body = '{"status":"x","request_id":9007199254740993}';
		expect(await rawOf(body)).toEqual({ status: 'x', request_id: 9007199254740992 });
		expect(await submit(clientOf({ body }).client, REF)).toMatchObject({
			request_id: '9007199254740993',
		});
	});

	it('has no token in a name, a value, or JSON within a value', async () => {
		const body = String.raw`{"status":"is tok\u0065n-1","tok\u0065n-1":"{\"a\":\"token-1\"}"}`;
		expect(await rawOf(body, 'token-1')).toEqual({
			status: 'is [token]',
			'[token]': '{"a":"[token]"}',
		});
	});

	it.each(['', ' \n', '\uFEFF', undefined])('may be empty: %j', async (body) => {
		const { host } = clientOf({});
		const answer = { status: 204, headers: {}, ...(body === undefined ? {} : { body }) };
		const client = createClient({ host: { ...host, request: async () => answer } });
		expect(await callInstance(client, INSTANCE)).toMatchObject({ response: null });
	});

	it.each(['word', '7', 'tr\\ue'])('may be a text if the call takes one: %s', async (body) => {
		const { client } = clientOf({ body });
		expect(await callInstance(client, INSTANCE)).toMatchObject({ response: body });
	});

	it.each([
		[200, 'ok'],
		[299, 'ok'],
		[199, 'run_failed'],
		[300, 'run_failed'],
		[500, 'run_failed'],
	])('with an error code that the call accepts, and HTTP %i: %s', async (status, outcome) => {
		const { client } = clientOf(json({ status: 'failed', error_code: 10011 }, status));
		const code = await getResult(client, REF, ONCE).then(
			() => 'ok',
			(error: RunComfyError) => error.code,
		);
		expect(code).toBe(outcome);
	});

	it('that is not JSON shows its beginning on one line, without what looks like a token', async () => {
		const body = `<p>\nBearer abc\n${'x'.repeat(200)}`;
		const error = await getStatus(clientOf({ body }).client, REF, ONCE).catch((one: Error) => one);
		expect(error).toMatchObject({ code: 'bad_response', httpStatus: 200, ...REF });
		const { message } = error as Error;
		const start = message.slice(message.indexOf('<p>'));
		expect(start).toMatch(/^<p> Bearer \[token\] x+…$/);
		expect(start.length).toBeLessThan(90);
	});

	it('that lacks what was asked for is a bad_response with the ids of the call', async () => {
		await expect(getStatus(clientOf(json({}, 201)).client, REF, ONCE)).rejects.toMatchObject({
			code: 'bad_response',
			message: 'The answer holds no status',
			httpStatus: 201,
			...REF,
		});
	});

	it('that is too large is not asked for again', async () => {
		const { client, host } = clientOf(failure('EMSGSIZE'));
		await expect(getStatus(client, REF)).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			...REF,
			message: 'The answer from https://api.runcomfy.net is larger than 1 MB',
			hint: expect.stringContaining('as files'),
		});
		expect(host.calls).toHaveLength(1);
	});
});
