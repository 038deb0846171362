// n8n's own gate for community nodes, with both parts: the sources, and the tarball.
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filesBelow, pack, type Packed, root } from './pack.mts';

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
	let packed: Packed;
	beforeAll(() => {
		packed = pack('n8n');
	});
	afterAll(() => packed.remove());

	it('finds nothing in the sources', () => {
		expect(scan(root, SOURCES)).toEqual(NOTHING);
	});

	it('finds nothing in what is published, whatever its files are called', () => {
		for (const file of filesBelow(packed.dir)) {
			if (!/\.[cm]js$/.test(file)) continue;
			renameSync(join(packed.dir, file), join(packed.dir, file.replace(/\.[cm]js$/, '.js')));
		}
		expect(scan(packed.dir, TARBALL)).toEqual(NOTHING);
	});

	it('finds a forbidden global in a shipped file', () => {
		writeFileSync(join(packed.dir, 'dist', 'intruder.js'), 'setTimeout(() => {}, 1);\n');
		const { passed, said } = scan(packed.dir, ['dist/intruder.js', 'package.json']);
		expect(passed).toBe(false);
		expect(said).toContain('no-restricted-globals');
	});
});
