// The tables and lists in docs/ that say what is in the code: written from the built package, compared by a test.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorBlocks } from './docs/errors.mjs';
import { fill } from './docs/markdown.mjs';
import { n8nBlocks } from './docs/n8n.mjs';
import { nodeRedBlocks } from './docs/node-red.mjs';
import { root } from './root.mjs';

const PAGES = ['n8n.md', 'node-red.md', 'troubleshooting.md'];

/** Each page as it is and as it should be. @returns {Array<{file: string, before: string, after: string}>} */
export function pages() {
	const blocks = { ...errorBlocks(), ...n8nBlocks(), ...nodeRedBlocks() };
	return PAGES.map((page) => {
		const file = join(root, 'docs', page);
		const before = readFileSync(file, 'utf8');
		return { file, before, after: fill(before, blocks) };
	});
}

export function writeDocs() {
	for (const { file, before, after } of pages()) {
		if (after !== before) writeFileSync(file, after);
	}
}
