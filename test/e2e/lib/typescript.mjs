// Loads tables and services of the other tests, which are TypeScript, for the tests that Node.js runs directly.
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../../scripts/root.mjs';

/**
 * @param {string} file within the repository; it and what it imports may use Node's own modules
 * @returns {Promise<Record<string, any>>} what it exports; what two calls import is not shared
 */
export async function importTypeScript(file) {
	const entryPoints = [join(root, file)];
	const { outputFiles } = await build({
		entryPoints,
		bundle: true,
		platform: 'node',
		format: 'esm',
		write: false,
	});
	const code = Buffer.from(outputFiles[0].contents).toString('base64');
	return import(`data:text/javascript;base64,${code}`);
}
