// What benches measure.

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [most] the goal: at most this
 * @property {number} [least] the goal: at least this
 */

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
