// Compiles the package into dist/ and copies what the compiler does not (gulpfile.js).
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeErrorsDoc } from './errors-doc.mjs';
import { run } from './process.mjs';
import { root } from './root.mjs';

export async function build() {
	// A renamed source must not leave its old output behind in the package.
	rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
	await run('node_modules/typescript/bin/tsc', [], { cwd: root });
	await run('node_modules/gulp/bin/gulp.js', ['--silent'], { cwd: root });
	writeErrorsDoc();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
