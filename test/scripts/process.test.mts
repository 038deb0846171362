import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { freePort } from '../../scripts/free-port.mjs';
import { root } from '../../scripts/root.mjs';

it.each([false, true])(
	'a process ends with the one that started it, even if that is killed (a group of its own: %s)',
	async (detached) => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		// It holds a connection as long as it lives.
		const child = `require('node:net').connect(${port}, '127.0.0.1')`;
		const parent = spawn(process.execPath, [
			...['--input-type=module', '--eval'],
			`import { start } from ${JSON.stringify(join(root, 'scripts/process.mjs'))};
			start(process.execPath, ['--eval', ${JSON.stringify(child)}], { detached: ${detached} });`,
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

it('gives each server a port of its own, none that an outgoing connection may take', async () => {
	const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
	expect(new Set(ports).size).toBe(ports.length);
	expect(ports.filter((port) => port < 20_000 || port >= 32_768)).toEqual([]);
});

it('gives a port that can be listened on at once', async () => {
	const server = createServer().listen(await freePort(), '127.0.0.1');
	await once(server, 'listening');
	server.close();
});
