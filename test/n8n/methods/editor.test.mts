// The node's answers to n8n's editor: the form of a deployment, and lists.
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type * as N8n from 'n8n-workflow';
import type { ResourceMapperField } from 'n8n-workflow';
import { serverError } from '../../support/answers.mts';
import { filled, fillForm, openForm, openInputs, searchDeployments } from '../support/form.mts';
import { byId, itemsOf, type Json, refusal, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

type Name = keyof typeof rig.simulator.deploymentIds;

const graphOf = (name: Name) => rig.simulator.workflow(rig.simulator.deploymentIds[name])!;

const deployed = (name: Name) => ({ deploymentId: byId(rig.simulator.deploymentIds[name]) });

/** The picture workflow, grown to 300 nodes by combining fragments of its prompt. */
function manyNodes() {
	const graph = structuredClone(graphOf('textToImage'));
	let positive = ['6', 0];
	for (let id = 1000; Object.keys(graph).length < 300; id += 2) {
		const text = `detail ${id}`;
		graph[id] = { class_type: 'CLIPTextEncode', inputs: { text, clip: ['30', 1] } };
		const both = { conditioning_1: positive, conditioning_2: [String(id), 0] };
		graph[id + 1] = { class_type: 'ConditioningCombine', inputs: both };
		positive = [String(id + 1), 0];
	}
	graph['31']!.inputs['positive'] = positive;
	return graph;
}

/** The fields of a deployment's form, by id. */
async function fieldsOf(name: Name): Promise<Record<string, ResourceMapperField>> {
	const { fields } = await openForm(rig, deployed(name));
	return Object.fromEntries(fields.map((field) => [field.id, field]));
}

const { NodeHelpers } = createRequire(import.meta.url)('n8n-workflow') as typeof N8n;

/** The fields between the input mode and the options that n8n shows for these parameters. */
function shownFor(more: Json): string[] {
	const { nodeTypes } = rig.engine.internals;
	const { description } = nodeTypes.getByNameAndVersion(
		'n8n-nodes-runcomfy.runComfy',
		1,
	) as N8n.INodeType;
	const given = { resource: 'request', operation: 'runAndWait', ...more } as N8n.INodeParameters;
	const names = description.properties
		.filter((field) => NodeHelpers.displayParameter(given, field, { typeVersion: 1 }, description))
		.map(({ name }) => name)
		.filter((name) => name !== 'simplify');
	return names.slice(names.indexOf('inputMode') + 1, names.indexOf('options'));
}

const schemaOf = ({ workflowInputs }: Json) => (workflowInputs as { schema: unknown }).schema;

describe('the form of a deployment', () => {
	it('is there for every mode in which a deployment is chosen', async () => {
		const id = rig.simulator.deploymentIds.imageEdit;
		const url = `https://www.runcomfy.com/deployments/${id}?tab=api`;
		for (const [mode, value] of Object.entries({ list: id, id: ` ${id} `, url })) {
			const { fields } = await openForm(rig, { deploymentId: { __rl: true, mode, value } });
			expect(fields.map(({ displayName }) => displayName)).toContain('Image');
		}
	});

	it('reads the deployment each time, and its types once', async () => {
		await openForm(rig, deployed('video'));
		await openForm(rig, deployed('video'));
		expect(rig.countOf('deployments.get')).toBe(2);
		expect(rig.countOf('object_info')).toBe(1);
	});

	it('of a large workflow stays small in the saved node, and keeps what is in use', async () => {
		const deploymentId = byId(rig.simulator.deploy({ graph: manyNodes() }));
		const { fields } = await openForm(rig, { deploymentId });
		const shown = fields.filter(({ removed }) => !removed);
		expect(shown.length).toBeLessThanOrEqual(24);
		expect(shown[0]).toMatchObject({ id: '6.text', type: 'string' });
		const saved = { deploymentId, workflowInputs: fillForm(fields) };
		expect(JSON.stringify(saved).length).toBeLessThan(20_000);
		const ids = (list: ResourceMapperField[]) => list.map(({ id }) => id);
		const further = (await openInputs(rig, { deploymentId })).map(({ value }) => String(value));
		const [beyond] = further.filter((id) => !ids(fields).includes(id));
		// The form with every field, as a workflow stores fields that were added once.
		const old = { ...fields[0]!, id: beyond!, removed: false };
		const before = { mappingMode: 'defineBelow', value: { [beyond!]: 'x' }, schema: [old] };
		const again = await openForm(rig, { deploymentId, workflowInputs: before });
		const kept = [...ids(fields).slice(0, 24), beyond];
		expect(ids(again.fields)).toEqual(expect.arrayContaining(kept));
	});

	it('leaves out a value that is too long to be kept in every workflow', async () => {
		const { inputs } = graphOf('video')['6']!;
		const { text } = inputs;
		inputs['text'] = 'x'.repeat(4_001);
		const field = (await fieldsOf('video'))['6.text'];
		inputs['text'] = text;
		expect(field).toMatchObject({ type: 'string', removed: false });
		expect(field).not.toHaveProperty('defaultValue');
	});

	it('keeps large seeds exact, and offers a saved choice that the machine does not list', async () => {
		const graph = graphOf('mixed');
		graph['31']!.inputs['seed'] = 18446744073709551615n;
		const value = 'of another machine.safetensors';
		graph['30']!.inputs['ckpt_name'] = value;
		const fields = await fieldsOf('mixed');
		expect(fields['31.seed']?.defaultValue).toBe('18446744073709551615');
		expect(fields['30.ckpt_name']?.defaultValue).toBe(value);
		expect(fields['30.ckpt_name']?.options).toContainEqual({
			name: `${value} (as Deployed)`,
			value,
		});
		// An unchanged form does not change the deployment's inputs.
		const workflowInputs = fillForm(Object.values(fields));
		itemsOf(await rig.runNode({ operation: 'submit', ...deployed('mixed'), workflowInputs }));
		expect(rig.overrides()).toEqual([{}]);
	});

	it.each<[string, unknown, RegExp]>([
		['none is chosen', byId(''), /^Choose a deployment/],
		['an expression has no value yet', null, /expression.*Input Mode to JSON/],
		['it came as an expression', byId('={{ $json.id }}'), /expression/],
		[
			'it does not exist',
			byId('00000000-0000-4000-8000-000000000000'),
			/404001.*choose the deployment/,
		],
	])('says what to do if %s', async (_what, deploymentId, notice) => {
		const answer = await openForm(rig, { deploymentId });
		expect(answer.fields).toEqual([]);
		expect(answer.emptyFieldsNotice).toMatch(notice);
	});

	it('of a LoRA shows one notice and nothing to fill in, and only as long as that is chosen', async () => {
		const below = async (name: Name, inputMode = 'fields') => {
			const { fields, emptyFieldsNotice } = await openForm(rig, deployed(name));
			const workflowInputs = {
				...fillForm(fields),
				value: Object.fromEntries(fields.map(({ id }) => [id, null])),
			};
			const shown = shownFor({ ...deployed(name), inputMode, workflowInputs });
			const visible = fields.filter(({ display, removed }) => display && !removed);
			return { shown, visible: visible.length, emptyFieldsNotice };
		};
		expect(await below('lora')).toEqual({ shown: ['workflowInputs', 'loraNotice'], visible: 0 });
		const asUsual = ['workflowInputs', 'workflowInputsNotice', 'furtherInputs'];
		expect(await below('textToImage')).toMatchObject({
			shown: [...asUsual, 'randomSeeds'],
		});
		expect((await below('lora', 'json')).shown).toEqual(['overrides', 'randomSeeds']);
	});

	it('of a LoRA is refused before it costs anything, as n8n stores it', async () => {
		const { fields } = await openForm(rig, deployed('lora'));
		const value = Object.fromEntries(fields.map(({ id }) => [id, null]));
		const workflowInputs = { ...fillForm(fields), value };
		const outcome = await rig.runNode({
			operation: 'submit',
			inputMode: 'fields',
			...deployed('lora'),
			workflowInputs,
		});
		expect(refusal(outcome.error)).toMatch(/LoRA.*Input Mode: JSON/);
		expect(rig.paid()).toEqual([]);
	});

	it('keeps the user’s values while the service is away, or the deployment is unknown', async () => {
		const parameters = await filled(rig, 'textToImage', { '6.text': 'kept' });
		const unknown = await openForm(rig, { ...parameters, deploymentId: null });
		expect(unknown.fields).toEqual(schemaOf(parameters));
		rig.simulator.inject(serverError({ on: 'deployments.get', times: 10 }));
		expect((await openForm(rig, parameters)).fields).toEqual(schemaOf(parameters));
	});

	it('shows no markup, and no token', async () => {
		rig.credential['apiToken'] = 'wrong-<b>token</b>';
		const { emptyFieldsNotice } = await openForm(rig, deployed('textToImage'));
		expect(emptyFieldsNotice).toContain('401001');
		expect(emptyFieldsNotice).not.toMatch(/<|token<|wrong-/);
		const value = 'https://example.com/<img src=x onerror=alert(1)>';
		const odd = await openForm(rig, { deploymentId: { __rl: true, mode: 'url', value } });
		expect(odd.emptyFieldsNotice).toContain('https://example.com/&lt;img');
	});
});

it('the list of inputs has all of them, searchable by node, too, with the facts about each', async () => {
	expect(await openInputs(rig, deployed('textToImage'))).toContainEqual({
		name: 'Steps · KSampler · #31',
		value: '31.steps',
		description: expect.stringMatching(/^31 · KSampler → steps · As deployed: 20 · 1 to 10000/),
	});
	expect(await openInputs(rig, { deploymentId: byId('') })).toEqual([]);
});

it('the list of inputs says if a workflow is too large for it', async () => {
	const graph = graphOf('mixed');
	const [whole] = await openInputs(rig, deployed('mixed'));
	expect(whole?.value).not.toBe('');
	for (let n = 0; n < 2_000; n += 1) graph[`9${n}`] = { class_type: 'Any', inputs: { n } };
	const [first, ...rest] = await openInputs(rig, deployed('mixed'));
	expect(first).toMatchObject({ name: expect.stringContaining('Not All Inputs'), value: '' });
	expect(rest.map(({ value }) => value)).not.toContain('');
});

describe('the list of deployments', () => {
	it('has all of the account, by name, and marks those that are disabled', async () => {
		const results = await searchDeployments(rig);
		const names = results.map(({ name }) => name);
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		const { textToImage, disabled } = rig.simulator.deploymentIds;
		const nameOf = (id: string) => results.find(({ value }) => value === id)?.name;
		expect(nameOf(textToImage)).not.toContain('(disabled)');
		expect(nameOf(disabled)).toContain('(disabled)');
	});

	it('tells deployments with one name apart by their ids', async () => {
		const { video, mixed } = rig.simulator.deploymentIds;
		for (const id of [video, mixed]) {
			await rig.call('PATCH', `v2/deployments/${id}`, '{"name":"twins"}');
		}
		const names = (await searchDeployments(rig, 'twins')).map(({ name }) => name);
		expect(names).toEqual([`twins · ${video}`, `twins · ${mixed}`]);
	});

	it('is searched by name and by id, whatever the case', async () => {
		const { video } = rig.simulator.deploymentIds;
		const [one] = await searchDeployments(rig, ` ${video.slice(-4)} `);
		expect(one?.value).toBe(video);
		const found = await searchDeployments(rig, String(one?.name).slice(0, 5).toUpperCase());
		expect(found.map(({ value }) => value)).toContain(video);
		expect(await searchDeployments(rig, 'no such deployment')).toEqual([]);
	});

	it('does not keep you waiting for a service that is away', async () => {
		rig.simulator.inject(serverError({ on: 'deployments.list', times: 10 }));
		await expect(searchDeployments(rig)).rejects.toMatchObject({
			description: expect.stringContaining('Try again in a minute'),
		});
		expect(rig.countOf('deployments.list')).toBe(2);
	});

	it('says why it cannot be loaded', async () => {
		rig.credential['apiToken'] = 'wrong-token';
		await expect(searchDeployments(rig)).rejects.toMatchObject({
			message: expect.stringContaining('401001'),
			description: expect.stringContaining('Check the API token'),
		});
	});
});
