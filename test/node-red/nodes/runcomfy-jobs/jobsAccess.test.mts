// Who may see and cancel jobs in a real Node-RED with users.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobList } from '../../../../node-red/contract/jobs.cts';
import { type NodeRed, startNodeRed } from '../../../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../../../simulator/types.cts';
import { eventually, waitUntil } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');

/** The name of each user is also their token. */
const USERS: Record<string, string> = {
	admin: '*',
	reader: 'read',
	// They may see flows, which this test needs to find out that Node-RED is there.
	stranger: 'flows.read',
};

const POST = { method: 'POST', body: '{}' };

const SETTINGS = `
	adminAuth: {
		type: 'credentials',
		users: () => Promise.resolve(null),
		authenticate: () => Promise.resolve(null),
		default: () => Promise.resolve({ anonymous: true, permissions: '${USERS['stranger']}' }),
		tokens: (token) => {
			const permissions = ${JSON.stringify(USERS)}[token];
			return Promise.resolve(permissions ? { username: token, permissions } : null);
		},
	},
`;

describe('jobs of a Node-RED with users', () => {
	let userDir: string;
	let simulator: Simulator;
	let nodeRed: NodeRed;

	const call = (user: string, path: string, init: RequestInit = {}) =>
		fetch(nodeRed.url + path, {
			...init,
			headers: { 'content-type': 'application/json', authorization: `Bearer ${user}` },
		});
	const list = async (user: string) =>
		((await (await call(user, '/runcomfy/jobs')).json()) as JobList).jobs;

	beforeAll(async () => {
		userDir = mkdtempSync(join(tmpdir(), 'runcomfy-access-'));
		simulator = await createSimulator({ latencyMs: 60_000 });
		nodeRed = await startNodeRed({ userDir, settings: SETTINGS });
		const place = { z: 'tab', x: 100, y: 100 };
		const account = { baseUrl: simulator.url, credentials: { apiToken: simulator.token } };
		const flow = [
			{ id: 'tab', type: 'tab', label: 'jobs' },
			{ id: 'cfg', type: 'runcomfy-config', ...account },
			{ id: 'press', type: 'inject', ...place, props: [], once: true, wires: [['run']] },
			{
				id: 'run',
				type: 'runcomfy-run',
				...place,
				config: 'cfg',
				wires: [],
				deploymentId: simulator.deploymentIds.textToImage,
				deploymentIdType: 'str',
				onShutdown: 'cancel',
			},
		];
		const deployed = await call('admin', '/flows', { method: 'POST', body: JSON.stringify(flow) });
		expect(deployed.status).toBe(204);
		await waitUntil(() => simulator.jobs.size === 1);
	});
	afterAll(async () => {
		await nodeRed?.stop();
		await simulator?.close();
		rmSync(userDir, { recursive: true, force: true });
	});

	it('are seen by whoever may read', async () => {
		expect(await list('reader')).toMatchObject([{ nodeId: 'run', cancelable: true }]);
		for (const user of ['stranger', 'nobody']) {
			expect((await call(user, '/runcomfy/jobs')).status).toBe(401);
			expect((await call(user, '/runcomfy/jobs/x/thumbnail')).status).toBe(401);
		}
	});

	it('are canceled by whoever may write, and by nobody else', async () => {
		const [job] = await list('admin');
		const path = `/runcomfy/jobs/${job?.job}/cancel`;
		for (const user of ['reader', 'stranger', 'nobody']) {
			expect((await call(user, path, POST)).status).toBe(401);
		}
		const [request] = simulator.jobs.values();
		expect(request?.cancelRequestedAt).toBeUndefined();
		expect((await call('admin', path, POST)).status).toBe(202);
		await eventually(() => request?.state).toBe('canceled');
	});
});
