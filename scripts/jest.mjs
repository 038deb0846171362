import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { start } from './process.mjs';
import { root } from './root.mjs';

/** @typedef {import('@jest/test-result').AssertionResult} AssertionResult */
/** @typedef {Pick<import('@jest/test-result').AggregatedResult, 'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests' | 'numRuntimeErrorTestSuites'>} Counts */
/** @typedef {Counts & {testResults: Array<{assertionResults: AssertionResult[]}>}} Report what Jest writes as JSON */

/**
 * Runs Jest.
 * @param {string[]} args
 * @param {{env?: NodeJS.ProcessEnv, quiet?: boolean}} [options] `quiet`: prints failures only
 * @returns {Promise<Report | undefined>} none if it has not come as far as running tests
 */
export async function jest(args, { env = process.env, quiet = false } = {}) {
	const file = join(tmpdir(), `runcomfy-tests-${process.pid}.json`);
	const all = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${file}`, ...args];
	const child = start(process.execPath, all, { cwd: root, env, ...(quiet ? {} : { log: show }) });
	try {
		const code = await child.ended;
		await child.closed;
		if (quiet && code !== 0) child.lines.filter((line) => !line.startsWith('PASS')).forEach(show);
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	} finally {
		rmSync(file, { force: true });
	}
}

const show = (/** @type {string} */ line) => console.log(line);

/** @param {Report | undefined} report */
export const testsOf = (report) =>
	(report?.testResults ?? []).flatMap(({ assertionResults }) => assertionResults);

/**
 * The plain count line.
 * @param {Counts | undefined} report
 * @param {number} [otherFailures] of what is not a test
 * @returns {{line: string, ok: boolean}}
 */
export function countOf(report, otherFailures = 0) {
	if (report === undefined) return { line: '0 passed, 1 failed', ok: false };
	// A file that does not load fails without a failed test in it.
	const failed = report.numFailedTests + report.numRuntimeErrorTestSuites + otherFailures;
	const skipped = report.numPendingTests + report.numTodoTests;
	return {
		line: `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
		ok: failed === 0,
	};
}

/**
 * The folder of the tests of a folder or file, or else of the next one above it.
 * @param {string} path such as `core/files` or `test/core/files`
 * @returns {string}
 */
export function testFolder(path) {
	const folder = join('test', path.replace(/^test\//, ''))
		.replace(/^test\/nodes(\/RunComfy(?=\/|$))?/, 'test/n8n')
		.replace(/\/$/, '');
	return existsSync(join(root, folder)) && !extname(folder) ? folder : testFolder(dirname(path));
}
