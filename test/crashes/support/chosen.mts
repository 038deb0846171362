import { labelOf, type Point } from '../points.mts';

/** The nightly run sets it. */
const ALL = process.env['CRASHES'] === 'all';

/** Whether a way is tested: `npm test` runs only those with moments around the submit. */
export function isChosen({ points }: { points: readonly Point[] }): boolean {
	return ALL || points.some(({ short }) => short);
}

/** All moments, or for `npm test` those at which a mistake would be paid for, each with its title. */
export function chosen(points: readonly Point[]): Array<[ends: string, label: string, Point]> {
	return points
		.filter(({ ends, short }) => ends.length > 0 && (ALL || short))
		.map((point) => [point.ends.join(' or '), labelOf(point), point]);
}
