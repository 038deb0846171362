// The simulator as other packages use it: a command, a module with types, its page and its manual.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pack, type Packed, readJson, root } from './pack.mts';

describe('the simulator of the package', () => {
	let packed: Packed;
	let work: string;
	beforeAll(() => {
		packed = pack('nodeRed');
		work = mkdtempSync(join(tmpdir(), 'runcomfy-simulator-'));
		mkdirSync(join(work, 'node_modules'));
		symlinkSync(packed.dir, join(work, 'node_modules', 'node-red-contrib-runcomfy'), 'junction');
	});
	afterAll(() => {
		rmSync(work, { recursive: true, force: true });
		packed.remove();
	});

	const node = (...args: string[]) =>
		execFileSync(process.execPath, args, { cwd: work, encoding: 'utf8' });
	const manual = () => readFileSync(join(packed.dir, 'simulator', 'README.md'), 'utf8');
	const example = () =>
		/^import .*'node-red-contrib-runcomfy\/simulator';$/m.exec(manual())?.[0] ?? 'none';

	it('is imported as its manual says, and shows its page', () => {
		const script = `${example()}
const sim = await createSimulator();
const page = await fetch(sim.url);
console.log(page.status, (await page.text()).includes('<h1>RunComfy simulator</h1>'));
await sim.close();`;
		writeFileSync(join(work, 'use.mjs'), script);
		expect(node('use.mjs')).toBe('200 true\n');
	});

	it('is required by the same name, and everything else of the package by its path', () => {
		const script = `const load = (path) => require('node-red-contrib-runcomfy/' + path);
const { createSimulator } = load('simulator');
console.log(createSimulator === load('dist/simulator/index.js').createSimulator);
console.log(load('package.json').name, load('examples/01-first-image.json').length > 0);
const parts = Object.values(load('package.json')['node-red'].nodes);
console.log(parts.every((file) => require.resolve('node-red-contrib-runcomfy/' + file).endsWith(file)));`;
		writeFileSync(join(work, 'use.cjs'), script);
		expect(node('use.cjs')).toBe('true\nnode-red-contrib-runcomfy true\ntrue\n');
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

	it('is started by a command that belongs to this package', () => {
		const { bin } = readJson(join(packed.dir, 'package.json')) as { bin: Record<string, string> };
		const [command = '', file = ''] = Object.entries(bin)[0] ?? [];
		expect(node(join(packed.dir, file), '--help')).toContain(`Usage: ${command} [options]`);
	});
});
