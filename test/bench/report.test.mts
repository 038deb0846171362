import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { runsOf } from '../../bench/polling.mjs';
import { print } from '../../bench/report.mjs';
import { loadCore } from '../../scripts/dist.mjs';
import { root } from '../../scripts/root.mjs';

it('runs of a minute and of five are noticed as late as the README says', async () => {
	const core = loadCore();
	const late = async (seconds: number) => Number((await runsOf(core, [seconds])).lag.toFixed(1));
	const line = `A run of a minute is noticed about ${await late(60)} seconds after it ends, one of five minutes about ${await late(300)} seconds after.`;
	expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(line);
});

let printed: string[] = [];

beforeEach(() => {
	printed = [];
	jest.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
});

afterEach(() => {
	jest.restoreAllMocks();
});

it('names the figures that miss their goal, and only those', () => {
	const missed = print('A bench', [
		{ name: 'good', value: 1, unit: 'ms', most: 1 },
		{ name: '  late', value: 1.01, unit: 'ms', most: 1 },
		{ name: 'measured wrong', value: NaN, unit: 'ms', most: 1 },
		{ name: 'for information', value: 1_000, unit: 'ms' },
		{ name: 'host, 1 MiB: speed', value: 0.91, unit: '×', least: 0.9 },
		{ name: '… memory', value: 65, unit: 'MiB', most: 64 },
		{ name: 'slow', value: 0.89, unit: '×', least: 0.9 },
	]);
	expect(missed).toEqual(['late', 'measured wrong', 'host, 1 MiB: memory', 'slow']);
	expect(printed.join('\n')).toMatch(/good +1 ms +goal ≤ 1: met/);
	expect(printed.join('\n')).toMatch(/late +1\.01 ms +goal ≤ 1: MISSED/);
});
