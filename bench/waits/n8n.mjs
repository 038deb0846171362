// n8n's engine and the simulator in one process on the virtual clock: compares ways to wait for a run, with n8n's own
// nodes and with ours.
import { createRequire } from 'node:module';

const clock = createRequire(import.meta.url)('./clock.cjs');
const { loadSimulator } = await import('../../scripts/root.mjs');
const { answerTask, engineFor, node, taskOfProcess, workflow } = await import('../processes.mjs');

/** @typedef {{url: string, token: string, deploymentId: string}} Service */

const MARK = node('Mark', 'n8n-nodes-base.noOp', 1, {});

const ENDED = {
	options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
	combinator: 'and',
	conditions: [
		{
			id: 'ended',
			leftValue: '={{ $json.status }}',
			rightValue: 'completed',
			operator: { type: 'string', operation: 'equals' },
		},
	],
};

const WAYS = {
	/**
	 * HTTP Request, Wait, HTTP Request, IF, and back to Wait. @param {Service} service @param {number} seconds of Wait
	 */
	loop(service, seconds) {
		const requests = `${service.url}/prod/v1/deployments/${service.deploymentId}`;
		const one = `=${requests}/requests/{{ $json.request_id }}`;
		const body = { sendBody: true, specifyBody: 'json', jsonBody: '{"overrides": {}}' };
		const http = (/** @type {string} */ name, /** @type {object} */ parameters) =>
			node(name, 'n8n-nodes-base.httpRequest', 4.2, {
				sendHeaders: true,
				options: {},
				...parameters,
				headerParameters: {
					parameters: [{ name: 'Authorization', value: `Bearer ${service.token}` }],
				},
			});
		const nodes = [
			http('Submit', { method: 'POST', url: `${requests}/inference`, ...body }),
			node('Wait', 'n8n-nodes-base.wait', 1.1, { amount: seconds, unit: 'seconds' }),
			http('Status', { url: `${one}/status` }),
			node('Ended?', 'n8n-nodes-base.if', 2.2, { conditions: ENDED }),
			http('Result', { url: `${one}/result` }),
			MARK,
		];
		const lines = [
			['Start', 'Submit'],
			['Submit', 'Wait'],
			['Wait', 'Status'],
			['Status', 'Ended?'],
			['Ended?', 'Result', 0],
			['Ended?', 'Wait', 1],
			['Result', 'Mark'],
		];
		return workflow(nodes, lines);
	},

	/** @param {Service} service */
	run({ deploymentId }) {
		const ours = node('Run', 'n8n-nodes-runcomfy.runComfy', 1, {
			resource: 'request',
			operation: 'runAndWait',
			deploymentId: { __rl: true, mode: 'id', value: deploymentId },
			inputMode: 'json',
			overrides: '{}',
			options: { downloadFiles: false },
		});
		const lines = [
			['Start', 'Run'],
			['Run', 'Mark'],
		];
		return workflow([ours, MARK], lines);
	},
};

/**
 * Measures a way of waiting, with one execution per run length.
 * @param {{way: keyof typeof WAYS, seconds: number, lengthsMs: number[], atOnce: boolean, slots: number, queueMs:
 * number}} task
 */
async function measure({ way, seconds, lengthsMs, atOnce, slots: maxInstances, queueMs }) {
	clock.start();
	const simulator = await loadSimulator().createSimulator({ maxInstances, queueMs });
	const engine = await engineFor(simulator);
	const { url, token, deploymentIds } = simulator;
	const json = WAYS[way]({ url, token, deploymentId: deploymentIds.textToImage }, seconds);
	/** When each request's item reached the last node: milliseconds by request id. @type {Map<unknown, number>} */
	const marks = new Map();
	const one = async (/** @type {number} */ ms) => {
		simulator.inject({ name: 'run_time', ms, times: 1 });
		const { status, error, runData, items } = await engine.run(json).outcome;
		if (status !== 'success') throw error ?? new Error(status);
		marks.set(items('Mark')[0]?.json['request_id'], runData['Mark']?.[0]?.startTime ?? NaN);
	};
	if (atOnce) await Promise.all(lengthsMs.map(one));
	else for (const ms of lengthsMs) await one(ms);
	const jobs = [...simulator.jobs.values()];
	const lags = jobs.map(
		({ requestId, finishedAt = NaN }) => ((marks.get(requestId) ?? NaN) - finishedAt) / 1000,
	);
	const calls = simulator.requests.filter(({ route }) => route !== 'storage').length;
	const lag = lags.reduce((sum, value) => sum + value, 0) / lags.length;
	return { lag, calls: calls / jobs.length };
}

answerTask(await measure(taskOfProcess()));
