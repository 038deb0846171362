// As much of n8n around its engine as an execution needs that waits for a call: n8n's own Wait node has
// stored it, and a call of its resume address brings it back. Follows waiting-webhooks.ts of n8n 2.41.
import { createServer } from 'node:http';
import { requireFromRoot as require } from '../../scripts/root.mjs';

/** @param {import('../../scripts/hosts/n8n-engine.mjs').Engine} engine */
export async function createResumer(engine) {
	const { WorkflowExecute } = require('n8n-core');
	const { createRunExecutionData } = require('n8n-workflow');
	const parked = new Map();
	const { internals } = engine;

	const server = createServer((request, response) => {
		request.resume();
		const id = request.url?.split('/')[2]?.split('?')[0];
		const row = parked.get(id);
		response.writeHead(row ? 200 : 404).end('{}');
		if (!row) return;
		parked.delete(id);
		const { data } = row;
		const [entry] = data.executionData.nodeExecutionStack;
		entry.node = { ...entry.node, disabled: true };
		delete data.waitTill;
		data.resultData.runData[data.resultData.lastNodeExecuted].pop();
		row.go(data);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
	const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
	const base = `http://127.0.0.1:${port}/webhook-waiting`;

	const execute = async (json, data, id) => {
		const additional = {
			...internals.additionalData(json),
			...(id && { executionId: id }),
			webhookWaitingBaseUrl: base,
		};
		const running = new WorkflowExecute(additional, 'trigger', data);
		const result = await running.processRunExecutionData(internals.workflow(json));
		if (!result.waitTill) {
			return { status: result.status, error: result.data.resultData.error };
		}
		const again = await new Promise((go) =>
			parked.set(additional.executionId, { data: result.data, go }),
		);
		return execute(json, again, additional.executionId);
	};
	return {
		/** Runs a workflow to its end, also through a wait. */
		run(json) {
			const node = internals.workflow(json).getNode('Start');
			const stack = [{ node, data: { main: [[{ json: {} }]] }, source: null }];
			return execute(
				json,
				createRunExecutionData({ executionData: { nodeExecutionStack: stack } }),
			);
		},
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
