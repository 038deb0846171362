// `npm run test:crashes`: builds, kills Node-RED and n8n at every moment between a message or item and its
// result, and prints what came of that: way by end, how many moments there are. Some minutes.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { countOf } from './count.mjs';
import { tableOf } from './docs/markdown.mjs';
import { run } from './process.mjs';
import { root } from './root.mjs';

/** @import { AssertionResult } from '@jest/test-result' */
/** @typedef {{moments: number, ends: Map<string, number>, failed: number}} Row */

/** By the words that the titles of the tests begin with; what they mean: test/crashes/points.mts. */
const ENDS = [
	...['delivered', 'delivered again', 'reported', 'reported again'],
	...['in the log', 'not known', 'gone'],
];

const report = join(tmpdir(), `runcomfy-crashes-${process.pid}.json`);

await build();
try {
	const args = ['test/crashes', '--silent', '--json', `--outputFile=${report}`];
	const env = { ...process.env, CRASHES: 'all' };
	await run('node_modules/jest/bin/jest.js', [...args, ...process.argv.slice(2)], {
		cwd: root,
		env,
	});
} catch (error) {
	console.error(/** @type {Error} */ (error).message);
	process.exitCode = 1;
}
try {
	const results = JSON.parse(readFileSync(report, 'utf8'));
	/** @type {Array<{assertionResults: AssertionResult[]}>} */
	const files = results.testResults;
	print(files.flatMap(({ assertionResults }) => assertionResults));
	console.log(`\ncrashes: ${countOf(results).line}`);
} finally {
	rmSync(report, { force: true });
}

/**
 * Each test of a moment is in a block of its way, which is in one of its host.
 * @param {AssertionResult[]} tests
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
