import { fullNames, misses, round } from '../scripts/figures/figures.mjs';

/** @typedef {import('../scripts/figures/figures.mjs').Figure} Figure */
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
function verdict(figure) {
	const { most, least } = figure;
	if (most === undefined && least === undefined) return '';
	const goal = most === undefined ? `≥ ${least}` : `≤ ${most}`;
	return `goal ${goal}: ${misses(figure) ? 'MISSED' : 'met'}`;
}
