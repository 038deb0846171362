// n8n's own gate for community nodes, both legs: the sources, and the tarball as published.
import {
	analyzePackage,
	buildScanConfig,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';
import { ESLint, type Linter } from 'eslint';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pack, root, type Packed } from './pack.mjs';

// One of the scanner's plugins takes every file for a node when this says `test`, as Vitest makes it.
vi.hoisted(() => {
	process.env['NODE_ENV'] = 'production';
});

const TARBALL_PATTERNS = ['**/*.js', 'package.json'];

/** What the gate itself would let pass but show: warnings. */
async function findings(dir: string, patterns: string[]): Promise<string[]> {
	const eslint = new ESLint({
		cwd: dir,
		allowInlineConfig: false,
		overrideConfigFile: true,
		overrideConfig: (await buildScanConfig()) as Linter.Config[],
	});
	const results = await eslint.lintFiles(patterns);
	return results.flatMap(({ filePath, messages }) =>
		messages.map(({ ruleId, line, message }) => `${filePath}:${line} ${ruleId} ${message}`),
	);
}

describe('n8n’s scanner', () => {
	let packed: Packed;
	beforeAll(() => {
		packed = pack();
	});
	afterAll(() => packed.remove());

	it('finds nothing in the sources', async () => {
		const result = await analyzePackage(root, SOURCE_FILE_PATTERNS);
		expect(result.details ?? result.message ?? '').toBe('');
		expect(result.passed).toBe(true);
		expect(await findings(root, SOURCE_FILE_PATTERNS)).toEqual([]);
	});

	it('finds nothing in the tarball', async () => {
		const result = await analyzePackage(packed.dir, TARBALL_PATTERNS);
		expect(result.details ?? result.message ?? '').toBe('');
		expect(result.passed).toBe(true);
		expect(await findings(packed.dir, TARBALL_PATTERNS)).toEqual([]);
	});

	it('does look: a forbidden global in a shipped file is found', async () => {
		writeFileSync(join(packed.dir, 'dist', 'intruder.js'), 'setTimeout(() => {}, 1);\n');
		const result = await analyzePackage(packed.dir, TARBALL_PATTERNS);
		expect(result.passed).toBe(false);
		expect(result.details).toContain('no-restricted-globals');
	});
});
