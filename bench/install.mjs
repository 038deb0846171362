// What a Node-RED user's "install" costs: packages, size, time, with Node-RED's own npm arguments.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installArguments, makeUserDir } from '../scripts/user-dir.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function install() {
	const work = mkdtempSync(join(tmpdir(), 'runcomfy-bench-install-'));
	try {
		npm(['pack', '--ignore-scripts', '--pack-destination', work], root);
		const tarball = join(
			work,
			readdirSync(work).find((name) => name.endsWith('.tgz')),
		);
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
			// Undici is half of it; texts in ten languages are an eighth.
			{ name: 'their size', value: sizeOf(modules) / 1e6, unit: 'MB', most: 3 },
			{ name: 'install time', value: seconds, unit: 's' },
		];
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

function npm(args, cwd) {
	execFileSync('npm', args, { cwd, stdio: 'pipe' });
}

function sizeOf(dir) {
	return readdirSync(dir, { recursive: true })
		.map((name) => statSync(join(dir, name)))
		.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
