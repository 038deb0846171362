import { labelOf, type Point } from '../points.mts';

/** As the nightly run sets it. */
const ALL = process.env['CRASHES'] === 'all';

/** Whether a way is looked at: in `npm test` those are that have moments around the submit. */
export function isChosen({ points }: { points: readonly Point[] }): boolean {
	return ALL || points.some(({ short }) => short);
}

/** All moments, or in `npm test` those where a mistake would be paid for; each with its title. */
export function chosen(points: readonly Point[]): Array<[ends: string, label: string, Point]> {
	return points
		.filter(({ ends, short }) => ends.length > 0 && (ALL || short))
		.map((point) => [point.ends.join(' or '), labelOf(point), point]);
}
