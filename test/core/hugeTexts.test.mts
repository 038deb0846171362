// Texts of 20 million characters end no process.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

// V8 compiles regular expressions without its optimizer once a process holds 16 MB of machine code, as
// n8n and Node-RED do. A loop over a long run of characters then keeps a place to go back to for each
// of them, and ends in "Maximum call stack size exceeded" after some millions.
const FLAG = '--no-regexp-optimization';
const SCRIPT = fileURLToPath(new URL('support/hugeTexts.cjs', import.meta.url));

const report = JSON.parse(execFileSync(process.execPath, [FLAG, SCRIPT], { encoding: 'utf8' }));

it.each(Object.entries(report))('%s takes 20 million characters', (_name, outcome) => {
	expect(outcome).toBe('done');
});
