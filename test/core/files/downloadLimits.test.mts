import { describe, expect, it, jest } from '@jest/globals';
import { download, RunComfyError } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import { REF } from '../support/fakeJob.mts';
import { errorOf } from '../support/thrown.mts';
import { clientOf, failure, type Reply, type Script, sequence } from '../support/virtualHost.mts';
import {
	bytes,
	collect,
	declared,
	downloading,
	FILE,
	file,
	URL_1,
	watching,
} from './downloading.mts';

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

describe('a time limit', () => {
	const steady: Reply = {
		chunks: Array(10_000)
			.fill([bytes(2_048), 1_000])
			.flat(),
	};

	/** When it ends with a limit of ten seconds, and with what. */
	const endOf = async (script: Script) => {
		const { host, done } = downloading(script, { timeoutMs: 10_000 });
		const { message } = await errorOf(done);
		return [host.monotonic(), message.replace('The output a.png ', '')];
	};

	it.each<[string, Reply]>([
		['a stream that goes on', steady],
		['an answer that does not come', { ...file(5), delayMs: 110_000 }],
	])('ends %s', async (_what, reply) => {
		const { host, done } = downloading(reply, { timeoutMs: 10_000 });
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			message: 'The output a.png had not arrived after 10 s',
			hint: expect.stringContaining('time limit of downloads'),
			...REF,
		});
		expect(host.monotonic()).toBe(10_000);
	});

	it('ends it even if the host does not hear of it', async () => {
		const { client, host } = clientOf(steady, { deaf: true });
		const done = download(client, REF, FILE, { save: collect, timeoutMs: 10_000 });
		expect(await errorOf(done)).toMatchObject({ message: /had not arrived after 10 s/ });
		expect(host.monotonic()).toBe(10_000);
	});

	it('ends the look for a fresh address, too', async () => {
		const { host, done } = downloading(
			({ request }) => (request.url === URL_1 ? { status: 403 } : { ...file(5), delayMs: 60_000 }),
			{ timeoutMs: 10_000 },
		);
		expect(await errorOf(done)).toMatchObject({
			code: 'output_unavailable',
			message: 'The output a.png had not arrived after 10 s',
			...REF,
		});
		expect([host.monotonic(), host.clock.sleeping()]).toEqual([10_000, 0]);
	});

	it('is not waited for if the next attempt would come too late', async () => {
		const busy = { status: 503, headers: { 'retry-after': '60' } };
		const { host, done } = downloading(busy, { timeoutMs: 10_000 });
		expect(await errorOf(done)).toMatchObject({ message: expect.stringContaining('HTTP 503') });
		expect(host.monotonic()).toBe(0);
	});

	it('is none that the next attempt would reach just then', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const busy = { status: 503, headers: { 'retry-after': '10' } };
		expect(await endOf(() => busy)).toEqual([0, 'was refused (HTTP 503)']);
	});

	it('is one for all attempts, and for the look for a fresh address', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		const busy = { status: 503, headers: { 'retry-after': '4' } };
		expect(await endOf(sequence(busy, steady))).toEqual([10_000, 'had not arrived after 10 s']);
		const late = { ...file(5), delayMs: 60_000 };
		expect(await endOf(sequence(busy, { status: 403 }, late))).toEqual([
			...[10_000, 'had not arrived after 10 s'],
		]);
	});

	it('leaves a file alone that has come and is being stored', async () => {
		const { client, host } = clientOf(file(5));
		const save: typeof collect = async (stream, named) => {
			const saved = await collect(stream, named);
			await host.sleep(20_000);
			return saved;
		};
		const options = { save, timeoutMs: 10_000 };
		expect((await download(client, REF, FILE, options)).stored).toBe(5);
	});

	it('longer than a timer can hold is none', async () => {
		const { client, host } = clientOf(file(5));
		const sleep = jest.spyOn(host, 'sleep');
		await download(client, REF, FILE, { save: collect, timeoutMs: 2 ** 31 });
		expect(Math.max(...sleep.mock.calls.map(([ms]) => ms))).toBeLessThan(2 ** 31);
	});

	it('of 0 is none, and one that is kept leaves nothing behind', async () => {
		const { done } = downloading(steady, { timeoutMs: 0 });
		expect((await done).stored).toBe(20_480_000);
		const { host, done: kept } = downloading(file(5), { timeoutMs: 10_000 });
		expect((await kept).stored).toBe(5);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('does not stand in the way of a stop', async () => {
		const abort = new AbortController();
		const { host, done } = downloading(steady, { signal: abort.signal, timeoutMs: 10_000 });
		void host.clock.sleep(2_000).then(() => abort.abort());
		expect(await errorOf(done)).toMatchObject({ code: 'aborted', ...REF });
		expect(host.monotonic()).toBe(2_000);
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
				await host.sleep(chunk.length * 4_000);
				throw new Error('the disk has not answered');
			}
			return unreachable('no bytes came');
		};
		const error = await errorOf(download(client, REF, FILE, { save, timeoutMs: 10_000 }));
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
