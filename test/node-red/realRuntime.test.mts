// What only a Node-RED in its own process can show: its texts, its sign-in, a signal.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/free-port.mjs';
import { type NodeRed, startNodeRed } from '../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../simulator/index.cts';
import { eventually } from '../support/expect.mts';
import { dist } from './support/dist.mts';
import { exampleOf } from './support/importedFlow.mts';
import { post } from './support/webhook.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');

const HOUR_MS = 3_600_000;
const SECRET = 'open sesame';
// bcrypt of "let-me-in".
const PASS = '$2b$04$N4KWDl2Asdc31TQMW7kZAehd/pOmW7Jmnyu8fXKnJEJngm/TWAdn.';

const lines: string[] = [];
let simulator: Simulator;
let nodeRed: NodeRed;
let userDir: string;
let port: number;

beforeAll(async () => {
	simulator = await createSimulator({ latencyMs: 10 });
	userDir = mkdtempSync(join(tmpdir(), 'runcomfy-node-red-'));
	port = await freePort();
	nodeRed = await startNodeRed({
		userDir,
		port,
		log: (line) => lines.push(line),
		// The examples read the token, and the address for RunComfy's calls, from here.
		env: {
			RUNCOMFY_API_TOKEN: simulator.token,
			RUNCOMFY_WEBHOOK_SECRET: SECRET,
			PUBLIC_URL: `http://127.0.0.1:${port}/api`,
		},
		settings: `httpNodeRoot: '/api', httpNodeAuth: { user: 'u', pass: '${PASS}' },`,
	});
});
afterAll(async () => {
	await nodeRed?.stop();
	await simulator?.close();
	rmSync(userDir, { recursive: true, force: true });
});

const prints = (pattern: RegExp) => eventually(() => lines.join('\n')).toMatch(pattern);

/** Deploys an example, with what a user fills in, and more nodes. */
async function open(name: string, more: object[] = []): Promise<void> {
	const filled = exampleOf(name).map((node) => ({
		...node,
		...(node.type === 'runcomfy-config' ? { baseUrl: simulator.url } : {}),
		...(node['deploymentIdType'] === 'str'
			? { deploymentId: simulator.deploymentIds.textToImage }
			: {}),
		...(node.type === 'debug' ? { console: true } : {}),
	}));
	await nodeRed.deploy([...filled, ...more]);
}

const hook = (secret: string) =>
	`http://127.0.0.1:${port}/api/runcomfy?secret=${encodeURIComponent(secret)}`;

it('behind httpNodeAuth, a caller needs that as well, and the secret still', async () => {
	await open('webhook');
	const signedIn = { authorization: `Basic ${Buffer.from('u:let-me-in').toString('base64')}` };
	await eventually(() => post(hook(SECRET), '{}', signedIn)).toBe(400);
	expect(await post(hook(SECRET), '{}')).toBe(401);
	expect(await post(hook('wrong'), '{}', signedIn)).toBe(403);
});

it('an example saves its picture, tells in words how many run, and ends on SIGTERM', async () => {
	const place = { z: 'runcomfy_first_tab', x: 100, y: 400 };
	await open('first-image', [
		{ id: 'status', type: 'status', scope: null, wires: [['shown']], ...place },
		{
			id: 'shown',
			type: 'debug',
			name: 'shown',
			active: true,
			console: true,
			complete: 'status.text',
			targetType: 'msg',
			wires: [],
			...place,
		},
	]);
	await nodeRed.inject('runcomfy_first_inject');
	await prints(/runcomfy-images[\\/]ComfyUI_00001_\.png/);
	await prints(/\[debug:shown\] done/);
	expect(readdirSync(join(userDir, 'runcomfy-images'))).toEqual(['ComfyUI_00001_.png']);

	simulator.update({ latencyMs: HOUR_MS });
	await Promise.all([1, 2].map(() => nodeRed.inject('runcomfy_first_inject')));
	await prints(/\[debug:shown\] 2 running/);
	await nodeRed.stop();
	// The runs go on at RunComfy.
	const states = [...simulator.jobs.values()].slice(-2).map(({ state }) => state);
	expect(states).toEqual(['in_progress', 'in_progress']);
	expect(lines.filter((line) => /\[error\]|Uncaught|Unhandled/.test(line))).toEqual([]);
	expect(lines.join('\n')).not.toContain(simulator.token);
});
