// Texts of 20 million characters must not end a process.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

// Once a process holds 16 MB of machine code, as n8n and Node-RED do, V8 compiles regular expressions without its
// optimizer. Looping over a long run of characters then stores a backtracking position for each, and fails with
// "Maximum call stack size exceeded" after some millions.
const FLAG = '--no-regexp-optimization';
const SCRIPT = fileURLToPath(new URL('support/hugeTexts.cjs', import.meta.url));

const report = JSON.parse(execFileSync(process.execPath, [FLAG, SCRIPT], { encoding: 'utf8' }));

it.each(Object.entries(report))('%s takes 20 million characters', (_name, outcome) => {
	expect(outcome).toBe('done');
});
