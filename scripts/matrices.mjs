// `npm run test:faults` and `npm run test:crashes`: build, run the tests of a matrix, and print how many there are of
// each kind as a table. The crashes kill Node-RED and n8n at every moment of a run, which takes some minutes.
import { build } from './build.mjs';
import { tableOf } from './docs/markdown.mjs';
import { countOf, jest, testsOf } from './jest.mjs';

/** @typedef {import('./jest.mjs').AssertionResult} Test */
/** @typedef {{row: string, column: string}} Place where a test counts */
/** @typedef {{head: string, columns: string[], placeOf: (test: Test) => Place | undefined}} Matrix */

/** Columns that occur are added to those that a matrix names. @type {Record<string, Matrix>} */
const MATRICES = {
	faults: {
		head: 'endpoint',
		columns: [],
		// Each test is in a block of its endpoint, which is in one of its host.
		placeOf: ({ ancestorTitles: [column = '', row = ''] }) => ({ row, column }),
	},
	crashes: {
		head: 'way',
		// The words that titles begin with; what they mean: test/crashes/points.mts.
		columns: [
			...['delivered', 'delivered again', 'reported', 'reported again'],
			...['in the log', 'not known', 'gone'],
		],
		// Each test of a moment is in a block of its way, which is in one of its host.
		placeOf({ ancestorTitles, title }) {
			const [ends = '', label] = title.split(', killed ');
			// Of several ends that may be, the last is the worst.
			const column = ends.split(' or ').at(-1) ?? '';
			return label === undefined ? undefined : { row: ancestorTitles.join(': '), column };
		},
	},
};

const [name = '', ...args] = process.argv.slice(2);
const matrix = MATRICES[name];
if (matrix === undefined) throw new Error(`There are ${Object.keys(MATRICES).join(' and ')}.`);
await build();
const report = await jest([`test/${name}`, '--silent', ...args], {
	env: { ...process.env, CRASHES: 'all' },
});
print(matrix, testsOf(report));
const { line, ok } = countOf(report);
console.log(`\n${name}: ${line}`);
if (!ok) process.exitCode = 1;

/** @param {Matrix} matrix @param {Test[]} tests */
function print({ head, columns, placeOf }, tests) {
	/** @type {Map<string, Map<string, number>>} */
	const rows = new Map();
	const found = new Set(columns);
	const sum = new Map();
	for (const test of tests) {
		const place = placeOf(test);
		if (place === undefined) continue;
		found.add(place.column);
		const row = rows.get(place.row) ?? new Map();
		rows.set(place.row, row);
		for (const counts of [row, sum]) {
			const counted = test.status === 'passed' ? place.column : 'failed';
			for (const column of [counted, 'in all']) counts.set(column, (counts.get(column) ?? 0) + 1);
		}
	}
	const shown = [...found, 'failed', 'in all'];
	const cells = [...rows, /** @type {const} */ (['in all', sum])].map(([row, counts]) => [
		row,
		...shown.map((column) => String(counts.get(column) ?? '–')),
	]);
	console.log(`\n${tableOf([head, ...shown], cells)}`);
}
