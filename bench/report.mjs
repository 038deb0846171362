/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [most] the goal: at most this
 */

/**
 * Prints figures beside their goals.
 * @param {string} title
 * @param {Figure[]} figures
 * @returns {string[]} the names of those that miss their goal
 */
export function print(title, figures) {
	console.log(`\n${title}`);
	for (const { name, value, unit, most } of figures) {
		const shown = `${round(value)} ${unit}`.trim();
		const goal = most === undefined ? '' : `goal ≤ ${most}: ${value <= most ? 'met' : 'MISSED'}`;
		console.log(`  ${name.padEnd(58)} ${shown.padStart(12)}   ${goal}`);
	}
	return figures.filter(misses).map(({ name }) => name.trim());
}

/** A figure that is none has been measured wrong. @param {Figure} figure */
function misses({ value, most }) {
	return most !== undefined && !(value <= most);
}

function round(value) {
	return Number.isInteger(value) ? value : Number(value.toFixed(value < 10 ? 2 : 1));
}
