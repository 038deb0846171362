// `npm run test:oldest-n8n`: the tests on n8n's engine again, with the oldest n8n that the package supports. Installs
// that n8n in this folder first if it is missing.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../../../scripts/build.mjs';
import { countOf, jest } from '../../../scripts/jest.mjs';
import { exec } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';

const folder = join(root, 'test', 'n8n', 'oldest');

let report;
try {
	await install();
	await build();
	const filter = join(root, 'test', 'hosted.cjs');
	report = await jest(['--config', join(folder, 'jest.config.mjs'), '--filter', filter]);
} catch (error) {
	console.error(error);
}
const { line, ok } = countOf(report);
console.log(`\noldest n8n: ${line}`);
if (!ok) process.exitCode = 1;

async function install() {
	const stamp = join(folder, 'node_modules', '.installed');
	const lock = createHash('sha256')
		.update(readFileSync(join(folder, 'package-lock.json')))
		.digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
	await exec('npm', ['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'], {
		cwd: folder,
	});
	writeFileSync(stamp, lock);
}
