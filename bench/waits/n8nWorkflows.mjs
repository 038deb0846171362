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

/** @param {Service} service */
export function run({ deploymentId }) {
	const ours = node('Run', 'n8n-nodes-runcomfy.runComfy', 1, {
		resource: 'request',
		operation: 'runAndWait',
		deploymentId: { __rl: true, mode: 'id', value: deploymentId },
		inputMode: 'json',
		overrides: '{}',
		options: { downloadFiles: false },
	});
	return workflow([START, ours, MARK], [['Start', 'Run'], ['Run', 'Mark']]); // prettier-ignore
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
