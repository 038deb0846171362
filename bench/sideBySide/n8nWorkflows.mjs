// How a workflow of n8n waits for a run: as people build it from n8n's own nodes, and with ours.

const START = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
/** Takes down when an item comes out, and of which request. */
const MARK = node('Mark', 'bench.mark', 1, {});

/**
 * @typedef {object} Service
 * @property {string} url
 * @property {string} token
 * @property {string} deploymentId
 */

/**
 * HTTP Request, Wait, HTTP Request, IF, and back to Wait.
 * @param {Service} service
 * @param {number} seconds of the Wait node
 */
export function loop(service, seconds) {
	return workflow(
		[START, ...loopNodes(service, seconds), MARK],
		[['Start', 'Submit'], ...LOOP_LINES, ['Result', 'Mark']],
	);
}

/** The same for one item after another. @param {Service} service @param {number} seconds */
export function loopOverItems(service, seconds) {
	const items = node('Items', 'n8n-nodes-base.splitInBatches', 3, { options: {} });
	return workflow(
		[START, items, ...loopNodes(service, seconds), MARK],
		[
			['Start', 'Items'],
			['Items', 'Submit', 1],
			...LOOP_LINES,
			['Result', 'Mark'],
			['Mark', 'Items'],
		],
	);
}

/** @param {Service} service */
export function runAndWait({ deploymentId }) {
	const options = { concurrency: 10, downloadFiles: false };
	const run = ourNode('Run', { operation: 'runAndWait', ...input(deploymentId), options });
	return workflow([START, run, MARK], [['Start', 'Run'], ['Run', 'Mark']]); // prettier-ignore
}

/** Submit, Wait until RunComfy calls the execution's own address, Get Result. @param {Service} service */
export function submitAndWebhook({ deploymentId }) {
	const options = { webhook: '={{ $execution.resumeUrl }}' };
	const submit = ourNode('Submit', { operation: 'submit', ...input(deploymentId), options });
	const wait = node('Wait', 'n8n-nodes-base.wait', 1.1, { resume: 'webhook', httpMethod: 'POST' });
	const result = ourNode('Result', {
		operation: 'getResult',
		deploymentId: input(deploymentId).deploymentId,
		requestId: "={{ $('Submit').first().json.request_id }}",
		options: { downloadFiles: false },
	});
	return workflow(
		[START, submit, wait, result, MARK],
		[['Start', 'Submit'], ['Submit', 'Wait'], ['Wait', 'Result'], ['Result', 'Mark']], // prettier-ignore
	);
}

const LOOP_LINES = [
	['Submit', 'Wait'],
	['Wait', 'Status'],
	['Status', 'Ended?'],
	['Ended?', 'Result', 0],
	['Ended?', 'Wait', 1],
];

function loopNodes(service, seconds) {
	const requests = `${service.url}/prod/v1/deployments/${service.deploymentId}`;
	const one = `=${requests}/requests/{{ $json.request_id }}`;
	const body = { sendBody: true, specifyBody: 'json', jsonBody: '{"overrides": {}}' };
	return [
		http('Submit', service, { method: 'POST', url: `${requests}/inference`, ...body }),
		node('Wait', 'n8n-nodes-base.wait', 1.1, { amount: seconds, unit: 'seconds' }),
		http('Status', service, { url: `${one}/status` }),
		node('Ended?', 'n8n-nodes-base.if', 2.2, { conditions: ENDED }),
		http('Result', service, { url: `${one}/result` }),
	];
}

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

function http(name, { token }, parameters) {
	return node(name, 'n8n-nodes-base.httpRequest', 4.2, {
		sendHeaders: true,
		options: {},
		...parameters,
		headerParameters: { parameters: [{ name: 'Authorization', value: `Bearer ${token}` }] },
	});
}

const input = (deploymentId) => ({
	deploymentId: { __rl: true, mode: 'id', value: deploymentId },
	inputMode: 'json',
	overrides: '{}',
});

function ourNode(name, parameters) {
	return node(name, 'n8n-nodes-runcomfy.runComfy', 1, { resource: 'request', ...parameters });
}

function node(name, type, typeVersion, parameters) {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}

/** @param {object[]} nodes @param {any[][]} lines from, to, output of the first one */
function workflow(nodes, lines) {
	const connections = {};
	for (const [from, to, output = 0] of lines) {
		const { main } = (connections[from] ??= { main: [] });
		while (main.length <= output) main.push([]);
		main[output].push({ node: to, type: 'main', index: 0 });
	}
	return { name: 'bench', nodes, connections, settings: { executionOrder: 'v1' } };
}
