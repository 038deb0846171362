// RunComfy calls a real Node-RED, in a process of its own, that deploys, is killed and is flooded.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { freePort } from '../../../../scripts/free-port.mjs';
import { type NodeRed, startNodeRed } from '../../../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../../../simulator/index.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { post } from '../../support/webhook.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');

interface End {
	by: 'run' | 'hook' | 'catch';
	id: string;
	status: string;
	resumed?: true;
}

/** Real processes on a busy machine: only what never comes must fail. */
const PATIENCE_MS = 300_000;
jest.setTimeout(PATIENCE_MS);

const MARK = 'END ';
const SECRET = 'swordfish';
const ends: End[] = [];
const errors: string[] = [];
let simulator: Simulator;
let nodeRed: NodeRed;
let userDir: string;
let port: number;
/** Sent along with every deploy, credentials would make each one restart all nodes. */
let deployed = false;

beforeAll(async () => {
	simulator = await createSimulator({ latencyMs: 500, maxInstances: 100, webhookRetryMs: 100 });
	userDir = mkdtempSync(join(tmpdir(), 'runcomfy-webhook-'));
	port = await freePort();
	await start();
	await nodeRed.deploy(flow());
	deployed = true;
}, PATIENCE_MS);
afterAll(async () => {
	await nodeRed?.stop();
	await simulator.close();
	rmSync(userDir, { recursive: true, force: true });
});

async function start(settings = ''): Promise<void> {
	const log = (line: string) => {
		const at = line.indexOf(MARK);
		if (at >= 0) ends.push(JSON.parse(line.slice(at + MARK.length)) as End);
		else if (/\[error\]|Uncaught|Unhandled/.test(line)) errors.push(line);
	};
	nodeRed = await startNodeRed({
		userDir,
		port,
		log,
		settings: `httpNodeRoot: '/api',${settings}`,
	});
}

const address = (secret = SECRET) => `http://127.0.0.1:${port}/api/hook?secret=${secret}`;

function flow(hook: object = {}): object[] {
	const place = { z: 'tab', x: 100, y: 100 };
	const fields = { config: 'cfg', ...place };
	const given = {
		...{ deploymentId: simulator.deploymentIds.textToImage, deploymentIdType: 'str' },
		...{ webhook: address(), webhookType: 'str' },
	};
	const report = (id: string) => ({
		...{ id: `${id}-end`, type: 'function', ...place, wires: [], outputs: 0 },
		func: `node.warn('${MARK}' + JSON.stringify({ by: '${id}', id: msg.requestId,
			status: msg.status, resumed: msg.runcomfy && msg.runcomfy.resumed }));`,
	});
	const press = (target: string) => [
		{ id: `press-${target}`, type: 'inject', ...place, props: [], wires: [[`ten-${target}`]] },
		{
			...{ id: `ten-${target}`, type: 'function', ...place, wires: [[target]], outputs: 1 },
			func: 'return [Array.from({ length: 10 }, () => ({}))];',
		},
	];
	return [
		{ id: 'tab', type: 'tab', label: 'webhook' },
		{
			...{ id: 'cfg', type: 'runcomfy-config', baseUrl: simulator.url, concurrency: 100 },
			...(deployed ? {} : { credentials: { apiToken: simulator.token } }),
		},
		...press('submit'),
		...press('run'),
		{ id: 'submit', type: 'runcomfy-submit', ...fields, ...given, wires: [[]] },
		{ id: 'run', type: 'runcomfy-run', ...fields, ...given, wires: [['run-end']] },
		{
			...{ id: 'hook', type: 'runcomfy-webhook', ...fields, path: '/hook', wires: [['hook-end']] },
			...(deployed ? {} : { credentials: { secret: SECRET } }),
			...hook,
		},
		{ id: 'catch', type: 'catch', ...place, scope: null, wires: [['catch-end']] },
		...['run', 'hook', 'catch'].map(report),
	];
}

/** Begun downloads; the simulator counts only those that have ended. */
const fetches = () => simulator.requests.filter(({ route }) => route === 'storage').length;

