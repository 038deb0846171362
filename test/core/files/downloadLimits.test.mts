// Downloads that are too large, stopped or refused.
import { describe, expect, it, jest } from '@jest/globals';
import { download } from '../../../core/files/download';
import { readOutputs } from '../../../core/files/outputs';
import { unreachable } from '../../support/expect.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import { REF } from '../support/fakeJob.mts';
import { errorOf, failure, type Reply } from '../support/virtualHost.mts';
import { bytes, collect, declared, downloading, FILE, file, watching } from './downloading.mts';

describe('a size limit', () => {
	it('stops at once if the size is declared', async () => {
		let saved = 0;
		const save: typeof collect = (stream, named) => {
			saved += 1;
			return collect(stream, named);
		};
		const { host, done } = downloading(declared(2 ** 21 + 1, file(1)), { maxBytes: 2 ** 21, save });
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			retryable: false,
			message: 'The output a.png is larger than the limit of 2.0 MB',
			hint: expect.stringContaining('address'),
		});
		expect([saved, host.calls.length]).toEqual([0, 1]);
	});

	it.each([
		['as it is', (error: unknown) => error],
		['wrapped by the host', (error: unknown) => new Error('pipeline', { cause: error })],
	])('stops on the way if it is not, the error %s', async (_how, wrap) => {
		let passed = 0;
		const { host, done } = downloading(file(400, 400, 400, 400), {
			maxBytes: 1_000,
			save: async (stream) => {
				try {
					for await (const chunk of stream) passed += chunk.length;
				} catch (error) {
					throw wrap(error);
				}
				return unreachable('it was not stopped');
			},
		});
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			message: expect.stringContaining('limit of 1000 bytes'),
		});
		expect([passed, host.calls.length]).toEqual([800, 1]);
	});

	it('lets a file of exactly that size pass', async () => {
		const { done } = downloading(declared(800, file(400, 400)), { maxBytes: 800 });
		expect((await done).stored).toBe(800);
	});
});

/** A host that stores only part of a file. */
const failingAfterBytes =
	(trouble: Error): typeof collect =>
	async (stream) => {
		for await (const chunk of stream) if (chunk.length > 0) throw trouble;
		return unreachable('no bytes came');
	};

describe('a host that cannot store it', () => {
	it.each([failure('ENOSPC'), failure('EACCES'), new TypeError('no such folder')])(
		'says why, and does not fetch it again: %s',
		async (trouble) => {
			for (const save of [() => Promise.reject(trouble), failingAfterBytes(trouble)]) {
				const { host, done } = downloading(file(5, 5), { save });
				expect(await errorOf(done)).toMatchObject({
					code: 'output_unavailable',
					retryable: false,
					message: `The output a.png could not be stored: ${trouble.message}`,
				});
				expect(host.calls.length).toBe(1);
				expect(host.clock.sleeping()).toBe(0);
			}
		},
	);
});

describe('stopping a download', () => {
	it.each<[string, Reply]>([
		['before the answer', { ...file(5), delayMs: 90_000 }],
		['between bytes', { chunks: [bytes(5), 50_000, bytes(5)] }],
		['between attempts', { status: 503 }],
	])('%s ends it at once', async (_when, reply) => {
		// Attempts after 0.5, 1.5 and 3.5 s.
		jest.spyOn(Math, 'random').mockReturnValue(1);
		const abort = new AbortController();
		const { host, done } = downloading(reply, { signal: abort.signal });
		void host.clock.sleep(2_000).then(() => abort.abort());
		expect(await errorOf(done)).toMatchObject({ code: 'aborted', ...REF });
		expect(host.now() - EPOCH).toBe(2_000);
	});
});

const page = (type: string): Reply => ({ ...file(5), headers: { 'content-type': type } });

describe('a web page in the place of a file', () => {
	it.each(['text/html', ' Text/HTML; charset=utf-8'])('(%j) is not taken for it', async (type) => {
		const { host, done } = downloading(page(type));
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			retryable: true,
			...REF,
			message: 'The output a.png came as a web page',
		});
		expect(host.calls).toHaveLength(6);
	});

	it.each(['text/plain', 'image/png', 'text/htmlx', 'application/x-text/html'])(
		'is not what comes as %s',
		async (type) => {
			expect((await downloading(page(type)).done).stored).toBe(5);
		},
	);

	it.each(['report.html', 'REPORT.HTM'])('is right if the file is one: %s', async (filename) => {
		const url = `https://store.example/${filename}`;
		const [given] = readOutputs({ 9: { files: [{ url, filename }] } }).files;
		expect(given).toMatchObject({ kind: 'text', mime_type: 'text/html' });
		expect((await downloading(page('text/html'), {}, given).done).stored).toBe(5);
	});
});

describe('the connection of an answer that is not taken', () => {
	it.each<[string, Reply, object]>([
		['of a file that is too large', declared(5, file(5)), { maxBytes: 4 }],
		['of a web page', page('text/html'), {}],
		['of a refusal', { ...file(5), status: 503 }, {}],
		['that cannot be stored', file(5), { save: () => Promise.reject(failure('EACCES')) }],
	])('%s is closed, and nothing is read of it', async (_what, reply, options) => {
		const { client, seen } = watching(reply);
		await errorOf(download(client, REF, FILE, { save: collect, ...options }));
		expect(new Set(seen)).toEqual(new Set(['closed']));
	});

	it('is closed if it cannot be stored to its end', async () => {
		const { client, seen } = watching(file(5, 5));
		await errorOf(download(client, REF, FILE, { save: failingAfterBytes(failure('ENOSPC')) }));
		expect(seen).toEqual(['read', 'closed']);
	});
});
