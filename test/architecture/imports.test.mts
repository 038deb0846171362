// `npm run lint:imports` names the file of a forbidden import and the imported module, and says what to do instead.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

/** The importing file, the import, the finding, and the advice. */
const FORBIDDEN: Array<[file: string, imported: string, found: string, told: string]> = [
	['core/text.ts', 'node:fs', 'fs', 'Host (core/host.ts)'],
	['core/http/axios.ts', 'axios', 'node_modules/axios/dist/index.js', 'Host (core/host.ts)'],
	['nodes/run.ts', '../core/request/pursue', 'core/request/pursue.ts', 'through core/index.ts'],
	['nodes/call.ts', 'axios', 'node_modules/axios/dist/index.js', 'transport/host.ts'],
	['nodes/red.ts', '../node-red/run', 'node-red/run.ts', 'put what both hosts need into core/'],
	['node-red/life.ts', '../core/request/pursue', 'core/request/pursue.ts', 'through core/index.ts'],
	['node-red/types.ts', 'axios', 'node_modules/axios/dist/index.js', 'undici'],
	['node-red/red.ts', 'node-red', 'node_modules/node-red/index.js', 'as RED'],
	['simulator/run.ts', '../core/index', 'core/index.ts', 'shares no code with the client'],
];

const IN_A_CIRCLE: Array<[file: string, imported: string]> = [
	['scripts/a.ts', './b'],
	['scripts/b.ts', './a'],
];

const ALLOWED: Array<[file: string, imported: string]> = [
	['core/index.ts', './request/pursue'],
	['nodes/good.ts', '../core/index'],
	['nodes/engine.ts', 'n8n-workflow'],
	['nodes/digest.ts', 'crypto'],
	['node-red/good.ts', 'node:fs'],
	['node-red/run.ts', '../core/index'],
	['simulator/http.ts', 'node:http'],
];

const FOLDERS = ['core', 'nodes', 'node-red', 'simulator', 'scripts'];

let project: string;
let said: string;

const write = (file: string, text: string) => {
	const path = join(project, file);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
};

beforeAll(() => {
	project = mkdtempSync(join(realpathSync(tmpdir()), 'runcomfy-imports-'));
	for (const [file, imported] of [...FORBIDDEN, ...IN_A_CIRCLE, ...ALLOWED]) {
		write(file, `import * as one from '${imported}';\nexport const two = [one];\n`);
	}
	write('core/request/pursue.ts', 'export const one = 1;\n');
	for (const name of ['axios', 'n8n-workflow']) {
		write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'dist/index.js' }));
		write(`node_modules/${name}/dist/index.js`, '');
	}
	write('node_modules/node-red/index.js', '');
	write('tsconfig.json', '{}');
	write('package.json', '{}');
	const lint = join(root, 'node_modules', '.bin', 'depcruise');
	const rules = join(root, '.dependency-cruiser.mjs');
	const given = ['--config', rules, '--output-type', 'err-long', ...FOLDERS];
	({ stdout: said } = spawnSync(lint, given, { cwd: project, encoding: 'utf8' }));
	// The output may wrap a sentence anywhere.
	said = said.replace(/\n {4}(?! )/g, ' ');
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

it.each(FORBIDDEN)('%s may not import %s', (file, _imported, found, told) => {
	const line = said.split('\n').find((one) => one.includes(`: ${file} → ${found} `));
	expect(line).toContain(told);
});

it('two files may not import each other', () => {
	expect(said).toMatch(/: scripts\/a\.ts → \s+scripts\/b\.ts →\s+scripts\/a\.ts .*imports neither/);
});

it.each(ALLOWED)('%s may import %s', (file) => {
	expect(said).not.toContain(`: ${file} →`);
});
