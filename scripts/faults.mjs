// `npm run test:faults`: builds, runs the fault matrix, and prints its table: endpoint by host, how
// many cases there are and how many passed.
import { build } from './build.mjs';
import { countOf, jest, testsOf } from './jest.mjs';

/** @typedef {{cases: number, passed: number}} Count */

await build();
const report = await jest(['test/faults', '--silent']);
print(testsOf(report));
if (!countOf(report).ok) process.exitCode = 1;

/**
 * Each test is in a block of its endpoint, which is in one of its host.
 * @param {import('./jest.mjs').AssertionResult[]} tests
 */
function print(tests) {
	const total = 'in all';
	/** @type {Map<string, Map<string, Count>>} */
	const rows = new Map();
	const hosts = [...new Set(tests.map(({ ancestorTitles: [host = ''] }) => host)), total];
	for (const { ancestorTitles, status } of tests) {
		const [host = '', endpoint = ''] = ancestorTitles;
		for (const name of [endpoint, total]) {
			const row = rows.get(name) ?? new Map();
			rows.set(name, row);
			for (const column of [host, total]) {
				const count = row.get(column) ?? { cases: 0, passed: 0 };
				row.set(column, count);
				count.cases += 1;
				if (status === 'passed') count.passed += 1;
			}
		}
	}
	const sum = rows.get(total);
	rows.delete(total);
	console.log(`\n| endpoint: cases / passed | ${hosts.join(' | ')} |`);
	console.log(`| --- |${' --- |'.repeat(hosts.length)}`);
	if (sum) rows.set(total, sum);
	for (const [endpoint, row] of rows) {
		const cells = hosts.map((host) => {
			const count = row.get(host);
			return count ? `${count.cases} / ${count.passed}` : '–';
		});
		console.log(`| ${endpoint} | ${cells.join(' | ')} |`);
	}
}
