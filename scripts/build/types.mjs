// The types of what others may import from the package: the simulator.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../process.mjs';
import { root } from '../root.mjs';

const ENTRY = 'simulator/index.d.cts';

/**
 * Puts the declarations of the simulator beside its modules, those alone that its entry leads to.
 * @param {string} folder that holds the compiled modules
 */
export async function writeTypes(folder) {
	const work = mkdtempSync(join(folder, 'types-'));
	try {
		const tsc = 'node_modules/typescript/bin/tsc';
		await run(tsc, ['-p', 'tsconfig.types.json', '--outDir', work], { cwd: root });
		for (const file of reachable(work, ENTRY)) copyFileSync(join(work, file), join(folder, file));
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

/** @param {string} folder @param {string} file @param {Set<string>} found */
function reachable(folder, file, found = new Set()) {
	if (found.has(file)) return found;
	found.add(file);
	const text = readFileSync(join(folder, file), 'utf8');
	for (const [, name = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.cjs['"]/g)) {
		reachable(folder, join(dirname(file), `${name}.d.cts`), found);
	}
	return found;
}
