// undici, when it is missing, and bodies that come packed.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Dispatcher } from 'undici';
import type { HttpRequest } from '../../../../core/index.ts';
import type * as HostModule from '../../../../node-red/runtime/account/host.cts';
import type * as PoolModule from '../../../../node-red/runtime/account/pool.cts';
import { eventually } from '../../../support/expect.mts';
import { dist, requireFromRoot, root } from '../../support/dist.mts';
import { TYPES } from '../../support/flow.mts';

const { 'node-red': section } = requireFromRoot('./package.json') as {
	'node-red': { nodes: Record<string, string> };
};

/** Runs code in a process of its own in which some modules cannot be found. */
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

	it.each([
		['20.18.0', 'Node-RED runs on Node.js 20.18.0: install Node.js 20.18.1 or newer'],
		['18.20.4', 'Node-RED runs on Node.js 18.20.4: install Node.js 20.18.1 or newer'],
		['20.18.1', 'npm install undici@7'],
		['20.20.2', 'npm install undici@7'],
		['22.0.0', 'npm install undici@7'],
	])('says what helps on Node.js %s', (version, hint) => {
		expect(dist<typeof PoolModule>('node-red/runtime/account/pool.cjs').hintFor(version)).toContain(
			hint,
		);
	});

	it('says how to install undici when it is missing', () => {
		const thrown = without(
			['undici'],
			`const { loadUndici } = require('./dist/node-red/runtime/account/pool.cjs');
			try { loadUndici(); } catch (error) { console.log(JSON.stringify(error)); }`,
		);
		expect(thrown).toMatchObject({
			code: 'service_unavailable',
			retryable: false,
			hint: expect.stringContaining('npm install undici@7'),
		});
	});
});

const { createHost } = dist<typeof HostModule>('node-red/runtime/account/host.cjs');

const { createPool } = dist<typeof PoolModule>('node-red/runtime/account/pool.cjs');

const TEXT = JSON.stringify({ request_id: 'r-1', text: 'a teapot on the moon '.repeat(100) });

let server: Server | undefined;

let pool: Dispatcher | undefined;

afterEach(async () => {
	await pool?.destroy();
	server?.closeAllConnections();
	server?.close();
});

async function ask(listener: RequestListener, expect: HttpRequest['expect']) {
	server = createServer(listener).listen(0, '127.0.0.1');
	await once(server, 'listening');
	pool = createPool();
	const dispatcher = pool;
	const { port } = server.address() as AddressInfo;
	return createHost({ token: 't', dispatcher: () => dispatcher }).request({
		method: 'GET',
		url: `http://127.0.0.1:${port}`,
		headers: {},
		authenticate: false,
		expect,
		timeoutMs: 10_000,
	});
}

const packedAs =
	(encoding: string, bytes: Uint8Array): RequestListener =>
	(_request, response) => {
		response.setHeader('content-encoding', encoding).end(bytes);
	};

async function bytesOf(chunks: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
	const all: Uint8Array[] = [];
	for await (const chunk of chunks ?? []) all.push(chunk);
	return Buffer.concat(all);
}

describe('an answer that came packed', () => {
	it.each([
		['gzip', gzipSync(TEXT)],
		['X-GZIP', gzipSync(TEXT)],
		['deflate', deflateSync(TEXT)],
		['br', brotliCompressSync(TEXT)],
		['gzip, br', brotliCompressSync(gzipSync(TEXT))],
		['identity', Buffer.from(TEXT)],
		['constructor', Buffer.from(TEXT)],
	])('as %s is read', async (encoding, bytes) => {
		expect((await ask(packedAs(encoding, bytes), 'text')).body).toBe(TEXT);
	});

	it.each<[number, Record<string, string>]>([
		[200, { 'content-length': '0' }],
		[204, {}],
	])('may hold nothing (HTTP %i, %j)', async (status, headers) => {
		const answer = await ask((_request, response) => {
			response.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end();
		}, 'text');
		expect(answer).toMatchObject({ status, body: '' });
	});

	it.each(['gzip', 'deflate', 'br', 'gzip, br'])(
		'may hold nothing where its length is not known (%s)',
		async (encoding) => {
			const empty: RequestListener = (_request, response) => {
				response.setHeader('content-encoding', encoding).flushHeaders();
				response.end();
			};
			expect(await ask(empty, 'text')).toMatchObject({ status: 200, body: '' });
			expect(await bytesOf((await ask(empty, 'stream')).stream)).toHaveLength(0);
		},
	);

	it('is a file, too', async () => {
		const { stream } = await ask(packedAs('gzip', gzipSync(TEXT)), 'stream');
		expect((await bytesOf(stream)).toString()).toBe(TEXT);
	});

	it('is read up to the limit, by what it holds', async () => {
		const bomb = gzipSync(Buffer.alloc(2 * 1024 * 1024));
		await expect(ask(packedAs('gzip', bomb), 'text')).rejects.toMatchObject({ code: 'EMSGSIZE' });
	});

	it('is unpacked five times, and refused where it says more', async () => {
		let packed = Buffer.from(TEXT);
		for (let times = 0; times < 5; times += 1) packed = gzipSync(packed);
		const names = (times: number) => Array(times).fill('gzip').join(', ');
		expect(await ask(packedAs(names(5), packed), 'text')).toMatchObject({ body: TEXT });
		await expect(ask(packedAs(names(6), gzipSync(packed)), 'text')).rejects.toThrow('6 times');
	});

	it('is an error where it is cut off or no such thing', async () => {
		await expect(ask(packedAs('gzip', gzipSync(TEXT).subarray(0, 40)), 'text')).rejects.toThrow();
		await expect(ask(packedAs('br', Buffer.from(TEXT)), 'text')).rejects.toThrow();
	});

	it('closes its connection where nobody reads it', async () => {
		let closed = false;
		const { stream } = await ask((request, response) => {
			request.socket.on('close', () => {
				closed = true;
			});
			response.setHeader('content-encoding', 'gzip').write(gzipSync(TEXT).subarray(0, 10));
		}, 'stream');
		await stream?.[Symbol.asyncIterator]().return?.();
		await eventually(() => closed).toBe(true);
	});
});
