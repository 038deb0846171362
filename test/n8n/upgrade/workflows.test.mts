// Templates of earlier versions, with this one: see test/fixtures/upgrade/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';
import { chooseDeployments, isOurs } from '../../../scripts/workflows.mjs';
import { root, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });
const FIXTURES = join(root, 'test/fixtures/upgrade/n8n');
const files = readdirSync(FIXTURES).filter((file) => file.includes('workflow'));

interface Did {
	/** Bodies of the submits. */
	submitted: object[];
	/** Names of what the last node put out, for each item. */
	items: Array<{ json: string[]; binary: string[] }>;
}

describe.each(files)('%s, a template', (file) => {
	it('runs as it did: the same is submitted, and nothing is missing of what came out', async () => {
		const { workflow, did } = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as {
			workflow: WorkflowJson;
			did: Did;
		};
		const ready = chooseDeployments(workflow, rig.simulator.deploymentIds);
		const outcome = await rig.engine.run(ready).outcome;
		expect(outcome.error?.message).toBeUndefined();
		const bodies = rig.simulator.requests.filter(({ route }) => route === 'submit');
		expect(bodies.map(({ body }) => withoutAddresses(body))).toEqual(
			did.submitted.map(withoutAddresses),
		);
		const items = outcome.items(String(ready.nodes.filter(isOurs).at(-1)?.name));
		expect(items).toHaveLength(did.items.length);
		for (const [index, { json, binary }] of did.items.entries()) {
			expect(Object.keys(items[index]!.json)).toEqual(expect.arrayContaining(json));
			expect(Object.keys(items[index]!.binary ?? {})).toEqual(binary);
		}
	});
});

/** Of a simulator, which differ in each run. */
function withoutAddresses(body: unknown): unknown {
	return JSON.parse(JSON.stringify(body).replace(/http:[^"]+/g, 'an address'));
}
