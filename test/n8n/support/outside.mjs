// What n8n does with an execution outside of its engine, modelled on execution-recovery.service.ts,
// execution.service.ts, waiting-webhooks.ts and webhook-helpers.ts of n8n 2.41. The contexts and the package are real.
import { createRequire } from 'node:module';

/** @import { INode, INodeType, IRunExecutionData, WorkflowExecuteMode } from 'n8n-workflow' */
/** @import { Internals, WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs' */
/** @typedef {{status: number, body: string}} Answer */
/**
 * An execution as n8n has stored it.
 * @typedef {object} StoredRow
 * @property {string} id
 * @property {WorkflowJson} json
 * @property {WorkflowExecuteMode} mode
 * @property {string} status
 * @property {string} data as in n8n's database
 */
/**
 * @typedef {object} Call
 * @property {string} id the execution that is called
 * @property {string} suffix what follows the id of the execution in the path
 * @property {URLSearchParams} query
 * @property {unknown} body
 */

const require = createRequire(import.meta.url);

/** @type {{parse(text: string): IRunExecutionData, stringify(data: IRunExecutionData): string}} */
export const flatted = createRequire(require.resolve('n8n-core'))('flatted');

/**
 * Records that n8n was killed while this node ran, as its next start does.
 * @param {IRunExecutionData} data
 * @param {string} node
 */
export function noteCrash({ resultData }, node) {
	const { runData } = resultData;
	const error = { name: 'Error', message: 'Node crashed, possible out-of-memory issue' };
	if (runData[node] === undefined) {
		runData[node] = /** @type {any} */ ([{ executionStatus: 'crashed', error, source: [null] }]);
		resultData.lastNodeExecuted = node;
	}
	resultData.error = /** @type {any} */ (error);
}

/**
 * The same for a node that had finished, but whose items were not stored.
 * @param {IRunExecutionData} data
 * @param {string} node
 */
export function noteFinished({ resultData }, node) {
	const { runData } = resultData;
	if (runData[node] !== undefined) return;
	const data = { main: [[{ json: {}, pairedItem: undefined }]] };
	runData[node] = /** @type {any} */ ([{ executionStatus: 'success', data, source: [null] }]);
	resultData.lastNodeExecuted = node;
}

/**
 * *Executions > Retry*; with `saved`, *Retry with currently saved workflow*.
 * @param {IRunExecutionData} data
 * @param {{getNode(name: string): INode | null}} [saved]
 * @throws Error that names a node which that workflow does not have
 */
export function makeRetry({ resultData, executionData }, saved) {
	const { lastNodeExecuted, runData } = resultData;
	if (lastNodeExecuted !== undefined) {
		delete resultData.error;
		const runs = runData[lastNodeExecuted];
		if (runs?.at(-1)?.error !== undefined) runs.pop();
	}
	for (const entry of (saved && executionData?.nodeExecutionStack) ?? []) {
		const { name } = entry.node;
		const node = saved?.getNode(name);
		if (!node) throw new Error(`Could not find the node "${name}" in workflow.`);
		entry.node = node;
	}
}

const answer = (/** @type {number} */ status, /** @type {string} */ message) => ({
	status,
	body: JSON.stringify(message),
});

/**
 * A call to the URL where an execution waits.
 * @param {Internals} internals
 * @param {StoredRow | undefined} row
 * @param {Call} call
 * @param {{additionalData: object, resume(data: IRunExecutionData): void}} host its data for the execution, and how to
 * resume it
 * @returns {Promise<Answer>}
 */
export async function callWaiting(internals, row, { id, suffix, query, body }, host) {
	if (!row) return answer(404, `The execution "${id}" does not exist.`);
	const { json, mode } = row;
	if (row.status === 'running') return answer(409, `The execution "${id}" is running already.`);
	const data = flatted.parse(row.data);
	if (data.resultData.error || row.status === 'canceled') {
		return answer(409, `The execution "${id}" has finished with error.`);
	}
	if (row.status !== 'waiting') return answer(409, `The execution "${id} has finished already.`);
	const entry = /** @type {any} */ (data.executionData?.nodeExecutionStack[0]);
	const last = String(data.resultData.lastNodeExecuted);
	entry.node.disabled = true;
	delete data.waitTill;
	data.resultData.runData[last]?.pop();
	const workflow = internals.workflow(json);
	const node = /** @type {any} */ (workflow.getNode(last));
	const type = /** @type {INodeType} */ (
		workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion)
	);
	const webhook = type.description.webhooks?.find(({ path }) => path === suffix);
	if (!webhook) return answer(404, 'There is no waiting webhook with a matching path/method.');
	const request = { query: Object.fromEntries(query), body, headers: {}, params: {} };
	const response = recorder();
	const { WebhookContext } = require('n8n-core');
	const context = new WebhookContext(
		workflow,
		node,
		{ ...host.additionalData, httpRequest: request, httpResponse: response },
		mode,
		{ webhookDescription: webhook },
		[],
		data,
	);
	const { workflowData, webhookResponse, noWebhookResponse } = await /** @type {any} */ (
		type.webhook
	).call(context);
	if (noWebhookResponse) return response.answer;
	if (workflowData === undefined) return { status: 200, body: JSON.stringify(webhookResponse) };
	entry.data.main = workflowData;
	entry.metadata = { ...entry.metadata, forwardAllOutputs: true };
	if (row.status !== 'waiting') return answer(500, 'already resuming');
	host.resume(data);
	return answer(200, String(webhook.responseData ?? 'firstEntryJson'));
}

/** The parts of Express's response that the node uses. */
function recorder() {
	const given = { status: 200, body: '' };
	return {
		answer: given,
		setHeader: () => undefined,
		status(/** @type {number} */ status) {
			given.status = status;
			return {
				json: (/** @type {unknown} */ body) => {
					given.body = JSON.stringify(body);
				},
			};
		},
	};
}