const ended = (count: number) =>
	eventually(() => ends.length, { timeout: PATIENCE_MS }).toBe(count);

/** Waits a while in which a second message would show, and gives what came since `from`. */
async function since(from: number): Promise<End[]> {
	await new Promise((resolve) => setTimeout(resolve, 500));
	const news = ends.slice(from);
	expect(new Set(news.map(({ id }) => id)).size).toBe(news.length);
	return news;
}

it('deploys between the callbacks, duplicates and reordering: every request is told once', async () => {
	simulator.inject({ name: 'webhook_duplicate', times: 10 });
	simulator.inject({ name: 'server_error', on: 'result', times: 5 });
	simulator.inject({ name: 'run_failed', times: 3 });
	const { length: before } = simulator.requests;
	await nodeRed.inject('press-submit');
	const answered = () =>
		simulator.requests.slice(before).filter(({ status, route }) => route === 'submit' && status);
	await eventually(() => answered().length).toBe(10);
	for (const type of ['nodes', 'full', 'flows', 'nodes', 'full', 'nodes'] as const) {
		await nodeRed.deploy(flow({ name: `deploy ${type}` }), type);
	}
	await ended(10);
	const news = await since(0);
	expect(news.filter(({ by }) => by === 'hook')).toHaveLength(7);
	expect(news.filter(({ by, status }) => by === 'catch' && status === 'failed')).toHaveLength(3);
	expect(simulator.jobs.size).toBe(10);
});

it('requests that a run node waits for are told by that one only', async () => {
	const before = ends.length;
	await nodeRed.inject('press-run');
	await ended(before + 10);
	expect((await since(before)).map(({ by }) => by)).toEqual(Array(10).fill('run'));
	// Every callback was taken: not one is left to be sent again.
	expect(simulator.count('submit')).toBe(simulator.jobs.size);
});

it('killed between the callback and the message: the next start sends it', async () => {
	await nodeRed.deploy(flow({ output: 'buffer' }), 'nodes');
	const before = ends.length;
	simulator.inject({ name: 'stall', on: 'storage', times: 1000, ms: 60_000 });
	const known = fetches();
	await nodeRed.inject('press-submit');
	await eventually(() => fetches(), { timeout: PATIENCE_MS }).toBe(known + 10);
	await nodeRed.stop('SIGKILL');
	simulator.clearFaults();
	await start();
	await ended(before + 10);
	const news = await since(before);
	expect(news).toEqual(
		news.map(({ id }) => ({ by: 'hook', id, status: 'succeeded', resumed: true })),
	);
});

it('flooded with what is no callback, it refuses and lives', async () => {
	const bodies = ['', '{', 'null', '[]', '{"request_id":{}}', '\ud800', '9'.repeat(100_000)];
	for (let round = 0; round < 20; round += 1) {
		const answers = await Promise.all(bodies.map((body) => post(address(), body)));
		expect(new Set(answers)).toEqual(new Set([400]));
		expect(await post(address('wrong'), '{}')).toBe(403);
	}
	expect(nodeRed.alive()).toBe(true);
});

it('behind httpNodeAuth, a caller needs that as well, and the secret still', async () => {
	await nodeRed.stop();
	// bcrypt of "let-me-in".
	const pass = '$2b$04$N4KWDl2Asdc31TQMW7kZAehd/pOmW7Jmnyu8fXKnJEJngm/TWAdn.';
	await start(`httpNodeAuth: { user: 'u', pass: '${pass}' },`);
	const signedIn = { authorization: `Basic ${Buffer.from('u:let-me-in').toString('base64')}` };
	await eventually(() => post(address(), '{}', signedIn)).toBe(400);
	expect(await post(address(), '{}')).toBe(401);
	expect(await post(address('wrong'), '{}', signedIn)).toBe(403);
});

it('Node-RED had nothing to complain about', () => {
	// A failed run is logged only where no Catch node takes it.
	expect(errors).toEqual([]);
});
