import { describe, expect, it } from '@jest/globals';
import { USER_AGENT } from '../../../core/http/client';
import { RunComfyError } from '../../../core/index';
import { REF } from '../support/fakeJob.mts';
import { errorOf, failure, type Reply } from '../support/virtualHost.mts';
import { bytes, declared, downloading, FILE, file, URL_1 } from './downloading.mts';

describe('downloading an output', () => {
	it('streams it, with a user agent and without the token', async () => {
		const { host, done } = downloading(declared(30, file(10, 20)));
		expect(await done).toMatchObject({ ...FILE, stored: 30 });
		expect(host.calls.length).toBe(1);
		expect(host.calls[0]?.request).toMatchObject({
			method: 'GET',
			url: URL_1,
			authenticate: false,
			expect: 'stream',
			headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
		});
		expect(USER_AGENT).toMatch(/^n8n-nodes-runcomfy /);
		expect(host.clock.sleeping()).toBe(0);
	});
});

describe('a file that is not whole', () => {
	it.each<[string, Reply | Error, RegExp]>([
		['no bytes', file(), /is still empty/],
		[
			'bytes that break off',
			{ chunks: [bytes(1), failure('ECONNRESET')] },
			/broke off \(ECONNRESET\)/,
		],
		['bytes that stall', { chunks: [bytes(1), failure('ETIMEDOUT')] }, /stalled \(ETIMEDOUT\)/],
		['too few bytes', declared(10, file(9)), /came incomplete/],
		['nothing at its address', { status: 404 }, /was refused \(HTTP 404\)/],
		['an unknown failure', new Error('odd'), /broke off \(odd\)/],
	])('(%s) is given up in the end', async (_why, reply, message) => {
		const { host, done } = downloading(reply);
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			message: expect.stringMatching(message),
			...REF,
		});
		expect(host.calls.length).toBe(6);
	});

	it('that the host itself does not fetch is asked for once, in the words of the host', async () => {
		const own = { hint: 'Allow it.', retryable: false };
		const refusal = new RunComfyError('service_unavailable', 'Blocked here', own);
		const { host, done } = downloading(refusal);
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			message: expect.stringContaining('was not fetched: Blocked here'),
			...own,
		});
		expect(host.calls.length).toBe(1);
	});

	it('may have another length if it was compressed on the way', async () => {
		const headers = { 'content-length': '20', 'content-encoding': 'gzip' };
		const { done } = downloading({ ...file(10), headers });
		expect((await done).stored).toBe(10);
	});
});
