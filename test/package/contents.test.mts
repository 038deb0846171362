// The contents of the tarballs; n8n's own gate for community nodes, on the sources and on its tarball; and a clone that
// has not been built: the messages of its commands, and the files that a build removes.
import { execFileSync, spawnSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { filesBelow, pack, type Package, type Packed, readJson, root } from './pack.mts';

interface Manifest {
	n8n?: { n8nNodesApiVersion: number; nodes: string[]; credentials: string[] };
	'node-red'?: { nodes: Record<string, string>; plugins: Record<string, string> };
	bin?: Record<string, string>;
}

let packages: Record<Package, Packed>;
beforeAll(() => {
	packages = { n8n: pack('n8n'), nodeRed: pack('nodeRed'), simulator: pack('simulator') };
});
afterAll(() => Object.values(packages).forEach(({ remove }) => remove()));

describe.each<Package>(['n8n', 'nodeRed', 'simulator'])('the tarball (%s)', (what) => {
	let packed: Packed;
	let files: string[];
	beforeAll(() => {
		packed = packages[what];
		files = filesBelow(packed.dir);
	});

	it('contains every file that its package.json names', () => {
		const manifest: Manifest = readJson(join(packed.dir, 'package.json'));
		const { n8n, 'node-red': nodeRed, bin = {} } = manifest;
		// The only file that n8n knows.
		if (n8n) expect(n8n.n8nNodesApiVersion).toBe(1);
		const ofN8n = n8n ? [...n8n.nodes, ...n8n.credentials] : [];
		const named = [ofN8n, nodeRed?.nodes ?? {}, nodeRed?.plugins ?? {}, bin].flatMap(Object.values);
		expect(named.length).toBeGreaterThan(0);
		expect(named.filter((file) => !files.includes(String(file)))).toEqual([]);
	});

	it('contains no sources, tests or build leftovers', () => {
		const sources = files.filter((file) => /\.(ts|mts|map|tsbuildinfo)$/.test(file));
		expect(sources.filter((file) => !/^dist\/simulator\/.*\.d\.ts$/.test(file))).toEqual([]);
		expect(files.filter((file) => /^(test|scripts|docs|workflows)\//.test(file))).toEqual([]);
	});

	it('has a README of its own: its name, and no first run in the other host', () => {
		const text = readFileSync(join(packed.dir, 'README.md'), 'utf8');
		const runs = text.match(/(?<=^## First run in ).*/gm) ?? [];
		const { name } = readJson(join(packed.dir, 'package.json'));
		expect(text.split('\n')[0]).toBe(`# ${String(name)}`);
		expect(runs).toEqual({ n8n: ['n8n'], nodeRed: ['Node-RED'], simulator: [] }[what]);
	});

	it('stays small', () => {
		const own = (file: string) => !/\/locales\/(?!en-US)/.test(file);
		const bytesOf = (names: string[]) =>
			names.reduce((sum, file) => sum + statSync(join(packed.dir, file)).size, 0);
		expect(bytesOf(files.filter(own))).toBeLessThan(1792 * 1024);
		// There are nine languages besides English.
		expect(bytesOf(files)).toBeLessThan(2240 * 1024);
	});

	it('names no machine and no secret', () => {
		const suspicious = files.filter((file) =>
			/\/home\/|\/root\/|\/Users\/|npm_[A-Za-z0-9]{36}/.test(
				readFileSync(join(packed.dir, file), 'latin1'),
			),
		);
		expect(suspicious).toEqual([]);
	});

	it('contains its own part, and no other', () => {
		const parts = {
			n8n: /^dist\/(nodes|credentials)\//,
			nodeRed: /^dist\/node-red\//,
			simulator: /^dist\/simulator\//,
		};
		const held = Object.entries(parts).filter(([, part]) => files.some((file) => part.test(file)));
		expect(held.map(([part]) => part)).toEqual([what]);
	});

	it('contains every file that its modules load', () => {
		const missing = files
			.filter((file) => /\.c?js$/.test(file))
			.flatMap((file) => {
				const text = readFileSync(join(packed.dir, file), 'utf8');
				const loaded = [...text.matchAll(/\brequire\(["'](\.[^"']+)["']\)/g)].map(
					([, path]) => path,
				);
				return loaded
					.map((path) => join(file, '..', String(path)))
					.filter(
						(path) => ![path, `${path}.js`, `${path}/index.js`].some((it) => files.includes(it)),
					)
					.map((path) => `${file}: ${path}`);
			});
		expect(missing).toEqual([]);
	});
});

/** The scanner's own patterns for its two parts. */
const SOURCES = ['package.json', '{nodes,credentials}/**/*.{js,ts,json}'];
const TARBALL = ['**/*.js', 'package.json'];

const NOTHING = { passed: true, said: '', findings: [] };

interface Scan {
	passed: boolean;
	said: string;
	findings: string[];
}

function scan(dir: string, patterns: string[]): Scan {
	const script = fileURLToPath(new URL('scan.mjs', import.meta.url));
	const env = { ...process.env };
	delete env['NODE_ENV'];
	const printed = execFileSync(process.execPath, [script, dir, ...patterns], {
		cwd: root,
		env,
		encoding: 'utf8',
	});
	return JSON.parse(printed) as Scan;
}

describe('n8n’s scanner', () => {
	it('finds nothing in the sources', () => {
		expect(scan(root, SOURCES)).toEqual(NOTHING);
	});

	it('finds nothing in what is published, whatever its files are called', () => {
		const packed = packages.n8n;
		for (const file of filesBelow(packed.dir)) {
			if (!/\.[cm]js$/.test(file)) continue;
			renameSync(join(packed.dir, file), join(packed.dir, file.replace(/\.[cm]js$/, '.js')));
		}
		expect(scan(packed.dir, TARBALL)).toEqual(NOTHING);
	});

	it('finds a forbidden global in a shipped file', () => {
		writeFileSync(join(packages.n8n.dir, 'dist', 'intruder.js'), 'setTimeout(() => {}, 1);\n');
		const { passed, said } = scan(packages.n8n.dir, ['dist/intruder.js', 'package.json']);
		expect(passed).toBe(false);
		expect(said).toContain('no-restricted-globals');
	});
});

describe('a clone that has not been built', () => {
	let clone: string;
	beforeEach(() => {
		clone = mkdtempSync(join(tmpdir(), 'runcomfy-unbuilt-'));
		for (const file of ['package.json', 'scripts/installed.mjs'])
			cpSync(join(root, file), join(clone, file));
	});
	afterEach(() => rmSync(clone, { recursive: true, force: true }));

	it('says to run npm ci first, whatever command comes first', () => {
		const scripts = readJson(join(root, 'package.json'))['scripts'] as Record<string, string>;
		for (const name of ['start', 'package', 'simulator', 'test', 'corpus'])
			expect(scripts[name]).toMatch(/^npm run build && /);
		expect(scripts['build']).toMatch(/^node scripts\/installed\.mjs && /);
		// Runs `package`, which runs `build`.
		const { status, stderr } = spawnSync('npm', ['run', '--silent', 'start:n8n'], {
			cwd: clone,
			encoding: 'utf8',
			shell: process.platform === 'win32',
		});
		expect([status, stderr]).toEqual([1, expect.stringMatching(/^Run `npm ci` first.*\n$/)]);
	});

	it('has nothing left of a source that is gone once it is built', () => {
		const sources = ['core/a.ts', 'node-red/b.ts', 'simulator/c.ts'];
		const kept = ['core/a.js', 'node-red/b.js', 'simulator/c.d.ts'];
		const gone = ['core/old.js', 'node-red/old.js', 'simulator/old.d.ts'];
		for (const file of [...sources, ...[...kept, ...gone].map((name) => join('dist', name))]) {
			mkdirSync(join(clone, file, '..'), { recursive: true });
			writeFileSync(join(clone, file), '');
		}
		const gulp = [
			join(root, 'node_modules/gulp/bin/gulp.js'),
			'--gulpfile',
			join(root, 'gulpfile.js'),
		];
		spawnSync(process.execPath, [...gulp, '--cwd', clone, 'stale']);
		const there = (file: string) => existsSync(join(clone, 'dist', file));
		expect([...kept, ...gone].filter(there)).toEqual(kept);
	});
});
