// `npm start` after the build: two pictures, refusals before a paid run, Ctrl-C, and that an edited flow is kept.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/free-port.mjs';
import { loadSimulator, root } from '../../scripts/root.mjs';
import { waitUntil } from '../support/expect.mts';

let work: string;
beforeEach(() => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-demo-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

interface Demo {
	child: ChildProcess;
	printed: () => string;
	ended: Promise<number | null>;
}

function start(args: string[], env: NodeJS.ProcessEnv = {}, script = 'start.mjs'): Demo {
	const child = spawn(process.execPath, [join(root, 'scripts', script), ...args], {
		cwd: work,
		env: { ...process.env, ...env },
	});
	let printed = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
	const ended = once(child, 'close').then(([code]) => code as number | null);
	return { child, printed: () => printed, ended };
}

const of = (simulator: { url: string; token: string; deploymentIds: { textToImage: string } }) => ({
	RUNCOMFY_BASE_URL: simulator.url,
	RUNCOMFY_API_TOKEN: simulator.token,
	RUNCOMFY_DEPLOYMENT_ID: simulator.deploymentIds.textToImage,
});

it('makes a picture in both hosts, says where they are, and ends', async () => {
	const { ended, printed } = start(['--once']);
	const code = await ended;
	expect([code, printed()]).toEqual([0, expect.stringContaining('it ran in both hosts')]);
	expect(printed()).toMatch(/the simulator\n +http:\S+\n +token \S{16,}\n/);
	const files = [...printed().matchAll(/file: (.+)/g)].map(([, file = '']) => file);
	expect(files.map((file) => dirname(file))).toEqual(['output/start/n8n', 'output/start/node-red']);
	for (const file of files)
		expect(readFileSync(join(work, file)).toString('latin1')).toMatch(/PNG/);
});

it.each([
	['start.mjs', ['--port', 'abc'], {}, /not a port\.\n.*npm start -- --port 1881/],
	['start.mjs', ['--prot=1'], {}, /--prot.*\n.*npm start -- --help/],
	['start.mjs', [], { RUNCOMFY_API_TOKEN: 'x' }, /RUNCOMFY_DEPLOYMENT_ID is not/],
	['start.mjs', [], { RUNCOMFY_DEPLOYMENT_ID: 'x' }, /RUNCOMFY_API_TOKEN is not/],
	['start-n8n.mjs', ['--port=x'], {}, /npm run start:n8n -- --port 1881/],
])('%s %j %j is refused', async (script, args, env, said) => {
	const { ended, printed } = start(args, env, script);
	expect(await ended).toBe(1);
	expect(printed()).toMatch(said);
	expect(printed()).not.toContain('    at ');
});

it('refuses the port of another program, and sends it and the service nothing', async () => {
	const asked: string[] = [];
	const other = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		response.end('[]');
	}).listen(0, '127.0.0.1');
	await once(other, 'listening');
	const { port } = other.address() as AddressInfo;
	const { ended, printed } = start(['--port', String(port)], {
		RUNCOMFY_BASE_URL: `http://127.0.0.1:${port}`,
		RUNCOMFY_API_TOKEN: 'secret',
		RUNCOMFY_DEPLOYMENT_ID: 'deployment',
	});
	expect(await ended).toBe(1);
	expect(printed()).toMatch(new RegExp(`Port ${port} is in use.*\n.*--port ${port + 1}`));
	expect(asked).toEqual([]);
	other.close();
});

it('cancels the paid run in n8n when it is stopped', async () => {
	const simulator = await loadSimulator().createSimulator({ latencyMs: 3_600_000 });
	const { child, ended, printed } = start([], of(simulator));
	await waitUntil(() => simulator.count('status') > 0 || child.exitCode !== null);
	child.kill('SIGINT');
	expect(await ended).toBe(130);
	expect(printed()).toContain('The run is canceled');
	expect([...simulator.jobs.values()].map(({ state }) => state)).toEqual(['canceled']);
	await simulator.close();
});

it('keeps an edited flow and what runs in it, and points its account to the service', async () => {
	const simulator = await loadSimulator().createSimulator({ latencyMs: 100 });
	const port = await freePort();
	const editor = `http://127.0.0.1:${port}`;
	const session = async (act: () => Promise<void>) => {
		const { child, ended, printed } = start(['--port', String(port)], of(simulator));
		await waitUntil(() => printed().includes('Press Ctrl-C') || child.exitCode !== null);
		await act();
		child.kill('SIGINT');
		expect(await ended).toBe(130);
	};
	await session(async () => {
		simulator.update({ latencyMs: 3_600_000 });
		// Node-RED answers a deploy before its nodes exist.
		const inject = `${editor}/inject/runcomfy_first_inject`;
		await waitUntil(async () => (await fetch(inject, { method: 'POST' })).ok);
		await waitUntil(() => simulator.jobs.size === 2 && simulator.count('status') > 1);
	});
	const [, job] = simulator.jobs.values();
	expect(job?.state).toBe('in_progress');

	const file = join(work, 'output/start/node-red-user-dir-runcomfy/flows.json');
	expect(existsSync(file)).toBe(true);
	const flow = JSON.parse(readFileSync(file, 'utf8')) as Array<Record<string, unknown>>;
	const edited = flow.map((node) =>
		node['type'] === 'runcomfy-config' ? { ...node, baseUrl: 'http://127.0.0.1:1' } : node,
	);
	writeFileSync(file, JSON.stringify([...edited, { id: 'mine', type: 'tab', label: 'mine' }]));
	simulator.update({ latencyMs: 100 });
	await session(async () => {
		const nodes = (await (await fetch(`${editor}/flows`)).json()) as typeof flow;
		expect(nodes.find(({ id }) => id === 'mine')).toMatchObject({ label: 'mine' });
		expect(nodes.find(({ id }) => id === 'runcomfy_account')).toMatchObject({
			baseUrl: simulator.url,
		});
	});
	// The pictures of both sessions were paid for.
	const names = [...simulator.jobs.keys()].map((id) => expect.stringContaining(id.slice(0, 8)));
	const inN8n = names.filter((_name, at) => at === 0 || at === 2);
	expect(readdirSync(join(work, 'output/start/n8n'))).toEqual(expect.arrayContaining(inN8n));
	await simulator.close();
});
