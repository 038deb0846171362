// From the end of a run to the next node, and the calls that it takes: n8n's and Node-RED's own nodes in
// a loop beside ours, in the real hosts, on a jumping clock.
import { inProcess, needNodesOfN8n } from '../processes.mjs';
import { pivot, round } from '../report.mjs';
import { withNodeRed } from './nodeRed.mjs';

const RUNS_S = [10, 60, 300];
const LOOPS_S = [2, 5, 10];
const LENGTHS = 21;
const SLOTS = 50;
/** In the queue, as in the other benches. */
const QUEUE_MS = 2_000;
const MOST_LAG_S = { 10: 1, 60: 1.8, 300: 3 };

/** What n8n and Node-RED have by themselves, then ours. */
const WAYS = [
	...LOOPS_S.map((seconds) => ({ way: 'loop', seconds, name: `loop of ${seconds} s` })),
	{ way: 'run', name: 'ours' },
];

/** @returns {Promise<import('../report.mjs').Measured>} */
export async function waits() {
	await needNodesOfN8n();
	const data = [];
	const take = async (host, ask) => {
		for (const runS of RUNS_S) {
			for (const { name, ...way } of WAYS) {
				const { lag, calls } = await ask({
					...way,
					slots: SLOTS,
					queueMs: QUEUE_MS,
					atOnce: way.way === 'loop',
					lengthsMs: lengthsAround(runS),
				});
				data.push({ host, way: name, runS, lag, calls });
			}
		}
	};
	await take('n8n', (task) => inProcess('./waits/n8n.mjs', task));
	await withNodeRed({ maxInstances: SLOTS, queueMs: QUEUE_MS }, (ask) => take('Node-RED', ask));
	const table = pivot(data, {
		head: 'mean lag, s (calls)',
		by: ({ runS }) => `run of ${runS} s`,
		cell: ({ lag, calls }) => `${round(lag)} (${round(calls)})`,
	});
	const ours = data.filter(({ way }) => way === 'ours');
	const figures = ours.map(({ host, runS, lag }) => ({
		name: `${host}, run of ${runS} s: lag`,
		value: lag,
		unit: 's',
		most: MOST_LAG_S[runS],
	}));
	return { figures, table };
}

/** Milliseconds, from 95 to 105 % of `seconds`. */
function lengthsAround(seconds) {
	return Array.from({ length: LENGTHS }, (_, at) =>
		Math.round(1_000 * seconds * (0.95 + (0.1 * at) / (LENGTHS - 1))),
	);
}
