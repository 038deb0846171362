// Runs workflows in a real n8n and reads what came out of each node.
import { requireHosts } from '../../../scripts/hosts/paths.mjs';
import { until } from '../../../scripts/process.mjs';

/** @param {{url: string, cookie: string, rest: Function}} n8n as `startN8n` gives it */
export function executionsOf({ url, cookie, rest }) {
	const flatted = requireHosts('flatted');

	/** Runs a workflow as the editor's button does. `change` edits a copy of it, which is run instead. */
	async function run(workflowId, change) {
		return ended(await start(workflowId, change));
	}

	async function start(workflowId, change) {
		const found = await rest('GET', `/rest/workflows/${workflowId}`);
		const workflowData = change ? await changed(found, change) : found;
		const trigger = workflowData.nodes.find(({ type }) => /trigger$/i.test(type));
		const { executionId } = await rest('POST', `/rest/workflows/${workflowData.id}/run`, {
			workflowData,
			triggerToStartFrom: { name: trigger.name },
		});
		return executionId;
	}

	// n8n runs the workflow that is saved, whatever the call that starts it contains.
	function changed({ name, nodes, connections, settings }, change) {
		const copy = structuredClone({ name: `${name} (changed)`, nodes, connections, settings });
		change(copy);
		return rest('POST', '/rest/workflows', copy);
	}

	async function ended(executionId) {
		const execution = await until(
			`execution ${executionId} has ended`,
			async () => {
				const found = await rest('GET', `/rest/executions/${executionId}`);
				return !['new', 'running', 'waiting'].includes(found.status) && found;
			},
			60_000,
		);
		const { resultData } = flatted.parse(execution.data);
		return {
			status: execution.status,
			error: resultData.error,
			customData: () =>
				rest('GET', `/rest/executions/${executionId}`).then(({ customData }) => customData),
			/** The items of a node's last run; none if it did not run. */
			items: (node, output = 0) => resultData.runData[node]?.at(-1)?.data?.main?.[output] ?? [],
			ran: (node) => node in resultData.runData,
			runs: (node) => resultData.runData[node] ?? [],
		};
	}

	/** Publishes its webhooks and forms. Resolves before they answer. */
	async function activate(workflowId) {
		const { versionId } = await rest('GET', `/rest/workflows/${workflowId}`);
		await rest('POST', `/rest/workflows/${workflowId}/activate`, { versionId });
	}

	async function list(workflowId, limit) {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		return (await rest('GET', `/rest/executions?limit=${limit}&filter=${filter}`)).results;
	}

	async function latestOf(workflowId) {
		const [{ id }] = await list(workflowId, 1);
		return ended(id);
	}

	/** The states of its executions, the latest first. */
	const statesOf = async (workflowId) => (await list(workflowId, 20)).map(({ status }) => status);

	/** The bytes that n8n stored for a binary field. */
	async function file(item, property = 'data') {
		const query = new URLSearchParams({ id: item.binary[property].id, action: 'download' });
		const reply = await fetch(`${url}/rest/binary-data?${query}`, { headers: { cookie } });
		if (!reply.ok) throw new Error(`binary data: HTTP ${reply.status}`);
		return Buffer.from(await reply.arrayBuffer());
	}

	return { run, start, ended, activate, latestOf, statesOf, file };
}
