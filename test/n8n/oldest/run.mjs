// `npm run test:oldest-n8n`: the tests of n8n's nodes again, on the oldest n8n that the package
// supports. Brings that n8n into this folder first, where it is not there yet.
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
	report = await jest(['--config', join(folder, 'jest.config.mjs')]);
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
