// Runs files of node:test, which drive other processes.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * Runs them, and ends the current file when this process is told to end.
 * @param {object} options
 * @param {string} options.folder
 * @param {readonly string[]} options.names parts of the names of those wanted; all if there are none
 * @param {readonly string[]} [options.without] parts of the names of those left out
 * @param {number} options.timeoutMs for a file
 * @param {number} [options.concurrency] one at a time by default: each starts whole hosts
 * @returns {Promise<{passed: number, failed: number}>}
 */
export function runTestFiles({ folder, names, without = [], timeoutMs, concurrency = 1 }) {
	const totals = { passed: 0, failed: 0 };
	const files = readdirSync(folder)
		.filter((name) => name.endsWith('.test.mjs'))
		.filter((name) => names.length === 0 || names.some((part) => name.includes(part)))
		.filter((name) => !without.some((part) => name.includes(part)))
		.sort()
		.map((name) => join(folder, name));
	const interrupted = new AbortController();
	const interrupt = () => interrupted.abort();
	process.once('SIGINT', interrupt);
	process.once('SIGTERM', interrupt);
	return new Promise((resolve, reject) => {
		const { signal } = interrupted;
		const stream = run({ files, concurrency, timeout: timeoutMs, signal });
		const isTest = ({ details, name }) => details?.type !== 'suite' && !files.includes(name);
		stream.on('test:pass', (data) => {
			if (isTest(data) && data.skip === undefined) totals.passed += 1;
		});
		stream.on('test:fail', (data) => {
			if (isTest(data) || files.includes(data.name)) totals.failed += 1;
		});
		stream.once('error', reject);
		stream
			.compose(/** @type {any} */ (spec))
			.on('end', () => resolve(totals))
			.pipe(process.stdout);
	});
}
