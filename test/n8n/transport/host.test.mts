// The node's implementation of the core's `Host`, on n8n's own helpers, where test/faults cannot reach.
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import type { HttpRequest } from '../../../core/index.ts';
import type * as HostModule from '../../../nodes/RunComfy/transport/host.ts';
import type * as StreamsModule from '../../../nodes/RunComfy/transport/streams.ts';
import { TOKEN, useRig, useServers } from '../support/rig.mts';

const require = createRequire(import.meta.url);
const { createHost } =
	require('../../../dist/nodes/RunComfy/transport/host.js') as typeof HostModule;
const { merged } =
	require('../../../dist/nodes/RunComfy/transport/streams.js') as typeof StreamsModule;

const rig = useRig();
const serve = useServers();
const host = () =>
	createHost(rig.executeContext({}) as unknown as IExecuteFunctions, { secrets: [TOKEN] });

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
	method: 'GET',
	url,
	headers: { accept: '*/*' },
	authenticate: false,
	expect: 'text',
	timeoutMs: 20_000,
	...more,
});

describe('the host', () => {
	it('has a monotonic clock, which nobody can set', () => {
		const before = host().monotonic();
		jest.spyOn(Date, 'now').mockReturnValue(0);
		expect(host().now()).toBe(0);
		const elapsed = host().monotonic() - before;
		expect(elapsed).toBeGreaterThanOrEqual(0);
		expect(elapsed).toBeLessThan(3_600_000);
	});

	it('writes a part of a buffer as base64', () => {
		const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
		expect(host().toBase64(bytes)).toBe('AQID');
	});

	it('limits the time of a whole text, but not of a stream that keeps coming', async () => {
		const url = await serve((_request, response) => void response.end('here'));
		// The time limit is reached at once.
		jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
		await expect(host().request(get(url))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
		const { stream } = await host().request(get(url, { expect: 'stream' }));
		const chunks: Uint8Array[] = [];
		for await (const chunk of stream!) chunks.push(chunk);
		expect(Buffer.concat(chunks).toString()).toBe('here');
	});

	it('keeps the time limit over a garbage collection', async () => {
		setFlagsFromString('--expose-gc');
		const collect = runInNewContext('gc') as () => void;
		const url = await serve((_request, response) => {
			response.writeHead(200);
			const trickle = setInterval(() => response.write(' '), 20);
			response.on('close', () => clearInterval(trickle));
		});
		const answer = host().request(get(url, { timeoutMs: 500 }));
		const collecting = setInterval(collect, 50);
		try {
			await expect(answer).rejects.toMatchObject({ code: 'ETIMEDOUT' });
		} finally {
			clearInterval(collecting);
		}
	});

	it('goes to public addresses only, at first and after a redirect, if the request says so', async () => {
		const sent: string[] = [];
		const closed: string[] = [];
		const helpers = {
			httpRequest: async ({ url, disableFollowRedirect, abortSignal }: IHttpRequestOptions) => {
				expect(disableFollowRedirect).toBe(true);
				sent.push(url);
				(abortSignal as AbortSignal).addEventListener('abort', () => closed.push(url));
				return { statusCode: 302, headers: { location: 'http://10.0.0.1/' }, body: {} };
			},
		};
		const guarded = createHost({ helpers } as unknown as IExecuteFunctions, { secrets: [TOKEN] });
		for (const url of ['http://[::1]/', 'https://store.example/']) {
			const request = get(url, { publicOnly: true, expect: 'stream' });
			await expect(guarded.request(request)).rejects.toMatchObject({ code: 'ERR_PRIVATE_ADDRESS' });
		}
		expect(sent).toEqual(['https://store.example/']);
		expect(closed).toEqual(sent);
	});

	it('reads a text up to its limit, by what it holds', async () => {
		const url = await serve((_request, response) => {
			response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(4_000)));
		});
		expect((await host().request(get(url, { maxBytes: 4_000 }))).body).toHaveLength(4_000);
		const refused = host().request(get(url, { maxBytes: 3_999 }));
		await expect(refused).rejects.toMatchObject({ code: 'EMSGSIZE' });
	});

	/** Sends a part of a file, and then nothing more. */
	const stuck = async () => {
		let closed: Promise<unknown> = Promise.resolve();
		const url = await serve((_request, response) => {
			closed = new Promise((resolve) => response.on('close', resolve));
			response.write('a');
		});
		return { url, closed: () => closed };
	};

	it('closes the connection of a stream that nobody reads', async () => {
		const { url, closed } = await stuck();
		const { stream } = await host().request(get(url, { expect: 'stream' }));
		await stream![Symbol.asyncIterator]().return?.();
		await closed();
	});

	it('ends a stream that stalls, and closes its connection', async () => {
		const { url, closed } = await stuck();
		const { stream } = await host().request(get(url, { expect: 'stream', timeoutMs: 100 }));
		const chunks = stream![Symbol.asyncIterator]();
		await chunks.next();
		await expect(chunks.next()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
		await closed();
	});

	it('ends a stream with the signal, and closes its connection', async () => {
		const { url, closed } = await stuck();
		const stop = new AbortController();
		const { stream } = await host().request(get(url, { expect: 'stream', signal: stop.signal }));
		const chunks = stream![Symbol.asyncIterator]();
		await chunks.next();
		const next = chunks.next();
		stop.abort();
		await expect(next).rejects.toThrow();
		await closed();
	});

	it('ends a request and a sleep as soon as the signal aborts', async () => {
		const stop = new AbortController();
		const url = await serve(() => stop.abort());
		await expect(host().request(get(url, { signal: stop.signal }))).rejects.toThrow();
		const sleeping = new AbortController();
		const asleep = host().sleep(3_600_000, sleeping.signal);
		sleeping.abort();
		await expect(asleep).rejects.toThrow();
		await expect(host().sleep(3_600_000, sleeping.signal)).rejects.toThrow();
	});
});

describe('chunks that are joined for n8n’s binary data', () => {
	async function* given(...lengths: number[]) {
		yield* lengths.map((length, at) => new Uint8Array(length).fill(at + 1));
	}
	const collect = async (chunks: AsyncIterable<Uint8Array>) => {
		const all: Uint8Array[] = [];
		for await (const chunk of chunks) all.push(chunk);
		return all;
	};

	it.each([
		[
			[4, 4, 4, 4, 4],
			[8, 8, 4],
		],
		[
			[5, 5, 1, 1, 1],
			[5, 8],
		],
		[
			[3, 20, 3],
			[3, 20, 3],
		],
		[[0, 0], []],
	])('of %j bytes with at most 8 are %j', async (lengths, expected) => {
		const all = await collect(merged(given(...lengths), 8));
		expect(all.map(({ length }) => length)).toEqual(expected);
		expect(Buffer.concat(all)).toEqual(Buffer.concat(await collect(given(...lengths))));
	});

	it('end as their source does, and end it when they are left', async () => {
		async function* breaking() {
			yield new Uint8Array(2);
			throw new Error('reset');
		}
		await expect(collect(merged(breaking(), 8))).rejects.toThrow('reset');
		const source = given(8, 8, 8);
		for await (const chunk of merged(source, 8)) {
			expect(chunk).toHaveLength(8);
			break;
		}
		expect(await source.next()).toEqual({ done: true, value: undefined });
	});
});
