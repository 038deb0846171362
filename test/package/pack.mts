import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
	tarball: string;
	/** The tarball's content, unpacked. */
	dir: string;
	remove(): void;
}

/** Packs the built package as it would be published. */
export function pack(): Packed {
	const work = mkdtempSync(join(tmpdir(), 'runcomfy-pack-'));
	npm(['pack', '--ignore-scripts', '--pack-destination', work], root);
	const name = readdirSync(work).find((file) => file.endsWith('.tgz'));
	if (!name) throw new Error('npm pack made no tarball');
	execFileSync('tar', ['-xzf', name], { cwd: work });
	return {
		tarball: join(work, name),
		dir: join(work, 'package'),
		remove: () => rmSync(work, { recursive: true, force: true }),
	};
}

/** Runs npm with the Node that runs the tests, without asking any registry where it can. */
export function npm(args: string[], cwd: string): string {
	const cli = process.env['npm_execpath'];
	const [command, prefix] =
		cli && existsSync(cli) ? [process.execPath, [cli]] : (['npm', []] as [string, string[]]);
	return execFileSync(command, [...prefix, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

export function readJson(file: string): Record<string, unknown> {
	return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

export function filesBelow(dir: string): string[] {
	return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
		statSync(join(dir, name)).isFile(),
	);
}
