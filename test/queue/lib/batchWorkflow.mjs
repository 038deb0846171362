// Other workflows than that of all scenes: many items in one execution, and n8n's own Wait node.
export const BATCH_PATH = 'batch';
export const WAIT_PATH = 'wait';

const webhook = (path) => ({
	id: 'node-webhook',
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: `5b1f6a0e-7a51-4d64-9d3e-${path.padEnd(12, '0')}`,
	position: [0, 0],
	parameters: { httpMethod: 'POST', path, responseMode: 'onReceived' },
});

const tell = (url, jsonBody) => ({
	id: 'node-done',
	name: 'Done',
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.2,
	position: [600, 0],
	executeOnce: true,
	parameters: { method: 'POST', url, sendBody: true, specifyBody: 'json', jsonBody, options: {} },
});

const chain = (name, nodes) => ({
	name,
	nodes,
	connections: Object.fromEntries(
		nodes
			.slice(0, -1)
			.map(({ name: from }, at) => [
				from,
				{ main: [[{ node: nodes[at + 1].name, type: 'main', index: 0 }]] },
			]),
	),
	settings: { executionOrder: 'v1' },
});

/** Starts one execution with an item for each entry of the body's `items`, and tells which ids came out, in order. */
export const batchWorkflow = ({ sinkUrl, credential, options }) =>
	chain('Batch', [
		webhook(BATCH_PATH),
		{
			id: 'node-split',
			name: 'Items',
			type: 'n8n-nodes-base.splitOut',
			typeVersion: 1,
			position: [200, 0],
			parameters: { fieldToSplitOut: 'body.items', options: {} },
		},
		{
			id: 'node-run',
			name: 'Run',
			type: 'n8n-nodes-runcomfy.runComfy',
			typeVersion: 1,
			position: [400, 0],
			parameters: {
				resource: 'request',
				operation: 'runAndWait',
				deploymentId: {
					__rl: true,
					mode: 'id',
					value: "={{ $('Webhook').first().json.body.deploymentId }}",
				},
				inputMode: 'json',
				overrides: "={{ JSON.stringify($('Webhook').first().json.body.overrides) }}",
				options: { timeout: 1_800, ...options },
			},
			credentials: { runComfyApi: credential },
		},
		tell(
			sinkUrl,
			"={{ JSON.stringify({ mark: $('Webhook').first().json.body.mark," +
				" requestId: $('Run').all().map(({ json }) => json.request_id).join(' ')," +
				" status: $('Run').all().every(({ json }) => json.status === 'succeeded') ? 'succeeded' : 'failed' }) }}",
		),
	]);

/** n8n's own Wait node, which anyone with its address may call. */
export const waitWorkflow = (sinkUrl) =>
	chain('Wait', [
		webhook(WAIT_PATH),
		{
			...tell(
				sinkUrl,
				"={{ JSON.stringify({ mark: $json.body.mark + '000000', requestId: $execution.resumeUrl, status: 'waits' }) }}",
			),
			id: 'node-tell',
			name: 'Tell',
			position: [200, 0],
		},
		{
			id: 'node-wait',
			name: 'Wait',
			type: 'n8n-nodes-base.wait',
			typeVersion: 1.1,
			webhookId: '5b1f6a0e-7a51-4d64-9d3e-1f2a3b4c5d70',
			position: [400, 0],
			parameters: { resume: 'webhook', httpMethod: 'POST', options: {} },
		},
		tell(
			sinkUrl,
			"={{ JSON.stringify({ mark: $('Webhook').first().json.body.mark, requestId: '', status: 'succeeded' }) }}",
		),
	]);
