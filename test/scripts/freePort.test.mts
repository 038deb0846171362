import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePort } from '../../scripts/free-port.mjs';

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
