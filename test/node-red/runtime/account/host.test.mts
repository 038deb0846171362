// The core's host over undici, against servers that misbehave, and each Node-RED node if undici is missing.
import { execFileSync } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Dispatcher } from 'undici';
import type { HttpRequest } from '../../../../core/index.ts';
import type * as HostModule from '../../../../node-red/runtime/account/host.ts';
import { eventually } from '../../../support/expect.mts';
import { dist, requireFromRoot, root } from '../../support/dist.mts';
import { turns, TYPES } from '../../support/rig.mts';

const { createHost, createPool } = dist<typeof HostModule>('node-red/runtime/account/host.js');

const servers: Server[] = [];
const pools: Dispatcher[] = [];
afterEach(async () => {
	await Promise.all(pools.splice(0).map((pool) => pool.destroy()));
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		server.close();
	}
	delete process.env['HTTP_PROXY'];
});

const serve = (listener: RequestListener) => listen(createServer(listener));

async function listen(server: Server): Promise<string> {
	servers.push(server.listen(0, '127.0.0.1'));
	await once(server, 'listening');
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const host = () =>
	createHost({
		account: { token: 'secret-token', secrets: ['secret-token'] },
		dispatcher(kind) {
			const pool = createPool(kind);
			pools.push(pool);
			return pool;
		},
	});

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
	method: 'GET',
	url,
	headers: { accept: '*/*', 'user-agent': 'test/1' },
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
});

describe('headers', () => {
	it('hold the token when asked for, and never otherwise', async () => {
		const seen: unknown[] = [];
		const url = await serve((request, response) => {
			seen.push(request.headers.authorization);
			response.end('{}');
		});
		await host().request(get(url, { authenticate: true }));
		await host().request(get(url));
		expect(seen).toEqual(['Bearer secret-token', undefined]);
	});

	it('of the answer come with names in lower case, lists joined', async () => {
		const url = await serve((_request, response) => {
			response.setHeader('Retry-After', '7').setHeader('Set-Cookie', ['a=1', 'b=2']).end('ü');
		});
		const answer = await host().request(get(url));
		expect(answer).toMatchObject({
			status: 200,
			body: 'ü',
			headers: { 'retry-after': '7', 'set-cookie': 'a=1, b=2' },
		});
	});
});

describe('where only public addresses are wanted', () => {
	const code = 'ERR_PRIVATE_ADDRESS';

	it('this machine is not asked, by number or by name', async () => {
		const listener = jest.fn<RequestListener>();
		const { port } = new URL(await serve(listener));
		for (const name of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
			const asked = get(`http://${name}:${port}`, { publicOnly: true });
			await expect(host().request(asked)).rejects.toMatchObject({ code });
		}
		expect(listener).not.toHaveBeenCalled();
	});

	it('a name that stands for this machine is refused as it is looked up', async () => {
		const lookups: string[] = [];
		jest.spyOn(dns, 'lookup').mockImplementation(((
			name: string,
			_options: object,
			callback: (error: null, found: object[]) => void,
		) => {
			lookups.push(name);
			callback(null, [{ address: '127.0.0.1', family: 4 }]);
		}) as never);
		const asked = get('http://files.example:9', { publicOnly: true });
		await expect(host().request(asked)).rejects.toMatchObject({ code });
		expect(lookups).toEqual(['files.example']);
	});
});

describe('redirects', () => {
	it('of files are followed to another host, with the same plain headers', async () => {
		const seen: object[] = [];
		const target = await serve((request, response) => {
			seen.push(request.headers);
			response.end('file');
		});
		const url = await serve((_request, response) => {
			response.writeHead(307, { location: `${target}/x?sig=1` }).end('moved');
		});
		const answer = await host().request(get(url));
		expect(answer.body).toBe('file');
		expect(Object.keys(seen[0] ?? {}).sort()).toEqual([
			...['accept', 'connection', 'host', 'user-agent'],
		]);
	});
});

describe('giving up', () => {
	const silent = () => serve(() => undefined);

	it('rejects with ETIMEDOUT, also if only the body stalls', async () => {
		const url = await serve((_request, response) => void response.write('{"a":'));
		await expect(host().request(get(url, { timeoutMs: 50 }))).rejects.toMatchObject({
			code: 'ETIMEDOUT',
		});
	});

	it('rejects a stream whose headers do not come in time', async () => {
		const request = get(await silent(), { expect: 'stream', timeoutMs: 100 });
		await expect(host().request(request)).rejects.toMatchObject({
			code: 'UND_ERR_HEADERS_TIMEOUT',
		});
	});

	it('rejects on abort, also before the start', async () => {
		const abort = new AbortController();
		const pending = host().request(get(await silent(), { signal: abort.signal }));
		abort.abort();
		await expect(pending).rejects.toThrow(/abort/i);
		const late = get(await silent(), { signal: AbortSignal.abort() });
		await expect(host().request(late)).rejects.toThrow(/abort/i);
	});

	it('refuses an answer that would fill the memory', async () => {
		const piece = Buffer.alloc(1024 * 1024);
		let written = 0;
		const url = await serve((_request, response) => {
			const more = () => {
				do written += 1;
				while (!response.destroyed && response.write(piece));
			};
			response.on('drain', more);
			more();
		});
		const small = get(url, { maxBytes: 3 * piece.length });
		await expect(host().request(small)).rejects.toMatchObject({ code: 'EMSGSIZE' });
		expect(written).toBeLessThan(60);
	});
});

