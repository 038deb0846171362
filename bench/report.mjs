// The format of measurements, and how to print them.
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
 * @returns {string[]} the names of the figures that miss their goals
 */
export function print(title, figures) {
	console.log(`\n${title}`);
	return figures.filter(printed).map(({ name }) => name);
}

/** A figure that could not be measured misses its goal. */
function printed({ name, value, unit, most = Infinity, least = -Infinity }) {
	const missed = !(value <= most && value >= least);
	const goal = most < Infinity ? `≤ ${most}` : least > -Infinity ? `≥ ${least}` : '';
	const shown = `${round(value)} ${unit}`.trim().padStart(12);
	console.log(
		`  ${name.padEnd(66)} ${shown}   ${goal && `goal ${goal}: ${missed ? 'MISSED' : 'met'}`}`,
	);
	return missed;
}

/** Rounds a figure for display. @param {number} value */
export function round(value) {
	if (Number.isInteger(value)) return value;
	return Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1));
}

/**
 * Builds a Markdown table: one row per host and way, one column per value of `by`.
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
