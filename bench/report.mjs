/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [most] the goal: at most this
 * @property {number} [least] the goal: at least this
 */
/** @typedef {{figures: Figure[], data: any}} Measured what a bench gives that has more than figures */

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
export function verdict(figure) {
	const { most, least } = figure;
	if (most === undefined && least === undefined) return '';
	const goal = most === undefined ? `≥ ${least}` : `≤ ${most}`;
	return `goal ${goal}: ${misses(figure) ? 'MISSED' : 'met'}`;
}

/** A figure that is none has been measured wrong. @param {Figure | undefined} figure */
export function misses(figure) {
	if (figure === undefined) return true;
	const { value, most, least } = figure;
	return (most !== undefined && !(value <= most)) || (least !== undefined && !(value >= least));
}

/** `… calls` is of what stands before it. @param {Figure[]} figures */
export function fullNames(figures) {
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