describe('streams', () => {
	async function endless() {
		const sockets: Socket[] = [];
		const url = await serve((request, response) => {
			sockets.push(request.socket);
			response.write(Buffer.alloc(1000));
		});
		return { url, sockets };
	}

	it('that nobody wants close their connection', async () => {
		const { url, sockets } = await endless();
		const { stream } = await host().request(get(url, { expect: 'stream' }));
		await stream?.[Symbol.asyncIterator]().return?.();
		await eventually(() => sockets[0]?.destroyed).toBe(true);
	});

	it('that break off while nobody reads do not end the process', async () => {
		const { url, sockets } = await endless();
		const { stream } = await host().request(get(url, { expect: 'stream' }));
		sockets[0]?.destroy();
		await turns(50);
		await expect(stream?.[Symbol.asyncIterator]().next()).rejects.toThrow();
	});

	it('end when nothing more comes, and close the connection', async () => {
		const { url, sockets } = await endless();
		const { stream } = await host().request(get(url, { expect: 'stream', timeoutMs: 100 }));
		const iterator = stream![Symbol.asyncIterator]();
		await iterator.next();
		await expect(iterator.next()).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
		await eventually(() => sockets[0]?.destroyed).toBe(true);
	});

	it('end with the signal, long after the headers came', async () => {
		const { url, sockets } = await endless();
		const abort = new AbortController();
		const request = get(url, { expect: 'stream', timeoutMs: 10_000, signal: abort.signal });
		const { stream } = await host().request(request);
		const iterator = stream?.[Symbol.asyncIterator]();
		await iterator?.next();
		const next = iterator?.next();
		abort.abort();
		await expect(next).rejects.toThrow(/abort/i);
		await eventually(() => sockets[0]?.destroyed).toBe(true);
	});
});

describe('proxies', () => {
	it('are used as HTTP_PROXY says, but not for this machine', async () => {
		const asked: string[] = [];
		const proxy = createServer((request, response) => {
			asked.push(String(request.url));
			response.end('by proxy');
		}).on('connect', (request, socket) => {
			asked.push(String(request.url));
			socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
		});
		process.env['HTTP_PROXY'] = await listen(proxy);
		const direct = await serve((_request, response) => response.end('direct'));

		expect((await host().request(get(direct))).body).toBe('direct');
		await host()
			.request(get('http://runcomfy.invalid/x'))
			.catch(() => undefined);
		expect(asked).toEqual([expect.stringContaining('runcomfy.invalid')]);
	});
});

const { 'node-red': section } = requireFromRoot('./package.json') as {
	'node-red': { nodes: Record<string, string> };
};

/** Runs code in a separate process in which some modules cannot be found. */
function without(missing: string[], code: string): unknown {
	const preamble = `
		const Module = require('node:module');
		const resolve = Module._resolveFilename;
		Module._resolveFilename = function (name, ...rest) {
			if (${JSON.stringify(missing)}.includes(name)) {
				throw Object.assign(new Error('Cannot find module ' + name), { code: 'MODULE_NOT_FOUND' });
			}
			return resolve.call(this, name, ...rest);
		};`;
	return JSON.parse(
		execFileSync(process.execPath, ['-e', preamble + code], { cwd: root, encoding: 'utf8' }),
	);
}

describe('every Node-RED entry', () => {
	it('is one of the types that are tested here, or the config node', () => {
		expect(Object.keys(section.nodes).sort()).toEqual(['runcomfy-config', ...TYPES].sort());
	});

	it('registers its type although undici is missing', () => {
		const registered = without(
			['undici'],
			`const types = [];
			const idle = () => undefined;
			const RED = {
				nodes: { registerType: (type) => types.push(type) },
				settings: {},
				events: { on: idle },
				auth: { needsPermission: idle },
				httpAdmin: { get: idle, post: idle },
			};
			for (const file of ${JSON.stringify(Object.values(section.nodes))}) require('./' + file)(RED);
			console.log(JSON.stringify(types));`,
		);
		expect(registered).toEqual(Object.keys(section.nodes));
	});

	it('says how to install undici when it is missing', () => {
		const thrown = without(
			['undici'],
			`const { loadUndici } = require('./dist/node-red/runtime/account/host.js');
			try { loadUndici(); } catch (error) { console.log(JSON.stringify(error)); }`,
		);
		expect(thrown).toMatchObject({
			code: 'service_unavailable',
			retryable: false,
			hint: expect.stringContaining('npm install undici@7'),
		});
	});
});
