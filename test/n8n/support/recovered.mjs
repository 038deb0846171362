// What n8n makes of the data of an execution outside of its engine, as its execution-recovery.service.ts
// and execution.service.ts have it (2.41).

/** @import { INode, IRunExecutionData } from 'n8n-workflow' */

/**
 * n8n was killed while this node ran, and notes so at its next start.
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
 * The same of a node that had come to its end, whose items were not stored.
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
