// Generates tables and lists in docs/ from the built package; a test checks that they are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill, tableOf } from './docs/markdown.mjs';
import { n8nBlocks } from './docs/n8n.mjs';
import { nodeRedBlocks } from './docs/node-red.mjs';
import { loadCore, root } from './root.mjs';

const PAGES = ['n8n.md', 'node-red.md', 'troubleshooting.md'];

/** Each page as it is now, and as generated. @returns {Array<{file: string, before: string, after: string}>} */
export function pages() {
	const blocks = { ...errorBlocks(), ...n8nBlocks(), ...nodeRedBlocks() };
	const files = PAGES.map((page) => join(root, 'docs', page));
	const texts = files.map((file) => readFileSync(file, 'utf8'));
	for (const name of Object.keys(blocks)) {
		const place = `<!-- generated: ${name} -->`;
		if (texts.some((text) => text.includes(place))) continue;
		throw new Error(`Add ${place} and <!-- end --> to one of ${PAGES.join(', ')}`);
	}
	return files.map((file, at) => {
		const before = texts[at] ?? '';
		return { file, before, after: fill(before, blocks) };
	});
}

export function writeDocs() {
	for (const { file, before, after } of pages()) {
		if (after !== before) writeFileSync(file, after);
	}
}

const REPEAT = { later: 'yes, later', after_help: 'once that is done', no: 'no' };
const REQUEST = {
	failed: 'it has failed',
	canceled: 'it was canceled',
	goes_on: '',
	unknown: 'it may be running',
};

/** The table of error codes, and the table of their reasons. */
function errorBlocks() {
	const codes = Object.entries(loadCore().CODES);
	const rows = codes.map(([code, { meaning, hint, repeat }]) => [
		`\`${code}\``,
		meaning,
		hint,
		REPEAT[repeat],
	]);
	const reasons = codes.flatMap(([code, facts]) =>
		Object.entries('reasons' in facts ? facts.reasons : {}).map(([reason, cause]) => [
			`\`${code}\``,
			`\`${reason}\``,
			cause,
		]),
	);
	const ended = codes
		.filter(([, { request }]) => REQUEST[request] !== '')
		.map(([code, { request }]) => `\`${code}\` (${REQUEST[request]})`);
	return {
		errors: `${tableOf(['code', 'meaning', 'what to do', 'try again?'], rows)}

A request that RunComfy has accepted goes on, except after ${ended.join(', ')}.`,
		reasons: tableOf(['code', 'reason', 'what it tells you'], reasons),
	};
}
