// A batch on ten machines, by each way of waiting, as bars from the time that the machines alone need.
import { bar, label, line, svg } from './svg.mjs';

const WIDTH = 860;
const ROW = 26;
const TOP = 64;
const LEFT = 330;
const RIGHT = 760;

/** @typedef {{host: string, way: string, load: string, items: number, times: number}} Batch */

/** @param {Batch[]} batches @param {{load: string, items: number}} of */
export function batchChart(batches, { load, items }) {
	const shown = batches.filter((one) => one.load === load && one.items === items);
	const height = TOP + shown.length * ROW + 40;
	const most = Math.max(...shown.map(({ times }) => times));
	const x = (/** @type {number} */ times) => LEFT + ((RIGHT - LEFT) * times) / most;
	const bottom = TOP + shown.length * ROW + 4;
	const text = `How long ${items} ${load} take on ten machines, by each way of waiting`;
	return svg({ width: WIDTH, height, label: text }, [
		label(20, 32, `${items} ${load} on ten machines`, { kind: 'title' }),
		label(20, 50, 'times the time that the machines alone need', { kind: 'quiet' }),
		...shown.flatMap(({ host, way, times }, at) => {
			const y = TOP + at * ROW;
			const kind = way === 'ours' ? 'ours' : 'theirs';
			return [
				label(LEFT - 12, y + 17, `${host}: ${way}`, { anchor: 'end' }),
				bar({ x: LEFT, y: y + 4, width: x(times) - LEFT, height: ROW - 8 }, kind),
				label(x(times) + 8, y + 17, times.toFixed(2), {
					kind: kind === 'ours' ? 'ours head' : 'head',
				}),
			];
		}),
		line([[x(1), TOP - 2], [x(1), bottom]], 'axis'), // prettier-ignore
		label(x(1), bottom + 16, 'ideal', { kind: 'quiet', anchor: 'middle' }),
	]);
}
