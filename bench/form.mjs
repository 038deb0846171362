// The form of a deployment, in a process of its own: from n8n's call until the fields are there.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../scripts/hosts/n8n-engine.mjs';
import { root } from '../scripts/root.mjs';
import { startSimulator } from './simulator.mjs';

const self = fileURLToPath(import.meta.url);

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function form() {
	const simulator = await startSimulator({});
	try {
		const { small, large } = await new Promise((resolve, reject) => {
			const child = fork(self, [JSON.stringify(simulator)]);
			child.once('error', reject);
			child.once('exit', (code) => reject(new Error(`The n8n process ended with ${code}`)));
			child.once('message', resolve);
		});
		return [
			{ name: `${small.nodes} nodes, first time`, value: small.first, unit: 'ms' },
			{ name: `${small.nodes} nodes, opened again`, value: small.again, unit: 'ms' },
			{
				name: `${large.nodes} nodes, object_info > 10 MB, first time`,
				value: large.first,
				unit: 'ms',
				most: 1000,
			},
			{ name: `${large.nodes} nodes, opened again`, value: large.again, unit: 'ms', most: 1000 },
			{
				name: 'its fields in the saved workflow',
				value: large.bytes / 1024,
				unit: 'KiB',
				most: 20,
			},
		];
	} finally {
		simulator.stop();
	}
}

if (process.argv[1] === self) {
	const { url, token, deploymentIds } = JSON.parse(process.argv[2]);
	const credentials = { runComfyApi: { apiToken: token, baseUrl: url, apiVersion: 'v1' } };
	const { internals } = await createEngine({ packageDir: root, credentials });
	const { LoadOptionsContext } = createRequire(self)('n8n-core');
	const type = internals.nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1);

	const open = (value) => {
		const parameters = { deploymentId: { __rl: true, mode: 'id', value } };
		const json = {
			name: 'bench',
			nodes: [
				{
					id: 'r',
					name: 'Run',
					type: 'n8n-nodes-runcomfy.runComfy',
					typeVersion: 1,
					position: [0, 0],
					parameters,
				},
			],
			connections: {},
		};
		const workflow = internals.workflow(json);
		const data = { ...internals.additionalData(json), currentNodeParameters: parameters };
		const context = new LoadOptionsContext(workflow, workflow.getNode('Run'), data, '');
		return type.methods.resourceMapping.getWorkflowInputs.call(context);
	};
	const measure = async (value) => {
		const began = performance.now();
		const { fields, emptyFieldsNotice } = await open(value);
		if (fields.length === 0) throw new Error(emptyFieldsNotice);
		return { ms: performance.now() - began, bytes: JSON.stringify(fields).length };
	};
	const twice = async (id) => {
		const answer = await fetch(`${url}/prod/v2/deployments/${id}?includes=payload`, {
			headers: { authorization: `Bearer ${token}` },
		});
		const { payload } = await answer.json();
		const { ms: first, bytes } = await measure(id);
		const { ms: again } = await measure(id);
		return { nodes: Object.keys(payload.workflow_api_json).length, first, again, bytes };
	};
	const result = {
		small: await twice(deploymentIds.textToImage),
		large: await twice(deploymentIds.large),
	};
	process.send?.(result, () => process.exit(0));
}
