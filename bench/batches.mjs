// Many items on ten machines: how long a batch takes, beside the time that the machines alone need.
import { inProcess, needNodesOfN8n } from './processes.mjs';
import { pivot, round } from './report.mjs';
import { between, drawer, ideal, SLOTS } from './sideBySide/task.mjs';
import { withNodeRed } from './virtual/nodeRed.mjs';

const LOADS = [
	{ load: 'runs of 30 s', from: 30, to: 30 },
	{ load: 'runs of 10 to 60 s', from: 10, to: 60 },
];
const COUNTS = [1, 10, 100, 1_000];
/** A loop looks at everything that waits at each turn: a thousand are 150,000 calls. */
const MOST_OF_A_LOOP = 100;
const MOST = 1.05;
/** With so many items, the end of the last one hardly counts. */
const MANY = 100;
/** Which run comes last decides by itself over two hundredths of a hundred runs: their mean over so many orders. */
const ORDERS = { 100: 5 };

const WAYS = [
	{ host: 'n8n', name: 'loop of 10 s', way: 'loop', seconds: 10, upTo: MOST_OF_A_LOOP },
	{
		host: 'n8n',
		name: 'Loop Over Items, loop of 10 s',
		way: 'loopOverItems',
		seconds: 10,
		upTo: MOST_OF_A_LOOP,
	},
	{ host: 'n8n', name: 'ours', way: 'runAndWait' },
	{ host: 'Node-RED', name: 'loop of 10 s', way: 'loop', seconds: 10, upTo: MOST_OF_A_LOOP },
	{ host: 'Node-RED', name: 'ours', way: 'run' },
];

/** @returns {Promise<import('./report.mjs').Measured>} */
export async function batches() {
	await needNodesOfN8n();
	const data = [];
	for (const { host, name, upTo = Infinity, ...way } of WAYS) {
		for (const { load, from, to } of LOADS) {
			for (const count of COUNTS.filter((items) => items <= upTo)) {
				const runs = [];
				for (const lengthsMs of drawn(from, to, count)) {
					const task = { kind: 'batch', slots: SLOTS, ...way, lengthsMs, atOnce: true };
					const { tookMs, calls } = await ask(host, task);
					runs.push({ tookS: tookMs / 1000, times: tookMs / ideal(lengthsMs, SLOTS), calls });
				}
				data.push({ host, way: name, load, items: count, ...meanOf(runs) });
			}
		}
	}
	const table = pivot(data, {
		head: 'times the ideal (calls each)',
		by: ({ items, load }) => `${items.toLocaleString('en-US')} ${load}`,
		cell: ({ times, calls }) => `${times.toFixed(2)} (${round(calls)})`,
	});
	return { figures: data.flatMap(toFigures), table };
}

/** Milliseconds, of each batch to be measured: runs of one length have one order only. */
function drawn(from, to, count) {
	const orders = from === to ? 1 : (ORDERS[count] ?? 1);
	return Array.from({ length: orders }, (_, at) =>
		between(from, to, count, drawer(7 + 1_000 * at)),
	);
}

/** @param {Array<Record<string, number>>} all with the same names */
function meanOf(all) {
	const mean = (name) => all.reduce((sum, one) => sum + one[name], 0) / all.length;
	return Object.fromEntries(Object.keys(all[0]).map((name) => [name, mean(name)]));
}

function ask(host, task) {
	if (host === 'n8n') return inProcess('./virtual/n8n.mjs', task);
	return withNodeRed({ maxInstances: SLOTS }, (send) => send(task));
}

function toFigures({ host, way, load, items, times, calls }) {
	const goal = way === 'ours' && items >= MANY ? { most: MOST } : {};
	return [
		{
			name: `${host}, ${items} ${load}, ${way}: times the ideal`,
			value: times,
			unit: '×',
			...goal,
		},
		{ name: '… calls each', value: calls, unit: '' },
	];
}
