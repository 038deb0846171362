// The workflow of all scenes: a webhook, Run and Wait, and a node that hands the result over.

export const PATH = 'run';

/** Its form in what n8n stores of an execution. */
const MARK = /queue-test-mark-(\d+)\b/;

export const textOf = (mark) => `queue-test-mark-${mark}`;

/** The mark of an execution, found in its stored data. @param {string} data */
export function markIn(data) {
	const found = MARK.exec(data)?.[1];
	return found === undefined ? undefined : Number(found);
}

/** The mark with which a request was submitted. */
export const markOfJob = (job) => markIn(String(job.extraData?.mark ?? ''));

/**
 * @param {object} options
 * @param {string} options.sinkUrl
 * @param {{id: string, name: string}} options.credential
 * @param {object} options.waiting parameters of the node that say how it waits
 */
export function workflowOf({ sinkUrl, credential, waiting }) {
	const place = (x) => ({ position: [x, 0] });
	return {
		name: 'Runs',
		nodes: [
			{
				...place(0),
				id: 'node-webhook',
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: '5b1f6a0e-7a51-4d64-9d3e-1f2a3b4c5d6f',
				parameters: { httpMethod: 'POST', path: PATH, responseMode: 'onReceived' },
			},
			{
				...place(200),
				id: 'node-run',
				name: 'Run',
				type: 'n8n-nodes-runcomfy.runComfy',
				typeVersion: 1,
				parameters: {
					resource: 'request',
					operation: 'runAndWait',
					deploymentId: { __rl: true, mode: 'id', value: '={{ $json.body.deploymentId }}' },
					inputMode: 'json',
					overrides: '={{ JSON.stringify($json.body.overrides) }}',
					...waiting,
					options: {
						extraData: '={{ JSON.stringify({ mark: $json.body.mark }) }}',
						timeout: 1_800,
						...waiting.options,
					},
				},
				credentials: { runComfyApi: credential },
			},
			{
				...place(400),
				id: 'node-done',
				name: 'Done',
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				parameters: {
					method: 'POST',
					url: sinkUrl,
					sendBody: true,
					specifyBody: 'json',
					jsonBody:
						"={{ JSON.stringify({ mark: $('Webhook').item.json.body.mark," +
						' requestId: $json.request_id, status: $json.status }) }}',
					options: {},
				},
			},
		],
		connections: {
			Webhook: { main: [[{ node: 'Run', type: 'main', index: 0 }]] },
			Run: { main: [[{ node: 'Done', type: 'main', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	};
}

/**
 * The parameters that make Run and Wait wait in a certain way; none if the package has only one way.
 * @param {Array<{name: string, properties: object[]}>} types what n8n knows of nodes
 * @param {string} waitMode
 */
export function waitingAs(types, waitMode) {
	const { properties } = types.find(({ name }) => name === 'n8n-nodes-runcomfy.runComfy');
	const has = (list) => list.some(({ name }) => name === 'waitMode');
	if (has(properties)) return { waitMode };
	const inOptions = properties
		.filter(({ name }) => name === 'options')
		.some(({ options = [] }) => has(options));
	return inOptions ? { options: { waitMode } } : undefined;
}
