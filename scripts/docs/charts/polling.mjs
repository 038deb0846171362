// Calls against lag: what a fixed loop costs at each step, and where ours is.
import { dot, label, line, logScale, svg } from './svg.mjs';

const WIDTH = 860;
const HEIGHT = 330;
const TOP = 92;
const BOTTOM = 270;
const PANEL = { left: 52, width: 165, gap: 36 };
const CALLS = /** @type {[number, number]} */ ([0.3, 2_000]);
const LAGS = /** @type {[number, number]} */ ([0.3, 50]);

/** @typedef {{calls: number, lag: number}} Point */
/** @typedef {{runS: number, loops: Array<Point & {stepS: number}>, first: Point, known: Point}} Curve */

/** @param {Curve[]} curves */
export function pollingChart(curves) {
	const y = logScale(LAGS, [BOTTOM, TOP]);
	const text =
		'Status calls of a run and how late its end is noticed, for fixed loops and for this package';
	return svg({ width: WIDTH, height: HEIGHT, label: text }, [
		label(20, 30, 'How late the end of a run is noticed, and the status calls it takes', {
			kind: 'title',
		}),
		...legend(),
		...curves.flatMap((curve, at) => panel(curve, at, y)),
		label(WIDTH / 2, HEIGHT - 12, 'status calls for one run (further left is cheaper)', {
			...{ kind: 'quiet', anchor: 'middle' },
		}),
		label(14, 80, 's late', { kind: 'quiet' }),
	]);
}

function legend() {
	const entries = [
		['theirs', 'fixed loop, by its step'],
		['ours', 'this package, first run of a deployment'],
		['known', 'this package, run times known ±20 %'],
	];
	let x = 24;
	return entries.flatMap(([kind = '', text = '']) => {
		const parts = [dot(x, 51, kind), label(x + 10, 55, text)];
		x += 40 + 6.4 * text.length;
		return parts;
	});
}

/** @param {Curve} curve @param {number} at @param {(lag: number) => number} y */
function panel({ runS, loops, first, known }, at, y) {
	const left = PANEL.left + at * (PANEL.width + PANEL.gap);
	const right = left + PANEL.width;
	const x = logScale(CALLS, [left, right]);
	const grid = [0.5, 1, 2, 5, 10, 20].flatMap((lag) => [
		line([[left, y(lag)], [right, y(lag)]], 'grid'), // prettier-ignore
		...(at === 0
			? [label(left - 8, y(lag) + 4, String(lag), { kind: 'quiet', anchor: 'end' })]
			: []),
	]);
	const ticks = [1, 10, 100, 1000].map((calls) =>
		label(x(calls), BOTTOM + 17, String(calls), { kind: 'quiet', anchor: 'middle' }),
	);
	const place = (/** @type {Point} */ point) =>
		/** @type {[number, number]} */ ([x(point.calls), y(point.lag)]);
	return [
		label(left, TOP - 10, `run of ${minutes(runS)}`, { kind: 'head' }),
		...grid,
		line([[left, TOP], [left, BOTTOM], [right, BOTTOM]], 'axis'), // prettier-ignore
		...ticks,
		line(loops.map(place), 'theirs'),
		...loops.flatMap((loop) => {
			const [cx, cy] = place(loop);
			return [
				dot(cx, cy, 'theirs', 3),
				label(cx - 7, cy + 9, `${loop.stepS} s`, { kind: 'quiet', anchor: 'end' }),
			];
		}),
		dot(...place(first), 'ours', 5),
		dot(...place(known), 'known', 5),
	];
}

const minutes = (/** @type {number} */ seconds) =>
	seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
