// Many items on ten machines: how long a batch takes, beside the time that the machines alone need.
import { SLOTS } from './load.mjs';
import { needNodesOfN8n } from './sideBySide/needs.mjs';
import { between, ideal } from './sideBySide/task.mjs';
import { onN8n } from './virtual/n8nProcess.mjs';
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

const WAYS = [
	{ host: 'n8n', name: 'loop of 10 s', way: 'loop', seconds: 10, upTo: MOST_OF_A_LOOP },
	{
		...{ host: 'n8n', name: 'Loop Over Items, loop of 10 s', way: 'loopOverItems', seconds: 10 },
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
				const lengthsMs = between(from, to, count);
				const task = { kind: 'batch', slots: SLOTS, ...way, lengthsMs, atOnce: true };
				const { tookMs, calls } = await ask(host, task);
				const idealMs = ideal(lengthsMs, SLOTS);
				data.push({
					host,
					way: name,
					load,
					items: count,
					tookS: tookMs / 1000,
					times: tookMs / idealMs,
					calls,
				});
			}
		}
	}
	return { figures: data.flatMap(toFigures), data };
}

function ask(host, task) {
	if (host === 'n8n') return onN8n(task);
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
