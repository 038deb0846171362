// The tables and lists in docs/ that say what is in the code, and the tables and charts of what the benches have
// measured: written from the built package and from bench/results, compared by a test.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorBlocks } from './docs/errors.mjs';
import { fill } from './docs/markdown.mjs';
import { n8nBlocks } from './docs/n8n.mjs';
import { nodeRedBlocks } from './docs/node-red.mjs';
import { charts, performanceBlocks } from './docs/performance.mjs';
import { root } from './root.mjs';

const PAGES = ['errors.md', 'n8n.md', 'node-red.md', 'performance.md'];

/** Each page with its tables, and each chart, as they should be. @returns {Array<{file: string, before: string, after: string}>} */
export function pages() {
	const blocks = {
		...{ ...errorBlocks(), ...n8nBlocks() },
		...{ ...nodeRedBlocks(), ...performanceBlocks() },
	};
	const texts = PAGES.map((page) => {
		const file = join(root, 'docs', page);
		const before = readFileSync(file, 'utf8');
		return { file, before, after: fill(before, blocks) };
	});
	const drawn = Object.entries(charts()).map(([name, after]) => {
		const file = join(root, 'docs', 'images', name);
		return { file, before: existsSync(file) ? readFileSync(file, 'utf8') : '', after };
	});
	return [...texts, ...drawn];
}

export function writeDocs() {
	for (const { file, before, after } of pages()) {
		if (after !== before) writeFileSync(file, after);
	}
}
