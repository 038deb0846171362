// The simulator as a stranger uses it: its package, installed into an empty folder without a network, has a command, and
// a module with types.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { pack, type Packed, root } from './pack.mts';

let packed: Packed;
let work: string;
beforeAll(() => {
	packed = pack('simulator');
	work = mkdtempSync(join(tmpdir(), 'runcomfy-simulator-'));
	const options = ['--offline', '--no-audit', '--no-fund'];
	const shell = process.platform === 'win32';
	execFileSync('npm', ['install', ...options, packed.tarball], { cwd: work, shell, stdio: 'pipe' });
});
afterAll(() => {
	rmSync(work, { recursive: true, force: true });
	packed.remove();
});

const example = () => {
	const manual = readFileSync(join(work, 'node_modules/runcomfy-simulator/README.md'), 'utf8');
	return /^import .*'runcomfy-simulator';$/m.exec(manual)?.[0] ?? 'none';
};

function use(file: string, script: string): string {
	writeFileSync(join(work, file), script);
	return execFileSync(process.execPath, [file], { cwd: work, encoding: 'utf8' });
}

it('starts by its command, and answers', async () => {
	const command = join(work, 'node_modules/.bin/runcomfy-simulator');
	const shell = process.platform === 'win32';
	const child = spawn(command, ['--port', '0'], { cwd: work, shell });
	let said = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
	const ended = once(child, 'close');
	await eventually(() => said).toContain('Ctrl-C');
	const url = /http:\S+/.exec(said)?.[0] ?? '';
	const token = /^token (.*)$/m.exec(said)?.[1];
	expect(await (await fetch(url)).text()).toContain('<h1>RunComfy simulator</h1>');
	const headers = { authorization: `Bearer ${token ?? ''}` };
	expect((await fetch(`${url}/prod/v2/deployments`, { headers })).status).toBe(200);
	child.kill();
	await ended;
});

it('is imported as its manual says, and required by the same name', () => {
	const run = 'const sim = await createSimulator();\nconsole.log((await fetch(sim.url)).status);';
	expect(use('use.mjs', `${example()}\n${run}\nawait sim.close();`)).toBe('200\n');
	const required = `console.log(typeof require('runcomfy-simulator').createSimulator);`;
	expect(use('use.cjs', required)).toBe('function\n');
});

it('has types that need no other package, and that refuse what is wrong', () => {
	const code = `${example()}
const sim = await createSimulator({ latencyMs: 1, faults: [{ name: 'reset' }] });
sim.inject({ name: 'cancel_family', family: 'outcome', times: Infinity });
const state: string | undefined = sim.jobs.get('x')?.state;
console.log(state, sim.deploymentIds.textToImage);
await createSimulator({ latencyms: 1 });
sim.inject({ name: 'rset' });
sim.inject({ name: 'reset', ms: 1 });`;
	writeFileSync(join(work, 'use.mts'), code);
	const tsc = join(root, 'node_modules/typescript/bin/tsc');
	const options = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022'];
	const { stdout } = spawnSync(process.execPath, [tsc, ...options, 'use.mts'], {
		cwd: work,
		encoding: 'utf8',
	});
	const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
	expect(errors).toEqual([
		expect.stringMatching(/^use\.mts\(6,.*latencyms/),
		expect.stringMatching(/^use\.mts\(7,.*"rset"/),
		expect.stringMatching(/^use\.mts\(8,.*ms/),
	]);
});
