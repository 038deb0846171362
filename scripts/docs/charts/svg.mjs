// Charts as SVG, without a browser: legible on GitHub's light and on its dark page.

/** Of both themes: card, text, quieter text, lines, then a color for each kind of series. */
const STYLE = `
	.card { fill: #ffffff; stroke: #d0d7de }
	text { font: 12px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
	.title { font-size: 15px; font-weight: 600 } .head { font-weight: 600 }
	.quiet { fill: #59636e } .grid { stroke: #d8dee4 } .axis { stroke: #818b98 }
	.theirs { stroke: #818b98; fill: none } .theirs.dot, .theirs.bar { fill: #818b98; stroke: none }
	.ours { stroke: #0969da; fill: none } .ours.dot, .ours.bar { fill: #0969da; stroke: none }
	.known.dot { fill: #1a7f37 } text.ours { fill: #0969da; stroke: none } text.known { fill: #1a7f37 }
	@media (prefers-color-scheme: dark) {
		.card { fill: #0d1117; stroke: #3d444d } text { fill: #f0f6fc } .quiet { fill: #9198a1 }
		.grid { stroke: #262c36 } .axis { stroke: #656c76 }
		.theirs { stroke: #9198a1 } .theirs.dot, .theirs.bar { fill: #9198a1 }
		.ours { stroke: #4493f8 } .ours.dot, .ours.bar { fill: #4493f8 } text.ours { fill: #4493f8 }
		.known.dot { fill: #3fb950 } text.known { fill: #3fb950 }
	}
`.replace(/\n\t*/g, ' ');

/**
 * @param {{width: number, height: number, label: string}} card `label`: what it shows, for those who do not see it
 * @param {string[]} parts
 */
export function svg({ width, height, label }, parts) {
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
export function label(x, y, text, { kind = '', anchor = 'start' } = {}) {
	return `<text class="${kind}" x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escape(text)}</text>`;
}

/** @param {Array<[number, number]>} points @param {string} kind */
export function line(points, kind) {
	const at = points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
	return `<polyline class="${kind}" stroke-width="1.5" fill="none" points="${at}"/>`;
}

/** @param {number} x @param {number} y @param {string} kind @param {number} [radius] */
export function dot(x, y, kind, radius = 4) {
	return `<circle class="${kind} dot" cx="${short(x)}" cy="${short(y)}" r="${radius}"/>`;
}

/** @param {{x: number, y: number, width: number, height: number}} box @param {string} kind */
export function bar({ x, y, width, height }, kind) {
	return `<rect class="${kind} bar" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" rx="2"/>`;
}

/** From values to places, each factor as long as another. @param {[number, number]} values @param {[number, number]} places */
export function logScale([low, high], [from, to]) {
	const span = Math.log(high / low);
	return (/** @type {number} */ value) => from + ((to - from) * Math.log(value / low)) / span;
}

const short = (/** @type {number} */ value) => Number(value.toFixed(1));

const escape = (/** @type {string} */ text) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
