// Starts a real Node-RED while something else listens already, or with flows that take long to load.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startNodeRed } from '../../scripts/hosts/node-red.mjs';

let work: string;
let standIn: Server;
let asked: string[];
beforeEach(async () => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-port-'));
	asked = [];
	// A user's own Node-RED, which answers everything that it is asked.
	standIn = createServer((request, response) => {
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
	await expect(startNodeRed({ userDir: join(work, 'user'), port })).rejects.toThrow(/port in use/);
	expect(asked).toEqual([]);
});

it('waits for flows that take long to load, and Node-RED has nothing to complain about', async () => {
	const lines: string[] = [];
	// It listens long before the flows exist: they come after it has been asked for them three times.
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
	const nodeRed = await startNodeRed({ userDir, log: (line) => lines.push(line), settings: slow });
	try {
		const answer = await fetch(`${nodeRed.url}/flows`);
		expect(await answer.json()).toEqual([{ id: 'tab', type: 'tab', label: 'mine' }]);
	} finally {
		await nodeRed.stop();
	}
	expect(lines.filter((line) => line.includes('[error]'))).toEqual([]);
});
