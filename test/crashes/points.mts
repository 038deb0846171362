// Every moment at which a host may be killed after it has taken a message or an item and before it hands on the
// result, with what must follow. Between two effects nothing changes outside of the process, so each moment is the
// one just before an effect or, if a write may tear, in the middle of it. A test shows that these are all: a run that
// is not killed has these effects and no others.
import type { Effect, Kill } from './lives.mts';

/**
 * What the service and the user see in the end, once the host has been started again and, in n8n, a crashed execution
 * has been retried. Unless it says otherwise, nothing is paid for twice.
 */
export type End =
	/** Paid for once, and handed on once. */
	| 'delivered'
	/** The same, handed on twice: nobody knows whether the first time counted. In Node-RED the second says `resumed`. */
	| 'delivered again'
	/** Node-RED: an error in the place of a result. The service may have accepted a submit whose answer nobody has read. */
	| 'reported'
	| 'reported again'
	/** n8n: the id is in its log, and nowhere else. A retry pays for another run. */
	| 'in the log'
	/** n8n: the same, before the id was known here. */
	| 'not known'
	/** Node-RED: nothing was paid for, and the message is gone with the process, as from any node. */
	| 'gone';

export interface Point extends Kill {
	/**
	 * Several if it depends on what was faster; none if nothing is killed there, because another way covers the same
	 * moment.
	 */
	ends: readonly End[];
	/** Whether `npm test` runs it, too. */
	short?: true;
}

/** Effects in their order, or a group that may happen in any order. */
export type Row = [name: string, end: End | readonly End[], torn?: End];

/** Calls of a service and their answers, by what each is for. */
export const exchange = (end: Row[1], ...names: string[]): Row[] =>
	names.flatMap((name): Row[] => [
		[`ask for ${name}`, end],
		[`answer to ${name}`, end],
	]);

/**
 * Numbers effects of the same name. A third entry says what follows if only half of a write has happened. `npm test`
 * runs the moments in `short`.
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

/** Effects by name and number, sorted, because effects that happen side by side have no order. */
export function effectLabels(effects: readonly Effect[]): string[] {
	return effects.map(({ name, nth }) => `${name} ${nth}`).sort();
}

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
