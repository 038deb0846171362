// What benches measure, and how it is printed.
import { tableOf } from '../scripts/docs/markdown.mjs';

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [most] the goal: at most this
 * @property {number} [least] the goal: at least this
 */

/** @typedef {{figures: Figure[], table?: string}} Measured */

/**
 * Prints figures beside their goals.
 * @param {string} title
 * @param {Figure[]} figures
 * @returns {string[]} the names of those that miss their goal
 */
export function print(title, figures) {
	console.log(`\n${title}`);
	for (const figure of figures) {
		const shown = `${round(figure.value)} ${figure.unit}`.trim();
		console.log(`  ${figure.name.padEnd(58)} ${shown.padStart(12)}   ${verdict(figure)}`);
	}
	return fullNames(figures).filter((_, at) => misses(figures[at]));
}

/** @param {Figure} figure */
function verdict(figure) {
	const { most, least } = figure;
	if (most === undefined && least === undefined) return '';
	const goal = most === undefined ? `≥ ${least}` : `≤ ${most}`;
	return `goal ${goal}: ${misses(figure) ? 'MISSED' : 'met'}`;
}

/** NaN is a miss, too. @param {Figure | undefined} figure */
function misses(figure) {
	if (figure === undefined) return true;
	const { value, most, least } = figure;
	return (most !== undefined && !(value <= most)) || (least !== undefined && !(value >= least));
}

/** `… calls` belongs to the figure before it. @param {Figure[]} figures */
function fullNames(figures) {
	let before = '';
	return figures.map(({ name }) => {
		const plain = name.trim();
		if (plain.startsWith('… ')) return `${before}: ${plain.slice(2)}`;
		before = plain.split(': ')[0] ?? plain;
		return plain;
	});
}

/** As figures are shown. @param {number} value */
export function round(value) {
	if (Number.isInteger(value)) return value;
	return Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1));
}

/**
 * A Markdown table: a row for each host and way, a column for each name that `by` gives.
 * @param {any[]} data
 * @param {{head: string, by: (one: any) => string, cell: (one: any) => string}} options
 */
export function pivot(data, { head, by, cell }) {
	const columns = [...new Set(data.map(by))];
	const keyOf = ({ host, way }) => `${host}: ${way}`;
	const rows = [...new Set(data.map(keyOf))].map((key) => [
		key,
		...columns.map((column) => {
			const one = data.find((row) => keyOf(row) === key && by(row) === column);
			return one ? cell(one) : '';
		}),
	]);
	return tableOf([head, ...columns], rows);
}
