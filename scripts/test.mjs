// `npm test`: build, lint, types, then every test; ends with a plain count line.
// Arguments go to the test runner: `npm test -- test/core` runs that folder only.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { countOf, secondTries } from './count.mjs';
import { lint } from './lint.mjs';
import { run } from './process.mjs';
import { root } from './root.mjs';

const report = join(tmpdir(), `runcomfy-tests-${process.pid}.json`);

async function step(name, work) {
	const began = Date.now();
	console.log(`\n> ${name}`);
	await work();
	console.log(`  ${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

const tool = (script, args) => run(script, args, { cwd: root });

try {
	await step('build', build);
	await step('lint', lint);
	await step('types', () =>
		tool('node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.test.json']),
	);
	await step('types of the scripts', () =>
		tool('node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.scripts.json']),
	);
	await step('tests', () =>
		tool('node_modules/jest/bin/jest.js', [
			'--json',
			`--outputFile=${report}`,
			...process.argv.slice(2),
		]),
	);
} catch (error) {
	console.error(`\n${/** @type {Error} */ (error).message}`);
	process.exitCode = 1;
}
const tests = readReport();
for (const test of secondTries(tests)) console.log(`Passed on a second try: ${test}`);
const { line, ok } = countOf(tests);
console.log(`\n${line}`);
if (!ok) process.exitCode = 1;

function readReport() {
	try {
		return JSON.parse(readFileSync(report, 'utf8'));
	} catch {
		return undefined;
	} finally {
		rmSync(report, { force: true });
	}
}
