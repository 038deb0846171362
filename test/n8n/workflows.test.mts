// Every workflow of the repository is a template, so it must import and run as it is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WorkflowJson } from '../../scripts/n8n-engine.mjs';
import { byId, root, useRig } from './support.mts';

const rig = useRig();
const folder = join(root, 'workflows');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as WorkflowJson;

const isOurs = ({ type }: { type: string }) => type.startsWith('n8n-nodes-runcomfy.');

describe.each(files)('workflows/%s', (name) => {
	it('explains itself and carries no account’s data', () => {
		const { nodes } = read(name);
		expect(nodes.some(({ type }) => type === 'n8n-nodes-base.stickyNote')).toBe(true);
		for (const node of nodes) expect(node).not.toHaveProperty('credentials');
		for (const { parameters } of nodes.filter(isOurs)) {
			expect(parameters['deploymentId'] ?? byId('')).toMatchObject({ value: '' });
		}
	});

	it('has parameters that the node knows', () => {
		for (const { name: node, type, parameters } of read(name).nodes.filter(isOurs)) {
			const { properties } = rig.engine.internals.nodeTypes.getByNameAndVersion(
				type,
				1,
			).description;
			const known = new Set(properties.map((property) => property.name));
			const unknown = Object.keys(parameters).filter((parameter) => !known.has(parameter));
			expect({ node, unknown }).toEqual({ node, unknown: [] });
		}
	});

	it('runs', async () => {
		const workflow = read(name);
		for (const { parameters } of workflow.nodes.filter(isOurs)) {
			parameters['deploymentId'] = byId(rig.simulator.deploymentIds.textToImage);
		}
		const outcome = await rig.engine.run(workflow).outcome;
		expect(outcome.error?.message).toBeUndefined();
		expect(outcome.status).toBe('success');
		const last = workflow.nodes.filter(isOurs).at(-1);
		const [item] = outcome.items(String(last?.name));
		expect(item?.json['status']).toBe('succeeded');
		expect((await rig.engine.binary(item!)).subarray(1, 4).toString()).toBe('PNG');
	});
});
