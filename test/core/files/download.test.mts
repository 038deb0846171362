import { describe, expect, it, jest } from '@jest/globals';
import { download } from '../../../core/files/download';
import { RunComfyError, USER_AGENT } from '../../../core/index';
import { EPOCH } from '../../support/virtualClock.mts';
import { REF } from '../support/fakeJob.mts';
import { clientOf, errorOf, failure, type Reply, sequence } from '../support/virtualHost.mts';
import type { collect } from './downloading.mts';
import { bytes, declared, downloading, FILE, file, URL_1 } from './downloading.mts';

describe('downloading an output', () => {
	it('streams it, with a user agent and without the token', async () => {
		const { host, done } = downloading(declared(30, file(10, 20)));
		expect(await done).toMatchObject({ ...FILE, content_length: 30, stored: 30 });
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

it.each([404, 401])(
	'an address that has expired is given up when the result is gone, too (%i)',
	async (status) => {
		const { done } = downloading(({ leaf }) => ({ status: leaf === 'result' ? status : 403 }));
		expect(await errorOf(done)).toMatchObject({ code: 'output_unavailable', httpStatus: 403 });
	},
);

describe('a file that is not whole', () => {
	it.each<[string, Reply | Error, RegExp]>([
		['no bytes', file(), /is still empty/],
		[
			'bytes that break off',
			{ chunks: [bytes(1), failure('ECONNRESET')] },
			/broke off \(ECONNRESET\)/,
		],
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

	it('is fetched again no sooner than the storage server asks for', async () => {
		const busy = { status: 429, headers: { 'retry-after': '100' } };
		const { host, done } = downloading(sequence(busy, declared(10, file(10))));
		expect((await done).stored).toBe(10);
		expect(Number(host.calls[1]?.at) - Number(host.calls[0]?.at)).toBeGreaterThanOrEqual(100_000);
	});

	it('may have another length if it was compressed on the way', async () => {
		const headers = { 'content-length': '20', 'content-encoding': 'gzip' };
		const { done } = downloading({ ...file(10), headers });
		expect((await done).stored).toBe(10);
	});
});

describe('the pace of a download', () => {
	const SECOND = 1_000;
	const steady = (size: number, seconds: number) =>
		Array.from({ length: Math.floor(3_000 / seconds) }, () => [
			bytes(size),
			seconds * SECOND,
		]).flat();

	it.each([
		['a kilobyte a second', steady(1_024, 1), 3_000 * 1_024],
		['much at long intervals', steady(61_440, 59), 50 * 61_440],
	])('may be %s', async (_what, chunks, stored) => {
		const { host, done } = downloading({ chunks });
		expect((await done).stored).toBe(stored);
		expect(host.calls).toHaveLength(1);
	});

	it.each([
		// Half of each minute is spent waiting for bytes, or a second less.
		[29, 31, 1],
		[30, 30, 6],
		// The consumer that stores the file is slow, not the download.
		[0, 200, 1],
	])('waited for %i s and stored for %i s: calls %i', async (waitS, storeS, calls) => {
		const piece = waitS > 0 ? [waitS * SECOND, bytes(1)] : [bytes(1)];
		const pieces = Array.from({ length: 10 }, () => piece).flat();
		const { client, host } = clientOf({ chunks: pieces });
		const save: typeof collect = async (stream, named) => {
			let stored = 0;
			for await (const chunk of stream) {
				await host.sleep(storeS * SECOND);
				stored += chunk.length;
			}
			return { bytes: stored, value: { ...named, stored } };
		};
		await download(client, REF, FILE, { save }).catch(() => undefined);
		expect(host.calls).toHaveLength(calls);
	});

	it.each([
		['nothing in a minute', steady(0, 60), 60, /stalled/],
		['little less than a kilobyte', steady(1_023, 1), 60, /is coming too slowly/],
		[
			'too slow in its second minute',
			[bytes(10_000_000), 119 * SECOND, bytes(1), 1_000 * SECOND],
			...[120, /is coming too slowly/],
		],
	] as Array<[string, Array<Uint8Array | number>, number, RegExp]>)(
		'may not be %s',
		async (_what, chunks, seconds, message) => {
			jest.spyOn(Math, 'random').mockReturnValue(0);
			const { host, done } = downloading({ chunks });
			expect((await errorOf(done)).message).toMatch(message);
			expect(host.calls[1]?.at).toBe(EPOCH + seconds * SECOND);
		},
	);
});
