// The node as n8n loads it: its description, and the output schemas that n8n shows before it has run.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { FOLDER, inOrder, outputsOf, schemaOf, TABLE } from '../../scripts/recorded.mjs';
import { byId, root, useRig, workflowOf } from './support/rig.mts';

const rig = useRig({ fast: true });

const nodeType = (): INodeType =>
	rig.engine.internals.nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1) as INodeType;

const trigger = (): INodeType =>
	rig.engine.internals.nodeTypes.getByNameAndVersion(
		'n8n-nodes-runcomfy.runComfyTrigger',
		1,
	) as INodeType;

const fields = (name: string): INodeProperties[] =>
	nodeType().description.properties.filter((property) => property.name === name);

describe('the node as n8n loads it', () => {
	it('has its codex, and an icon for each theme that is there', () => {
		const { codex, iconUrl } = nodeType().description;
		expect(codex?.categories).toContain('Development');
		const { light, dark } = iconUrl as { light: string; dark: string };
		expect(light).not.toBe(dark);
		for (const url of [light, dark]) {
			expect(existsSync(join(root, url.replace('icons/n8n-nodes-runcomfy/', '')))).toBe(true);
		}
	});

	it.each([
		...['ComfyUI', 'SDXL', 'LoRA', 'Kling', 'img2img', 'Text to video', 'Music', 'Upscale'],
		'Generate image',
	])('is found in the node panel by %s', (words) => {
		expect(nodeType().description.codex?.alias).toContain(words);
	});

	it('lists what most people want first, and starts with it', () => {
		expect(nodeType().description.properties[0]?.default).toBe('request');
		const valuesOf = ({ options = [] }: INodeProperties) =>
			(options as INodePropertyOptions[]).map(({ value }) => value);
		expect(fields('resource').map(valuesOf)).toEqual([
			['request', 'model', 'deployment', 'account'],
		]);
		const first = fields('operation').map((field) => valuesOf(field)[0]);
		expect(first).toEqual(['runAndWait', 'runAndWait', 'getMany', 'getBalance']);
		for (const { options = [], default: chosen } of fields('operation')) {
			expect((options as INodePropertyOptions[])[0]?.value).toBe(chosen);
		}
	});

	it('names what people run, and lists the actions below a text that is right for all of them', () => {
		const [resource] = fields('resource');
		const [first] = resource?.options as INodePropertyOptions[];
		expect(first).toMatchObject({ name: 'ComfyUI Workflow', value: 'request' });
		// n8n shows the trigger's description above the actions of both nodes.
		expect(trigger().description.description).toBe(nodeType().description.description);
	});

	it('offers the trigger for runs that succeeded first, and chooses it', () => {
		const on = trigger().description.properties.find(({ name }) => name === 'statuses');
		const options = on?.options as INodePropertyOptions[];
		expect(options.map(({ value }) => value)).toEqual(['succeeded', 'failed', 'canceled']);
		expect(on?.default).toEqual(['succeeded']);
	});

	it.each([
		['request', 'deploymentId', 'fields'],
		['request', 'deploymentId', 'json'],
		['request', 'deploymentId', 'workflow'],
		['model', 'modelId', 'fields'],
		['model', 'modelId', 'json'],
	])('asks for what a %s takes once its %s is chosen: input mode %s', (resource, id, inputMode) => {
		const { workflow: toWorkflow } = rig.engine.internals;
		const later = {
			furtherInputs: { inputs: [{ input: 'seed', value: '1' }] },
			randomSeeds: true,
		};
		/** n8n drops the values of hidden parameters. */
		const askedWith = (value: string) => {
			const given = { resource, operation: 'runAndWait', inputMode, [id]: byId(value), ...later };
			const { parameters } = toWorkflow(workflowOf({ parameters: given })).getNode('Step 1')!;
			return Object.keys(later).filter((name) => name in parameters);
		};
		expect(askedWith('')).toEqual([]);
		const always = ['randomSeeds'];
		expect(askedWith('x')).toEqual(inputMode === 'fields' ? Object.keys(later) : always);
	});

	it.each([
		['request', 'runAndWait', 'run and wait: ComfyUI workflow'],
		['model', 'runAndWait', 'run and wait: model'],
	])('describes its operation below its name: %s, %s', (resource, operation, shown) => {
		const { workflow: toWorkflow } = rig.engine.internals;
		const workflow = toWorkflow(workflowOf({ parameters: { resource, operation } }));
		const { subtitle = '' } = nodeType().description;
		expect(
			workflow.expression.getSimpleParameterValue(
				workflow.getNode('Step 1')!,
				subtitle,
				'manual',
				{},
			),
		).toBe(shown);
	});

	it('has each method that its fields ask for their choices, as the trigger has', () => {
		for (const { description, methods = {} } of [nodeType(), trigger()]) {
			const fields = JSON.stringify(description.properties);
			const asked = [
				...fields.matchAll(/"(?:loadOptions|searchList|resourceMapper)Method":"(\w+)"/g),
			];
			const { loadOptions, listSearch, resourceMapping } = methods;
			expect(Object.keys({ ...loadOptions, ...listSearch, ...resourceMapping }).sort()).toEqual(
				[...new Set(asked.map(([, name]) => name))].sort(),
			);
		}
	});

	it('chooses one of the choices of each option', () => {
		const all = fields('options').flatMap(({ options = [] }) => options as INodeProperties[]);
		for (const { name, options = [], default: chosen } of all.filter(
			({ type }) => type === 'options',
		)) {
			const values = (options as INodePropertyOptions[]).map(({ value }) => value);
			expect({ name, values }).toEqual({ name, values: expect.arrayContaining([chosen]) });
		}
	});

	it('lists its options by what people look for: output, timeout, batch, then the rare', () => {
		const all = fields('options').map(({ options = [] }) => options as INodeProperties[]);
		const ofRun = all.toSorted((a, b) => b.length - a.length)[0]!;
		expect(ofRun.map(({ name }) => name)).toEqual([
			...['downloadFiles', 'outputItems', 'outputNodes'],
			...['cancelOnTimeout', 'timeout', 'waitMode'],
			...['concurrency'],
			...['checkInputs', 'webhook'],
		]);
	});
});

/** The built schema, at the place where n8n looks for it. */
const builtFile = (name: string) =>
	JSON.parse(readFileSync(join(root, 'dist', FOLDER, `${name}.json`), 'utf8')) as object;

it('there is one for each operation, and it is what comes out', async () => {
	const { engine, simulator } = rig;
	// As in scripts/recorded.mjs: long enough for a status call to see the run in progress.
	simulator.update({ latencyMs: 3_000 });
	const outputs = await outputsOf(engine, simulator);
	// `node scripts/recorded.mjs` writes them in this order.
	const table = JSON.parse(readFileSync(join(root, TABLE), 'utf8')) as object;
	expect(table).toEqual(outputs);
	expect(Object.keys(table)).toEqual(Object.keys(outputs));
	for (const [name, output] of Object.entries(outputs)) {
		const made = schemaOf(output);
		expect({ name, ...builtFile(name) }).toMatchObject({ name, ...made, version: 1 });
	}
});

it('an operation that no workflow runs is named, and others keep the order of the node', () => {
	const outputs = { 'request/submit': 'string', 'account/getBalance': 'string' };
	expect(() => inOrder(outputs, ['request/submit', 'model/get'])).toThrow(
		'No workflow runs model/get',
	);
	const order = ['account/getBalance', 'request/submit'];
	expect(Object.keys(inOrder(outputs, order))).toEqual(order);
});
