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
	return figures.filter(printed).map(({ name }) => name);
}

/** Whether it misses its goal. A figure that could not be measured does. */
function printed({ name, value, unit, most = Infinity, least = -Infinity }) {
	const missed = !(value <= most && value >= least);
	const goal = most < Infinity ? `≤ ${most}` : least > -Infinity ? `≥ ${least}` : '';
	const shown = `${round(value)} ${unit}`.trim().padStart(12);
	console.log(
		`  ${name.padEnd(66)} ${shown}   ${goal && `goal ${goal}: ${missed ? 'MISSED' : 'met'}`}`,
	);
	return missed;
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
