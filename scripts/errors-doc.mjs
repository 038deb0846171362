// Writes the table of docs/errors.md from the table in core/errors/codes.ts, as compiled.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadCore } from './dist.mjs';

const DOC = new URL('../docs/errors.md', import.meta.url);

const REPEAT = { later: 'yes, later', after_help: 'once that is done', no: 'no' };
const REQUEST = {
	failed: 'has failed',
	canceled: 'was canceled',
	goes_on: 'goes on',
	unknown: 'unknown',
};

export function writeErrorsDoc() {
	const { CODES } = loadCore();
	const before = readFileSync(DOC, 'utf8');
	const after = before.replace(/^\| code [^]*?\n(?=\n)/m, () => table(CODES));
	if (after !== before) writeFileSync(DOC, after);
}

function table(codes) {
	const rows = Object.entries(codes).map(([code, { meaning, hint, repeat, request }]) => [
		`\`${code}\``,
		meaning,
		hint,
		REPEAT[repeat],
		REQUEST[request],
	]);
	const head = ['code', 'what happened', 'what to do', 'repeat the call?', 'an accepted request'];
	const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at].length)));
	const line = (cells, fill) =>
		`| ${cells.map((cell, at) => cell.padEnd(widths[at], fill)).join(' | ')} |\n`;
	return [
		line(head),
		line(
			head.map(() => ''),
			'-',
		),
		...rows.map((row) => line(row)),
	].join('');
}
