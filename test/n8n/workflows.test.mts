// Every workflow of the repository is a template: it must import, explain itself, and run unchanged.
// test/e2e/tests/workflows.test.mjs covers those with nodes that only n8n itself has.
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type * as N8n from 'n8n-workflow';
import { STAND_INS, type WorkflowJson } from '../../scripts/hosts/n8n-engine.mjs';
import {
	chooseDeployments,
	isOurs,
	type NamedWorkflow,
	readWorkflows,
	withWholeForm,
} from '../../scripts/workflows.mjs';
import { openForm, openModelForm } from './support/form.mts';
import { hosted, useRig } from './support/rig.mts';

const { NodeHelpers } = createRequire(import.meta.url)('n8n-workflow') as typeof N8n;

const rig = useRig({ fast: true });
const workflows = readWorkflows();

const entries = (named: NamedWorkflow[]) =>
	named.map(({ name, workflow }) => [name, workflow] as const);

/** Parameters that n8n adds to a node's tool. */
const TOOL_PARAMETERS = ['descriptionType', 'toolDescription'];

/** The nodes of this package, as n8n sees them after a deployment was chosen. */
function ourNodes(workflow: WorkflowJson) {
	const ready = chooseDeployments(workflow, rig.simulator.deploymentIds);
	return ready.nodes.filter(isOurs).map((node) => {
		const type = node.type.replace(/Tool$/, '');
		const { description } = rig.engine.internals.nodeTypes.getByNameAndVersion(type, 1);
		const parameters = Object.fromEntries(
			Object.entries(node.parameters).filter(
				([name]) => type === node.type || !TOOL_PARAMETERS.includes(name),
			),
		);
		return { node: { ...node, type, parameters } as unknown as N8n.INode, description };
	});
}

describe.each(entries(workflows))('workflows/%s', (_name, workflow) => {
	const { nodes, connections } = workflow;

	it('explains itself and carries no account’s data', () => {
		const notes = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
		expect(String(notes[0]?.parameters['content'])).toMatch(/^## .{10,}/);
		for (const node of nodes) expect(node).not.toHaveProperty('credentials');
		for (const { parameters } of nodes.filter(isOurs)) {
			const { value } = (parameters['deploymentId'] ?? { value: '' }) as { value: string };
			expect(parameters['deployments'] ?? []).toEqual([]);
			expect(value).toMatch(/^(=\{\{.+\}\})?$/);
		}
	});

	it('has connected nodes with different names and ids', () => {
		const names = nodes.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
		const targets = Object.values(connections as Record<string, Record<string, Target[][]>>)
			.flatMap((byType) => Object.values(byType))
			.flat(2);
		const joined = new Set([...Object.keys(connections), ...targets.map(({ node }) => node)]);
		const drawn = nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');
		expect([...joined].sort()).toEqual(drawn.map(({ name }) => name).sort());
		for (const { type } of nodes) {
			expect(type).toMatch(/^(n8n-nodes-runcomfy|n8n-nodes-base|@n8n\/n8n-nodes-langchain)\./);
		}
	});

	it('has parameters that the node knows and shows', () => {
		for (const { node, description } of ourNodes(workflow)) {
			const { properties } = description;
			// n8n drops unknown and hidden parameters.
			const seen = NodeHelpers.getNodeParameters(
				properties,
				node.parameters,
				true,
				false,
				node,
				description,
			);
			expect(seen).toMatchObject(node.parameters);
		}
	});

	it('has every parameter that the node requires', () => {
		for (const { node, description } of ourNodes(workflow)) {
			const issues = NodeHelpers.getNodeParametersIssues(description.properties, node, description);
			expect({ node: node.name, issues }).toEqual({ node: node.name, issues: null });
		}
	});

	it('has the whole form of its deployment or model, so that n8n takes it for up to date', async () => {
		for (const { node } of ourNodes(workflow)) {
			const { deploymentId, modelId, workflowInputs, modelInputs } = node.parameters;
			const stored = (workflowInputs ?? modelInputs) as Parameters<typeof withWholeForm>[0];
			if (!stored) continue;
			const { fields } = modelInputs
				? await openModelForm(rig, { modelId })
				: await openForm(rig, { deploymentId });
			// Stored by `node scripts/recorded.mjs`.
			expect(stored).toEqual(withWholeForm(stored, fields));
		}
	});
});

interface Target {
	node: string;
}

const runnable = workflows.filter(({ workflow }) =>
	workflow.nodes.every(
		(node) => node.type in STAND_INS || (isOurs(node) && !node.type.endsWith('Trigger')),
	),
);

describe.each(entries(runnable))('workflows/%s on the engine', (_name, workflow) => {
	it('runs', async () => {
		const ready = chooseDeployments(workflow, rig.simulator.deploymentIds);
		const outcome = await rig.engine.run(ready).outcome;
		expect(outcome.error?.message).toBeUndefined();
		expect(outcome.status).toBe('success');
		const [item] = outcome.items(String(ready.nodes.filter(isOurs).at(-1)?.name));
		expect(item?.json).toMatchObject({ status: 'succeeded', warnings: [] });
		const { url } = (item?.json['files'] as Array<{ url: string }>)[0]!;
		const picture = await rig.engine.binary(item!);
		expect(picture.equals(await hosted(url))).toBe(true);
		expect(picture.subarray(1, 4).toString()).toBe('PNG');
	});
});

it('shows a deployment that is chosen for you by its name', () => {
	const { workflow } = workflows.find(({ name }) => name === 'text-to-image.json')!;
	const [run] = chooseDeployments(workflow, rig.simulator.deploymentIds).nodes.filter(isOurs);
	expect(run?.parameters['deploymentId']).toEqual({
		__rl: true,
		mode: 'list',
		value: rig.simulator.deploymentIds.textToImage,
		cachedResultName: 'text-to-image',
	});
});

it('recipe-balance-limit.json submits nothing if less is left', async () => {
	const { workflow } = workflows.find(({ name }) => name === 'recipe-balance-limit.json')!;
	rig.simulator.update({ balanceUsd: 4.99 });
	const outcome = await rig.engine.run(workflow).outcome;
	expect(outcome.status).toBe('success');
	expect(outcome.items('Too Little Left')[0]?.json['balance_usd']).toBe(4.99);
	expect(rig.countOf('models.submit')).toBe(0);
});

it('these workflows need no other nodes', () => {
	const names = [
		'chain-two-deployments.json',
		'model-text-to-image.json',
		'recipe-balance-limit.json',
		'text-to-image.json',
	];
	expect(runnable.map(({ name }) => name)).toEqual(names);
});
