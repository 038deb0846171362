// `npm run test:crashes`: builds, kills Node-RED and n8n at every moment between a message or item and its
// result, and prints what came of that: way by end, how many moments there are. Takes some minutes.
import { build } from './build.mjs';
import { tableOf } from './docs/markdown.mjs';
import { countOf, jest, testsOf } from './jest.mjs';

/** @typedef {{moments: number, ends: Map<string, number>, failed: number}} Row */

/** By the words that the titles of the tests begin with; what they mean: test/crashes/points.mts. */
const ENDS = [
	...['delivered', 'delivered again', 'reported', 'reported again'],
	...['in the log', 'not known', 'gone'],
];

await build();
const report = await jest(['test/crashes', '--silent', ...process.argv.slice(2)], {
	env: { ...process.env, CRASHES: 'all' },
});
const { line, ok } = countOf(report);
print(testsOf(report));
console.log(`\ncrashes: ${line}`);
if (!ok) process.exitCode = 1;

/**
 * Each test of a moment is in a block of its way, which is in one of its host.
 * @param {import('./jest.mjs').AssertionResult[]} tests
 */
function print(tests) {
	/** @type {Map<string, Row>} */
	const rows = new Map();
	for (const { ancestorTitles, title, status } of tests) {
		const [ends, label] = title.split(', killed ');
		if (label === undefined) continue;
		for (const name of [ancestorTitles.join(': '), 'in all']) {
			const row = rows.get(name) ?? { moments: 0, ends: new Map(), failed: 0 };
			rows.set(name, row);
			row.moments += 1;
			if (status !== 'passed') row.failed += 1;
			// Of several that may be, the last is the worst.
			const end = ends?.split(' or ').at(-1) ?? '';
			if (status === 'passed') row.ends.set(end, (row.ends.get(end) ?? 0) + 1);
		}
	}
	const sum = rows.get('in all');
	rows.delete('in all');
	if (sum) rows.set('in all', sum);
	const cells = [...rows].map(([name, { moments, ends, failed }]) => {
		const counts = [moments, ...ENDS.map((end) => ends.get(end)), failed || undefined];
		return [name, ...counts.map((count) => String(count ?? '–'))];
	});
	console.log(`\n${tableOf(['way', 'killed at', ...ENDS, 'failed'], cells)}`);
}
