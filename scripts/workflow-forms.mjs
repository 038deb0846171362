// `npm run build && node scripts/workflow-forms.mjs`: stores in the workflows of the repository the whole forms of the
// simulator's deployments, as n8n's editor does. With less of a form n8n shows a warning beside it,
// and offers no further inputs.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { loadSimulator } from './dist.mjs';
import { createEngine } from './hosts/n8n-engine.mjs';
import { root } from './root.mjs';
import { chooseDeployments, isOurs, readWorkflows, withWholeForm } from './workflows.mjs';

const require = createRequire(import.meta.url);

const simulator = await loadSimulator().createSimulator();
const { url: baseUrl, token: apiToken } = simulator;
const { internals } = await createEngine({
	packageDir: root,
	credentials: { runComfyApi: { apiToken, baseUrl, apiVersion: 'v1' } },
});
const { LoadOptionsContext } = require('n8n-core');

/** Loads the fields of each form. */
const LOADERS = { workflowInputs: 'getWorkflowInputs', modelInputs: 'getModelInputs' };

/** The fields that the editor gets for a form of a node. */
async function fieldsOf(node, form) {
	const json = {
		name: 'Form',
		nodes: [{ ...node, type: node.type.replace(/Tool$/, '') }],
		connections: {},
	};
	const data = { ...internals.additionalData(json), currentNodeParameters: node.parameters };
	const workflow = internals.workflow(json);
	const own = /** @type {import('n8n-workflow').INode} */ (workflow.getNode(node.name));
	const { methods } = internals.nodeTypes.getByNameAndVersion(own.type, own.typeVersion);
	const load = methods?.resourceMapping?.[LOADERS[form]];
	if (!load) throw new Error(`${own.type} has no form`);
	const context = new LoadOptionsContext(workflow, own, data, `parameters.${form}`);
	return (await load.call(/** @type {any} */ (context))).fields;
}

for (const { name, workflow } of readWorkflows()) {
	const { nodes } = chooseDeployments(workflow, simulator.deploymentIds);
	for (const { id, parameters } of workflow.nodes.filter(isOurs)) {
		for (const form of Object.keys(LOADERS).filter((name) => parameters[name])) {
			const own = nodes.find((node) => node.id === id);
			parameters[form] = withWholeForm(parameters[form], await fieldsOf(own, form));
		}
	}
	const file = fileURLToPath(new URL(`../workflows/${name}`, import.meta.url));
	const options = { ...(await resolveConfig(file)), filepath: file };
	writeFileSync(file, await format(JSON.stringify(workflow, null, '\t'), options));
}
await simulator.close();
