// HTTP calls and their retries, tested with API calls that allow different ones.
import { describe, expect, it } from '@jest/globals';
import { cancel, createClient, getStatus, type RunComfyError } from '../../../core/index';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';

const ONCE = { retries: { attempts: 1, baseMs: 1, capMs: 1 } };
const QUEUED = json({ status: 'in_queue' });

describe('a call that fails', () => {
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
	it('that is not JSON shows its beginning on one line', async () => {
		const body = `<p>\nabc\n${'x'.repeat(200)}`;
		const error = await getStatus(clientOf({ body }).client, REF, ONCE).catch((one: Error) => one);
		expect(error).toMatchObject({ code: 'bad_response', httpStatus: 200, ...REF });
		const { message } = error as Error;
		const start = message.slice(message.indexOf('<p>'));
		expect(start).toMatch(/^<p> abc x+…$/);
		expect(start.length).toBeLessThan(90);
	});

	it.each(['\uFEFF', undefined])('may be empty: %j', async (body) => {
		const { host } = clientOf({});
		const answer = { status: 204, headers: {}, ...(body === undefined ? {} : { body }) };
		const client = createClient({ host: { ...host, request: async () => answer } });
		expect(await cancel(client, REF)).toMatchObject({ status: 'unknown' });
	});
});
