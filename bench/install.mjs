// What a Node-RED user's "install" costs: packages, size, time, with Node-RED's own npm arguments.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installArguments, makeUserDir } from '../scripts/hosts/user-dir.mjs';
import { npm, packInto } from '../scripts/pack.mjs';

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function install() {
	const work = mkdtempSync(join(tmpdir(), 'runcomfy-bench-install-'));
	try {
		const tarball = packInto(work);
		makeUserDir(work);
		const began = performance.now();
		npm(installArguments(tarball), work);
		const seconds = (performance.now() - began) / 1000;
		const modules = join(work, 'node_modules');
		const packages = readdirSync(modules).filter((name) => !name.startsWith('.'));
		return [
			{
				name: `packages in an empty Node-RED user directory`,
				value: packages.length,
				unit: '',
				most: 2,
			},
			// Undici is half of it; texts in ten languages are a seventh. More would be something that does not belong.
			{ name: 'their size', value: sizeOf(modules) / 1e6, unit: 'MB', most: 4 },
			{ name: 'install time', value: seconds, unit: 's' },
		];
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

function sizeOf(dir) {
	return readdirSync(dir, { recursive: true })
		.map((name) => statSync(join(dir, name)))
		.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
