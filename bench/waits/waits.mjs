// Measures the delay from the end of a run to the next node, and the number of calls: loops of n8n's and Node-RED's own
// nodes against ours, in the real hosts on a virtual clock.
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/free-port.mjs';
import { code, place, withNodeRed } from '../nodeRed.mjs';
import { inProcess, needNodesOfN8n } from '../processes.mjs';
import { pivot, round } from '../report.mjs';

const RUNS_S = [10, 60, 300];
const LOOPS_S = [2, 5, 10];
const LENGTHS = 21;
const SLOTS = 50;
/** Time in the queue, as in the other benches. */
const QUEUE_MS = 2_000;
const MOST_LAG_S = { 10: 1, 60: 1.8, 300: 3 };

/** The hosts' own ways, then ours. */
const WAYS = [
	...LOOPS_S.map((seconds) => ({ way: 'loop', seconds, name: `loop of ${seconds} s` })),
	{ way: 'run', name: 'ours' },
];

/** The simulator's text-to-image deployment. */
const DEPLOYMENT_ID = 'de910e00-0000-4000-8000-000000000001';

const near = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

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
	const port = await freePort();
	const service = { url: `http://127.0.0.1:${port}`, token: 'runcomfy-simulator-token' };
	const measured = {
		driver: near('./nodeRedDriver.cjs'),
		given: { port, token: service.token, maxInstances: SLOTS, queueMs: QUEUE_MS },
		env: { NODE_OPTIONS: `--require ${near('./clock.cjs')}` },
		service,
		entrances: ['submit', 'run'],
		nodes: [...loopNodes(service), OURS],
	};
	await withNodeRed(measured, async (ask) => {
		// A first run, so that loading modules is not measured.
		await ask({ way: 'run', lengthsMs: [1_000], atOnce: true });
		await take('Node-RED', ask);
	});
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

/** Run lengths in milliseconds, from 95 to 105 % of `seconds`. */
function lengthsAround(seconds) {
	return Array.from({ length: LENGTHS }, (_, at) =>
		Math.round(1_000 * seconds * (0.95 + (0.1 * at) / (LENGTHS - 1))),
	);
}

/**
 * Function, http request, delay and switch nodes, and back to the delay. @param {{url: string, token: string}} service
 */
function loopNodes({ url, token }) {
	const requests = `${url}/prod/v1/deployments/${DEPLOYMENT_ID}`;
	const headers = `msg.headers = { authorization: 'Bearer ${token}' };`;
	const ask = (/** @type {string} */ path) =>
		`msg.method = 'GET'; msg.payload = ''; ${headers}
		msg.url = '${requests}/requests/' + msg.requestId + '/${path}'; return msg;`;
	const submit = `msg.method = 'POST'; msg.payload = { overrides: {} }; ${headers}
		msg.url = '${requests}/inference'; return msg;`;
	const http = (/** @type {string} */ id, /** @type {string} */ next) => {
		const own = { method: 'use', ret: 'obj', paytoqs: 'ignore' };
		return { id, type: 'http request', ...place, ...own, wires: [[next]] };
	};
	return [
		code('submit', submit, [['submit-http']]),
		http('submit-http', 'id'),
		code('id', 'msg.requestId = msg.payload.request_id; return msg;', [['delay']]),
		{ id: 'delay', type: 'delay', ...place, pauseType: 'delayv', timeout: '10', wires: [['ask']] },
		code('ask', ask('status'), [['status-http']]),
		http('status-http', 'ended'),
		{
			id: 'ended',
			type: 'switch',
			...place,
			property: 'payload.status',
			propertyType: 'msg',
			checkall: 'false',
			outputs: 2,
			rules: [{ t: 'eq', v: 'completed', vt: 'str' }, { t: 'else' }],
			wires: [['ask-result'], ['delay']],
		},
		code('ask-result', ask('result'), [['result-http']]),
		http('result-http', 'mark'),
	];
}

const OURS = {
	id: 'run',
	type: 'runcomfy-run',
	...place,
	config: 'account',
	deploymentId: DEPLOYMENT_ID,
	deploymentIdType: 'str',
	overrides: '{}',
	overridesType: 'json',
	output: 'files',
	timeout: '0',
	timeoutType: 'num',
	wires: [['mark']],
};
