// The workflows of all tests: a webhook, Run and Wait on one item or many, and a node that reports the result.
import { byId, chain, RUNCOMFY } from '../../e2e/lib/n8n.mjs';

export const PATH = 'run';
export const BATCH_PATH = 'batch';

/** As it appears in n8n's stored data of an execution. */
const MARK = /queue-test-mark-(\d+)\b/;

export const textOf = (mark) => `queue-test-mark-${mark}`;

/** The mark of an execution, found in its stored data. @param {string} data */
export function markIn(data) {
	const found = MARK.exec(data)?.[1];
	return found === undefined ? undefined : Number(found);
}

const webhook = (path) => ({
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: `5b1f6a0e-7a51-4d64-9d3e-${path.padEnd(12, '0')}`,
	parameters: { httpMethod: 'POST', path, responseMode: 'onReceived' },
});

const runAndWait = ({ credential: { id, name }, simulator: { deploymentIds } }, options) => ({
	name: 'Run',
	type: RUNCOMFY,
	parameters: {
		resource: 'request',
		operation: 'runAndWait',
		deploymentId: byId(deploymentIds.textToImage),
		inputMode: 'json',
		// Small, because these tests ignore the pictures.
		overrides: `={{ JSON.stringify({
			6: { inputs: { text: $('Webhook').first().json.body.mark } },
			27: { inputs: { width: 64, height: 64 } },
		}) }}`,
		options: { timeout: 1_800, ...options },
	},
	credentials: { runComfyApi: { id, name } },
});

const tell = (url, jsonBody) => ({
	name: 'Done',
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.2,
	executeOnce: true,
	parameters: { method: 'POST', url, sendBody: true, specifyBody: 'json', jsonBody, options: {} },
});

/** @typedef {{sinkUrl: string, credential: {id: string, name: string}, simulator: any}} Known */

/** @param {Known} known */
export const runWorkflow = (known, path = PATH) =>
	chain(path, [
		webhook(path),
		runAndWait(known),
		tell(
			known.sinkUrl,
			"={{ JSON.stringify({ mark: $('Webhook').item.json.body.mark," +
				' requestId: $json.request_id, status: $json.status }) }}',
		),
	]);

/**
 * One execution with an item for each entry of the body's `items`; reports the resulting ids in order.
 * @param {Known} known
 */
export const batchWorkflow = (known, concurrency) =>
	chain(BATCH_PATH, [
		webhook(BATCH_PATH),
		{
			name: 'Items',
			type: 'n8n-nodes-base.splitOut',
			parameters: { fieldToSplitOut: 'body.items', options: {} },
		},
		runAndWait(known, { concurrency }),
		tell(
			known.sinkUrl,
			"={{ JSON.stringify({ mark: $('Webhook').first().json.body.mark," +
				" requestId: $('Run').all().map(({ json }) => json.request_id).join(' ')," +
				" status: $('Run').all().every(({ json }) => json.status === 'succeeded') ? 'succeeded' : 'failed' }) }}",
		),
	]);

/** Started by n8n when an execution of another workflow fails. */
export const errorWorkflow = (sinkUrl) =>
	chain('errors', [
		{ name: 'Error Trigger', type: 'n8n-nodes-base.errorTrigger', parameters: {} },
		tell(sinkUrl, "={{ JSON.stringify({ mark: '', requestId: JSON.stringify($json) }) }}"),
	]);
