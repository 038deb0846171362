// What benches measure, and how it is printed.

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
