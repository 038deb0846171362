import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * Packs the built package: one for both hosts. What is published is made of it by `release/packages.mjs`.
 * @param {string} folder an existing one, for the tarball
 * @returns {string} the tarball's path
 */
export function packInto(folder) {
	return packFolder(root, folder);
}

/**
 * @param {string} dir of a package
 * @param {string} folder an existing one, for the tarball
 * @returns {string} the tarball's path
 */
export function packFolder(dir, folder) {
	const printed = npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], dir);
	const [{ filename }] = JSON.parse(printed);
	return join(folder, filename);
}

/**
 * Runs npm: the one that runs this script, if there is one. Throws unless it exits with 0.
 * @param {string[]} args
 * @param {string} cwd
 * @returns {string} what it prints
 */
export function npm(args, cwd) {
	const own = process.env['npm_execpath'];
	return own && existsSync(own)
		? execFileSync(process.execPath, [own, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' })
		: execFileSync('npm', args, {
				cwd,
				encoding: 'utf8',
				stdio: 'pipe',
				// On Windows npm is a script.
				shell: process.platform === 'win32',
			});
}
