// Checks .github/workflows as GitHub does: keys, types, contexts and expressions, by GitHub's own
// language service. Fetches nothing, so what an action takes as inputs is not looked at.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { requireFromRoot, root } from './root.mjs';

const FOLDER = join(root, '.github', 'workflows');

/** @typedef {typeof import('./check-workflow.mjs').check} Check */

/** @returns {Promise<Check>} */
export async function loadCheck() {
	const work = mkdtempSync(join(tmpdir(), 'runcomfy-workflows-'));
	const outfile = join(work, 'check.cjs');
	try {
		const entryPoints = [join(root, 'scripts', 'check-workflow.mjs')];
		await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs' });
		return requireFromRoot(outfile).check;
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

/** @throws Error that lists what is wrong */
export async function lintWorkflows() {
	const check = await loadCheck();
	const found = [];
	for (const name of readdirSync(FOLDER)) {
		const findings = await check(readFileSync(join(FOLDER, name), 'utf8'));
		found.push(
			...findings.map(({ line, message }) => `.github/workflows/${name}:${line} ${message}`),
		);
	}
	if (found.length > 0) throw new Error(found.join('\n'));
}
