// The node's half of the contract with the core, over n8n's own helpers.
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { readNetworkFailure } from '../../../core/errors/network.ts';
import type { HttpRequest } from '../../../core/index.ts';
import type * as HostModule from '../../../nodes/RunComfy/transport/host.ts';
import { executeContext, TOKEN, useRig } from '../support/rig.mts';

const { createHost } = createRequire(import.meta.url)(
	'../../../dist/nodes/RunComfy/transport/host.js',
) as typeof HostModule;

const rig = useRig();
const host = () => createHost(executeContext(rig, {}) as unknown as IExecuteFunctions, TOKEN);

let close = async () => {};
afterEach(() => close());

async function serve(listener: RequestListener): Promise<string> {
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
	method: 'GET',
	url,
	headers: { accept: '*/*' },
	authenticate: false,
	expect: 'text',
	timeoutMs: 10_000,
	...more,
});

describe('the host', () => {
	it('waits by a clock that nobody sets', () => {
		const before = host().monotonic();
		jest.spyOn(Date, 'now').mockReturnValue(0);
		expect(host().now()).toBe(0);
		const later = host().monotonic();
		expect(later - before).toBeGreaterThanOrEqual(0);
		expect(later - before).toBeLessThan(3_600_000);
	});

	it('writes a part of a buffer as base64', () => {
		const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
		expect(host().toBase64(bytes)).toBe('AQID');
	});

	it('gives any status, its headers in lower case and the text as it came', async () => {
		const url = await serve((_request, response) => {
			response.writeHead(418, { 'X-Some-Header': 'Yes', 'content-type': 'application/json' });
			response.end('{"n": 18446744073709551615}');
		});
		expect(await host().request(get(url))).toMatchObject({
			status: 418,
			headers: { 'x-some-header': 'Yes' },
			body: '{"n": 18446744073709551615}',
		});
	});

	it('adds the token where asked, and follows no redirect with it', async () => {
		const seen: Array<string | undefined> = [];
		const url = await serve((request, response) => {
			seen.push(request.headers.authorization);
			response.writeHead(302, { location: `http://localhost:1/` }).end();
		});
		const answer = await host().request(get(url, { authenticate: true }));
		expect(answer.status).toBe(302);
		expect(seen).toEqual([`Bearer ${TOKEN}`]);
	});

	it('follows redirects without it', async () => {
		const seen: unknown[] = [];
		const url = await serve((request, response) => {
			seen.push([request.url, request.headers.authorization]);
			if (request.url === '/') response.writeHead(302, { location: '/there' }).end();
			else response.end('here');
		});
		expect(await host().request(get(url))).toMatchObject({ status: 200, body: 'here' });
		expect(seen).toEqual([
			['/', undefined],
			['/there', undefined],
		]);
	});

	it.each<[string, RequestListener]>([
		['no answer', () => {}],
		[
			'an answer that never ends',
			(_request, response) => {
				const more = setInterval(() => response.write(' '), 20);
				response.on('close', () => clearInterval(more));
			},
		],
	])('gives up on %s', async (_name, listener) => {
		const url = await serve(listener);
		await expect(host().request(get(url, { timeoutMs: 300 }))).rejects.toMatchObject({
			code: 'ETIMEDOUT',
		});
	});

	it('gives up a stream that does not begin, not one that keeps coming', async () => {
		const url = await serve((request, response) => {
			if (request.url !== '/') return;
			let left = 10;
			const more = setInterval(() => {
				response.write('a');
				left -= 1;
				if (left > 0) return;
				clearInterval(more);
				response.end();
			}, 60);
		});
		const options = { expect: 'stream', timeoutMs: 300 } as const;
		await expect(host().request(get(`${url}never`, options))).rejects.toMatchObject({
			code: 'ETIMEDOUT',
		});
		const { stream } = await host().request(get(url, options));
		const chunks: string[] = [];
		for await (const chunk of stream!) chunks.push(Buffer.from(chunk).toString());
		expect(chunks.join('')).toBe('a'.repeat(10));
	});

	it('goes to no private address, at first or after a redirect, where only public ones are wanted', async () => {
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
		const guarded = createHost({ helpers } as unknown as IExecuteFunctions, TOKEN);
		const asked = { publicOnly: true, expect: 'stream' } as const;
		for (const url of ['http://[::1]/', 'https://store.example/']) {
			await expect(guarded.request(get(url, asked))).rejects.toMatchObject({
				code: 'ERR_PRIVATE_ADDRESS',
			});
		}
		expect(sent).toEqual(['https://store.example/']);
		expect(closed).toEqual(sent);
	});

	it('closes the connection of a stream that nobody reads', async () => {
		let closed: Promise<unknown> = Promise.resolve();
		const url = await serve((_request, response) => {
			closed = new Promise((resolve) => response.on('close', resolve));
			response.write('a');
		});
		const { stream } = await host().request(get(url, { expect: 'stream' }));
		await stream![Symbol.asyncIterator]().return?.();
		await closed;
	});

	it.each([
		['ECONNREFUSED', 'http://127.0.0.1:1/'],
		['ENOTFOUND', 'http://nowhere.invalid/'],
	])('tells that nothing was delivered (%s)', async (code, url) => {
		for (const authenticate of [true, false]) {
			const refused = await host()
				.request(get(url, { authenticate }))
				.catch((thrown: unknown) => thrown);
			expect(readNetworkFailure(refused)).toMatchObject({
				code: expect.stringMatching(`^(${code}|EAI_AGAIN)$`),
				undelivered: true,
			});
		}
	});

	it.each(['identity', 'gzip'])(
		'reads no answer that grows beyond 64 MB (%s)',
		async (encoding) => {
			const url = await serve((_request, response) => {
				const bytes = Buffer.alloc(65 * 1024 * 1024, ' ');
				response.writeHead(200, { 'content-encoding': encoding });
				response.end(encoding === 'gzip' ? gzipSync(bytes) : bytes);
			});
			await expect(host().request(get(url, { authenticate: true }))).rejects.toMatchObject({
				code: 'EMSGSIZE',
			});
		},
	);

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

describe('the time limit of an answer', () => {
	it('outlives a garbage collection', async () => {
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
	}, 10_000);
});
