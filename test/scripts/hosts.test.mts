// Processes and hosts in scripts: processes end with their parent, free ports, the notice before installing hosts, and
// starting a real Node-RED beside other programs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer as createWebServer, type Server } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/free-port.mjs';
import { startNodeRed } from '../../scripts/hosts/node-red.mjs';
import { needsOf } from '../../scripts/hosts/setup.mjs';
import { root } from '../../scripts/root.mjs';

it.each([false, true])(
	'a process ends with the one that started it, even if that is killed (a group of its own: %s)',
	async (group) => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		// Holds a connection as long as the process lives.
		const child = `require('node:net').connect(${port}, '127.0.0.1')`;
		const parent = spawn(process.execPath, [
			...['--input-type=module', '--eval'],
			`import { start } from ${JSON.stringify(join(root, 'scripts/process.mjs'))};
			start(process.execPath, ['--eval', ${JSON.stringify(child)}], { group: ${group} });`,
		]);
		const [socket] = (await once(server, 'connection')) as [Socket];
		socket.resume().on('error', () => undefined);
		const gone = once(socket, 'close');
		parent.kill('SIGKILL');
		await gone;
		expect(socket.destroyed).toBe(true);
		server.close();
	},
);

it('gives each server a different port, outside of the range for outgoing connections', async () => {
	const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
	expect(new Set(ports).size).toBe(ports.length);
	expect(ports.filter((port) => port < 20_000 || port >= 32_768)).toEqual([]);
});

const machine = { node: '20.20.2', platform: 'linux', arch: 'x64', folder: '/repository/hosts' };

describe('before the real hosts are installed', () => {
	it('it is said how much is downloaded, where to, and what it needs, on Linux another Node.js for n8n, too', () => {
		const needs = /3 GB, into \/repository\/hosts[^]*C\+\+ compiler/;
		const another = /needs Node.js 24, and this is 20.20.2: .* downloaded, too/;
		expect(needsOf({ ...machine, node: '24.21.0' })).toMatch(needs);
		expect(needsOf({ ...machine, node: '24.21.0' })).not.toMatch(another);
		expect(needsOf(machine)).toMatch(another);
	});

	it.each([{ platform: 'darwin' }, { arch: 'arm64' }])(
		'nothing is if n8n cannot run: %j with an old Node.js',
		(other) => {
			expect(() => needsOf({ ...machine, ...other })).toThrow(/: install Node.js 24/);
		},
	);
});

describe('a real Node-RED', () => {
	let work: string;
	let standIn: Server;
	let asked: string[];
	beforeEach(async () => {
		work = mkdtempSync(join(tmpdir(), 'runcomfy-port-'));
		asked = [];
		// A user's own Node-RED, which answers every request.
		standIn = createWebServer((request, response) => {
			asked.push(`${request.method} ${request.url}`);
			response.end('[]');
		}).listen(0, '127.0.0.1');
		await once(standIn, 'listening');
	});
	afterEach(async () => {
		standIn.closeAllConnections();
		standIn.close();
		rmSync(work, { recursive: true, force: true });
	});

	it('asks nothing of a program that has the port, and says so', async () => {
		const { port } = standIn.address() as AddressInfo;
		await expect(startNodeRed({ userDir: join(work, 'user'), port })).rejects.toThrow(
			/port in use/,
		);
		expect(asked).toEqual([]);
	});

	it('waits for flows that take long to load, and Node-RED has nothing to complain about', async () => {
		const lines: string[] = [];
		// Listens long before the flows exist: they appear after three requests.
		const slow = `
		storageModule: {
			init: async () => undefined,
			getFlows: () => new Promise((resolve) => { globalThis.loaded = resolve; }),
			getCredentials: async () => ({}),
		},
		httpAdminMiddleware: (request, response, next) => {
			globalThis.asked = (globalThis.asked ?? 0) + 1;
			if (globalThis.asked === 4) globalThis.loaded([{ id: 'tab', type: 'tab', label: 'mine' }]);
			next();
		},`;
		const userDir = join(work, 'user');
		const nodeRed = await startNodeRed({
			userDir,
			log: (line) => lines.push(line),
			settings: slow,
		});
		try {
			const answer = await fetch(`${nodeRed.url}/flows`);
			expect(await answer.json()).toEqual([{ id: 'tab', type: 'tab', label: 'mine' }]);
		} finally {
			await nodeRed.stop();
		}
		expect(lines.filter((line) => line.includes('[error]'))).toEqual([]);
		// Following links must terminate: none leads to a folder that may contain the user directory.
		const modules = join(userDir, 'node_modules');
		const links = readdirSync(modules, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isSymbolicLink())
			.map(({ parentPath, name }) => relative(root, realpathSync(join(parentPath, name))));
		expect(links.sort()).toEqual(['dist', 'examples']);
	});
});
