import { describe, expect, it, jest } from '@jest/globals';
import { RunComfyError } from '../../../core/index';
import { download } from '../../../core/parsers';
import { unreachable } from '../../support/expect.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import { REF } from '../support/fakeJob.mts';
import { errorOf } from '../support/thrown.mts';
import { clientOf, failure, type Reply, sequence } from '../support/virtualHost.mts';
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
			hint: expect.stringContaining('size limit'),
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

describe('the time limit of an hour', () => {
	const HOUR_MS = 3_600_000;
	const LATE = 'The output a.png had not arrived after 3600 s';
	const steady: Reply = {
		chunks: Array(400)
			.fill([bytes(20_480), 10_000])
			.flat(),
	};
	/** It breaks off ten seconds before the hour is over. */
	const broken: Reply = {
		...steady,
		chunks: [...steady.chunks!.slice(0, 2 * 359), failure('EPIPE')],
	};

	it.each([
		['ends a stream that goes on', {}],
		['ends it even if the host does not hear of it', { deaf: true }],
	])('%s', async (_what, how) => {
		const { client, host } = clientOf(steady, how);
		expect(await errorOf(download(client, REF, FILE, { save: collect }))).toMatchObject({
			code: 'output_unavailable',
			message: LATE,
			hint: expect.stringContaining('fetch the result again by its request id'),
			...REF,
		});
		expect(host.monotonic()).toBe(HOUR_MS);
	});

	it('is one for all attempts', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const { host, done } = downloading(sequence(broken, steady));
		expect(await errorOf(done)).toMatchObject({ message: LATE });
		expect(host.monotonic()).toBe(HOUR_MS);
	});

	it('is not waited for if the next attempt would come too late', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const busy = { status: 503, headers: { 'retry-after': '10' } };
		const { host, done } = downloading(sequence(broken, busy));
		expect(await errorOf(done)).toMatchObject({ message: expect.stringContaining('HTTP 503') });
		expect(host.monotonic()).toBe(HOUR_MS - 10_000);
	});

	it('leaves a file alone that has come and is being stored', async () => {
		const { client, host } = clientOf(file(5));
		const save: typeof collect = async (stream, named) => {
			const saved = await collect(stream, named);
			await host.sleep(2 * HOUR_MS);
			return saved;
		};
		expect((await download(client, REF, FILE, { save })).stored).toBe(5);
	});
});

describe('a host that cannot store it', () => {
	it.each([failure('ENOSPC'), failure('EACCES'), new TypeError('no such folder')])(
		'says why, and does not fetch it again: %s',
		async (trouble) => {
			const saves: Array<typeof collect> = [
				() => Promise.reject(trouble),
				async (stream) => {
					for await (const chunk of stream) if (chunk.length > 0) throw trouble;
					return unreachable('no bytes came');
				},
			];
			for (const save of saves) {
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

	it.each<[string, typeof collect]>([
		['nothing', () => Promise.reject(failure('EACCES'))],
		[
			'a part',
			async (stream) => {
				for await (const chunk of stream) if (chunk.length > 0) throw failure('ENOSPC');
				return unreachable('no bytes came');
			},
		],
	])('has its connection closed, even if it has read %s', async (_what, save) => {
		const { client, seen } = watching(file(5, 5));
		await errorOf(download(client, REF, FILE, { save }));
		expect(seen.filter((one) => one === 'closed')).toHaveLength(1);
	});

	it('after the time limit, too: it is not the download that was late', async () => {
		const { client, host } = clientOf(file(5, 5));
		const save: typeof collect = async (stream) => {
			for await (const chunk of stream) {
				await host.sleep(chunk.length * 1_000_000);
				throw new Error('the disk has not answered');
			}
			return unreachable('no bytes came');
		};
		const error = await errorOf(download(client, REF, FILE, { save }));
		expect(error).toMatchObject({
			code: 'output_unavailable',
			retryable: false,
			...REF,
			message: 'The output a.png could not be stored: the disk has not answered',
			hint: expect.stringMatching(/by its request id.* 7 days/),
		});
		expect(host.calls.length).toBe(1);
	});

	it('in its own words, if it has some', async () => {
		const save = () => Promise.reject(new RunComfyError('invalid_input', 'no folder set'));
		expect(await errorOf(downloading(file(5), { save }).done)).toMatchObject({
			code: 'invalid_input',
		});
	});
});

describe('stopping a download', () => {
	it.each<[string, Reply]>([
		['before the answer', { ...file(5), delayMs: 90_000 }],
		['between bytes', { chunks: [bytes(5), 50_000, bytes(5)] }],
		['between attempts', { status: 503, headers: { 'retry-after': '60' } }],
	])('%s ends it at once', async (_when, reply) => {
		const abort = new AbortController();
		const { host, done } = downloading(reply, { signal: abort.signal });
		void host.clock.sleep(2_000).then(() => abort.abort());
		expect(await errorOf(done)).toMatchObject({ code: 'aborted', ...REF });
		expect(host.now() - EPOCH).toBe(2_000);
	});

	it('before it begins sends nothing', async () => {
		const { host, done } = downloading(file(5), { signal: AbortSignal.abort() });
		expect(await errorOf(done)).toMatchObject({ code: 'aborted' });
		expect(host.calls).toEqual([]);
	});
});
