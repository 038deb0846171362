// Every moment at which a host may be killed after it has received a message or item and before it passes on the
// result, with the expected end. Between two effects, nothing changes outside of the process, so each moment is just
// before an effect or, if a write may be torn, in the middle of it. A test proves that the list is complete: a run that
// is not killed has exactly these effects.
import type { Effect, Kill } from './lives.mts';

/**
 * The end as seen by the service and the user, after the host was restarted and, in n8n, a crashed execution was
 * retried. Unless stated otherwise, nothing is paid for twice.
 */
export type End =
	/** Paid for once, and passed on once. */
	| 'delivered'
	/**
	 * Paid for once, but passed on twice, because nobody knows whether the first time counted. In Node-RED, the second
	 * message is marked `resumed`.
	 */
	| 'delivered again'
	/** Node-RED: an error instead of a result. The service may have accepted a submit whose answer was never read. */
	| 'reported'
	| 'reported again'
	/** n8n: the id is only in its log. A retry pays for another run. */
	| 'in the log'
	/** n8n: the same, before the id was known here. */
	| 'not known'
	/** Node-RED: nothing was paid for, and the message is lost with the process, as in any node. */
	| 'gone';

export interface Point extends Kill {
	/**
	 * Several if the order of events decides; none if nothing is killed here, because another way covers this moment.
	 */
	ends: readonly End[];
	/** Whether `npm test` runs this moment, too. */
	short?: true;
}

/** Effects in their order, or a group that may happen in any order. */
export type Row = [name: string, end: End | readonly End[], torn?: End];

/** Calls of a service and their answers, by the purpose of each call. */
export const exchange = (end: Row[1], ...names: string[]): Row[] =>
	names.flatMap((name): Row[] => [
		[`ask for ${name}`, end],
		[`answer to ${name}`, end],
	]);

/**
 * Numbers effects of the same name. A third entry is the end if only half of a write has happened. `npm test` runs the
 * moments in `short`.
 */
export function pointsOf(rows: readonly Row[], short: readonly string[] = []): Point[] {
	const counts = new Map<string, number>();
	return rows.flatMap(([name, end, torn]) => {
		const nth = (counts.get(name) ?? 0) + 1;
		counts.set(name, nth);
		const whole: Point = { name, nth, ends: [end].flat() as End[] };
		if (short.includes(name)) whole.short = true;
		return torn ? [whole, { ...whole, torn: true, ends: [torn] }] : [whole];
	});
}

export const labelOf = ({ name, nth, torn }: Kill): string =>
	`${torn ? 'in the middle of' : 'before'}: ${name}${nth > 1 ? ` (${nth})` : ''}`;

/** Another way reaches the same state and is killed there. */
export function elsewhere(rows: readonly Row[]): Row[] {
	return rows.map(([name]) => [name, []]);
}

/** Effects by name and number, sorted, because simultaneous effects have no order. */
export function effectLabels(effects: readonly Effect[]): string[] {
	return effects.map(({ name, nth }) => `${name} ${nth}`).sort();
}

/** Set by the nightly run. */
const ALL = process.env['CRASHES'] === 'all';

/** Whether a way is tested: `npm test` runs only ways with moments around the submit. */
export function isChosen({ points }: { points: readonly Point[] }): boolean {
	return ALL || points.some(({ short }) => short);
}

/** All moments, or for `npm test` those at which a mistake would be paid for, each with its title. */
export function chosen(points: readonly Point[]): Array<[ends: string, label: string, Point]> {
	return points
		.filter(({ ends, short }) => ends.length > 0 && (ALL || short))
		.map((point) => [point.ends.join(' or '), labelOf(point), point]);
}
