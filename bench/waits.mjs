// From the end of a run to the next node, and the calls that it takes: n8n's and Node-RED's own nodes in
// a loop beside ours, in the real hosts, on a jumping clock.
import { inProcess, needNodesOfN8n } from './processes.mjs';
import { pivot, round } from './report.mjs';
import { around } from './sideBySide/task.mjs';
import { withNodeRed } from './virtual/nodeRed.mjs';

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
	{ way: 'webhook', name: 'ours, called by RunComfy', hosts: ['n8n'] },
];

/** @returns {Promise<import('./report.mjs').Measured>} */
export async function waits() {
	await needNodesOfN8n();
	const data = [];
	const take = async (host, ask) => {
		for (const runS of RUNS_S) {
			for (const { name, hosts, ...way } of WAYS) {
				if (hosts && !hosts.includes(host)) continue;
				const { lag, calls } = await ask({ kind: 'lengths', slots: SLOTS, ...taskOf(way, runS) });
				data.push({ host, way: name, runS, lag, calls });
			}
		}
	};
	const inN8n = (task) => inProcess('./virtual/n8n.mjs', task);
	await take('n8n', (task) => inN8n({ ...task, queueMs: QUEUE_MS, way: N8N_WAYS[task.way] }));
	await withNodeRed({ maxInstances: SLOTS, queueMs: QUEUE_MS }, (ask) => take('Node-RED', ask));
	const table = pivot(data, {
		head: 'mean lag, s (calls)',
		by: ({ runS }) => `run of ${runS} s`,
		cell: ({ lag, calls }) => `${round(lag)} (${round(calls)})`,
	});
	return { figures: data.flatMap(toFigures), table };
}

const N8N_WAYS = { loop: 'loop', run: 'runAndWait', webhook: 'submitAndWebhook' };

function taskOf(way, runS) {
	return { ...way, atOnce: way.way !== 'run', lengthsMs: around(runS, LENGTHS) };
}

function toFigures({ host, way, runS, lag, calls }) {
	const goal = { ours: MOST_LAG_S[runS], 'ours, called by RunComfy': 0.5 }[way];
	return [
		{
			name: `${host}, ${runS} s, ${way}: lag`,
			value: lag,
			unit: 's',
			...(goal !== undefined && { most: goal }),
		},
		{ name: '… calls', value: calls, unit: '' },
	];
}
