import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack as packTo } from '../../scripts/package.mjs';

export { root } from '../../scripts/root.mjs';

export interface Packed {
	tarball: string;
	/** The unpacked contents of the tarball. */
	dir: string;
	remove(): void;
}

/** The published packages. */
export type Package = Parameters<typeof packTo>[0];

/** Packs a part of the build, and unpacks it. */
export function pack(what: Package): Packed {
	const work = mkdtempSync(join(tmpdir(), 'runcomfy-pack-'));
	const tarball = packTo(what, work);
	execFileSync('tar', ['-xzf', tarball], { cwd: work });
	return {
		tarball,
		dir: join(work, 'package'),
		remove: () => rmSync(work, { recursive: true, force: true }),
	};
}

export function readJson(file: string): Record<string, unknown> {
	return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

export function filesBelow(dir: string): string[] {
	return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
		statSync(join(dir, name)).isFile(),
	);
}
