// `npm run test:oldest-n8n`: the tests of n8n's nodes again, on the oldest n8n that the package
// supports. Brings that n8n into this folder first, where it is not there yet.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../../scripts/build.mjs';
import { countOf, secondTries } from '../../../scripts/count.mjs';
import { exec, run } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';

const folder = join(root, 'test', 'n8n', 'oldest');
const report = join(tmpdir(), `runcomfy-oldest-n8n-${process.pid}.json`);

try {
	await install();
	await build();
	await run(
		'node_modules/jest/bin/jest.js',
		['--config', join(folder, 'jest.config.mjs'), '--json', `--outputFile=${report}`],
		{ cwd: root },
	);
} catch (error) {
	console.error(error);
	process.exitCode = 1;
}
const tests = readReport();
for (const test of secondTries(tests)) console.log(`Passed on a second try: ${test}`);
const { line, ok } = countOf(tests);
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

function readReport() {
	try {
		return JSON.parse(readFileSync(report, 'utf8'));
	} catch {
		return undefined;
	} finally {
		rmSync(report, { force: true });
	}
}
