// n8n shows what a node will put out before it has run, from files beside the node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';
import { FOLDER, outputsOf, schemaOf } from '../../scripts/hosts/output-schemas.mjs';
import { root, useRig } from './support/rig.mts';

const rig = useRig({ fast: true });

/** As it was built, at the place where n8n looks. */
const builtFile = (name: string) =>
	JSON.parse(readFileSync(join(root, 'dist', FOLDER, `${name}.json`), 'utf8')) as object;

it('there is one for each operation, and it is what comes out', async () => {
	const { engine, simulator } = rig;
	const outputs = await outputsOf(engine, simulator);
	const { description } = engine.internals.nodeTypes.getByNameAndVersion(
		'n8n-nodes-runcomfy.runComfy',
		1.1,
	);
	const operations = description.properties.filter(({ name }) => name === 'operation');
	const names = operations.flatMap(({ displayOptions, options = [] }: INodeProperties) =>
		options.map((option) => {
			const [resource] = displayOptions?.show?.['resource'] ?? [];
			return `${resource as string}/${(option as { value: string }).value}`;
		}),
	);
	expect(Object.keys(outputs).sort()).toEqual(names.sort());
	// `node scripts/output-schemas.mjs` writes them.
	for (const name of names) {
		const made = schemaOf(outputs[name] ?? '');
		expect({ name, ...builtFile(name) }).toMatchObject({ name, ...made, version: 1 });
	}
});
