// The chart of docs/long-runs.md, as SVG: calls against lag, of fixed loops and of this package.

const WIDTH = 860;
const HEIGHT = 330;
const TOP = 92;
const BOTTOM = 270;
const PANEL = { left: 52, width: 165, gap: 36 };
const CALLS = /** @type {[number, number]} */ ([0.3, 2_000]);
const LAGS = /** @type {[number, number]} */ ([0.3, 50]);

/** @typedef {{calls: number, lag: number}} Point */
/** @typedef {{runS: number, loops: Array<Point & {stepS: number}>, ours: Point}} Curve */

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
			kind: 'quiet',
			anchor: 'middle',
		}),
		label(14, 80, 's late', { kind: 'quiet' }),
	]);
}

function legend() {
	const entries = [
		['theirs', 'fixed loop, by its step'],
		['ours', 'this package'],
	];
	let x = 24;
	return entries.flatMap(([kind = '', text = '']) => {
		const parts = [dot(x, 51, kind), label(x + 10, 55, text)];
		x += 40 + 6.4 * text.length;
		return parts;
	});
}

/** @param {Curve} curve @param {number} at @param {(lag: number) => number} y */
function panel({ runS, loops, ours }, at, y) {
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
		dot(...place(ours), 'ours', 5),
	];
}

const minutes = (/** @type {number} */ seconds) =>
	seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;

/** For GitHub's light and its dark page: card, text, quieter text, lines, a color for each kind of series. */
const STYLE = `
	.card { fill: #ffffff; stroke: #d0d7de }
	text { font: 12px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
	.title { font-size: 15px; font-weight: 600 } .head { font-weight: 600 }
	.quiet { fill: #59636e } .grid { stroke: #d8dee4 } .axis { stroke: #818b98 }
	.theirs { stroke: #818b98; fill: none } .theirs.dot { fill: #818b98; stroke: none }
	.ours { stroke: #0969da; fill: none } .ours.dot { fill: #0969da; stroke: none }
	@media (prefers-color-scheme: dark) {
		.card { fill: #0d1117; stroke: #3d444d } text { fill: #f0f6fc } .quiet { fill: #9198a1 }
		.grid { stroke: #262c36 } .axis { stroke: #656c76 }
		.theirs { stroke: #9198a1 } .theirs.dot { fill: #9198a1 }
		.ours { stroke: #4493f8 } .ours.dot { fill: #4493f8 }
	}
`.replace(/\n\t*/g, ' ');

/**
 * @param {{width: number, height: number, label: string}} card `label`: what it shows, for people who cannot see it
 * @param {string[]} parts
 */
function svg({ width, height, label }, parts) {
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(label)}">`,
		`<style>${STYLE.trim()}</style>`,
		`<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
		...parts,
		'</svg>',
		'',
	].join('\n');
}

/** @param {number} x @param {number} y @param {string} text @param {{kind?: string, anchor?: 'start' | 'middle' | 'end'}} [look] */
function label(x, y, text, { kind = '', anchor = 'start' } = {}) {
	return `<text class="${kind}" x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escape(text)}</text>`;
}

/** @param {Array<[number, number]>} points @param {string} kind */
function line(points, kind) {
	const at = points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
	return `<polyline class="${kind}" stroke-width="1.5" fill="none" points="${at}"/>`;
}

/** @param {number} x @param {number} y @param {string} kind @param {number} [radius] */
function dot(x, y, kind, radius = 4) {
	return `<circle class="${kind} dot" cx="${short(x)}" cy="${short(y)}" r="${radius}"/>`;
}

/** From values to places, each factor as long as another. @param {[number, number]} values @param {[number, number]} places */
function logScale([low, high], [from, to]) {
	const span = Math.log(high / low);
	return (/** @type {number} */ value) => from + ((to - from) * Math.log(value / low)) / span;
}

const short = (/** @type {number} */ value) => Number(value.toFixed(1));

const escape = (/** @type {string} */ text) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
