// Whether figures of one kind, taken one after another, stay level.

/** How much a process may grow over all phases, as a part of its own size. */
const GROWTH = 0.1;

/**
 * The growth from the first to the last figure, as a part of the median. It is the median slope of all pairs, so that
 * one odd figure does not count.
 * @param {readonly number[]} values
 */
export function growthOf(values) {
	const slopes = values.flatMap((from, at) =>
		values.slice(at + 1).map((to, further) => (to - from) / (further + 1)),
	);
	return (median(slopes) * (values.length - 1)) / (median(values) || 1);
}

/** @param {readonly number[]} values */
export const isFlat = (values) => growthOf(values) <= GROWTH;

/** @param {readonly number[]} values */
function median(values) {
	const sorted = [...values].sort((one, other) => one - other);
	const middle = sorted.length >> 1;
	const [upper = NaN, lower = NaN] = [sorted[middle], sorted[middle - 1]];
	return sorted.length % 2 === 1 ? upper : (upper + lower) / 2;
}
