import { describe, expect, it } from '@jest/globals';
import type { ResourceMapperField } from 'n8n-workflow';
import { labelOfFormField } from '../../../nodes/RunComfy/parameters/formFields.ts';
import {
	filled,
	fillForm,
	openFileNodes,
	openForm,
	openInputs,
	overridesOf,
} from '../support/form.mts';
import { byId, countOf, itemsOf, type Json, runNode, useRig } from '../support/rig.mts';

const rig = useRig();

const submit = (parameters: Json, inputs?: Json[], settings?: Json) =>
	runNode(rig, { operation: 'submit', ...parameters }, inputs, settings);

const graphOf = (name: keyof typeof rig.simulator.deploymentIds) =>
	rig.simulator.workflow(rig.simulator.deploymentIds[name])!;

describe('the form of a deployment', () => {
	it('has a field per input, with title, type, choices and saved value, the likely ones shown', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const { fields } = await openForm(rig, { deploymentId: byId(textToImage) });
		const shown = (field: ResourceMapperField) =>
			[labelOfFormField(field), field.type, JSON.stringify(field.defaultValue)].join(' | ');
		expect(fields.filter(({ removed }) => !removed).map(shown)).toEqual([
			'6 · Positive Prompt → text | string | "a lighthouse on a cliff at sunset, oil painting"',
			'33 · Negative Prompt → text | string | "blurry, watermark"',
			'31 · KSampler → seed | string | "123456789"',
			'27 · Image Size → width | number | 1024',
			'27 · Image Size → height | number | 1024',
			'31 · KSampler → steps | number | 20',
			'31 · KSampler → cfg | number | 4.5',
		]);
		expect(fields.filter(({ removed }) => removed).map(shown)).toEqual([
			'27 · Image Size → batch_size | number | 1',
			'31 · KSampler → denoise | number | 1',
			'31 · KSampler → sampler_name | options | "euler"',
			'31 · KSampler → scheduler | options | "sgm_uniform"',
			'30 · Load… → ckpt_name | options | "sd3.5_large_fp8_scaled.safetensors"',
			'9 · Save… → filename_prefix | string | "ComfyUI"',
		]);
		expect(fields[0]?.displayName).toBe('6 · Positive Prompt → text ⓘ The text to be encoded.');
		const sampler = fields.find(({ id }) => id === '31.sampler_name');
		expect(sampler?.options).toContainEqual({ name: 'dpmpp_2m', value: 'dpmpp_2m' });
		expect(fields.every(({ required, display }) => !required && display)).toBe(true);
	});

	it('is there for every mode in which a deployment is chosen', async () => {
		const id = rig.simulator.deploymentIds.imageEdit;
		const url = `https://www.runcomfy.com/deployments/${id}?tab=api`;
		for (const [mode, value] of Object.entries({ list: id, id: ` ${id} `, url })) {
			const { fields } = await openForm(rig, { deploymentId: { __rl: true, mode, value } });
			expect(fields.map(({ displayName }) => displayName)).toContain('189 · Load Image → image');
		}
	});

	it('asks for the deployment each time, and for its types once', async () => {
		const deploymentId = byId(rig.simulator.deploymentIds.video);
		await openForm(rig, { deploymentId });
		await openForm(rig, { deploymentId });
		expect(countOf(rig, 'deployments.get')).toBe(2);
		expect(countOf(rig, 'object_info')).toBe(1);
	});

	it('has its types also where object_info is large', async () => {
		const deploymentId = byId(rig.simulator.deploymentIds.large);
		const { fields } = await openForm(rig, { deploymentId });
		const field = (id: string) => fields.find((entry) => entry.id === id);
		expect(fields.filter(({ removed }) => !removed).length).toBeLessThan(15);
		expect(field('31.steps')).toMatchObject({ type: 'number', defaultValue: 20 });
		expect(field('31.seed')).toMatchObject({ type: 'string', defaultValue: '123456789' });
		expect(field('31.sampler_name')).toMatchObject({ type: 'options', defaultValue: 'euler' });
	});

	it('of a large workflow stays small in the saved node, and keeps what is in use', async () => {
		const deploymentId = byId(rig.simulator.deploymentIds.large);
		const { fields } = await openForm(rig, { deploymentId });
		const saved = (set: Json) => ({ deploymentId, workflowInputs: fillForm(fields, set) });
		expect(JSON.stringify(saved({})).length).toBeLessThan(20_000);
		const ids = (list: ResourceMapperField[]) => list.map(({ id }) => id);
		const further = (await openInputs(rig, { deploymentId })).map(({ value }) => String(value));
		const [beyond] = further.filter((id) => !ids(fields).includes(id));
		// As an earlier version saved it: with every field.
		const old = { ...fields[0]!, id: beyond!, removed: false };
		const before = { mappingMode: 'defineBelow', value: { [beyond!]: 'x' }, schema: [old] };
		const again = await openForm(rig, { deploymentId, workflowInputs: before });
		expect(ids(again.fields)).toEqual(
			expect.arrayContaining([...ids(fields).slice(0, 24), beyond]),
		);
	});

	it('leaves out a value that is too long to be kept in every workflow', async () => {
		const { inputs } = graphOf('model3d')['6']!;
		const { text } = inputs;
		inputs['text'] = 'x'.repeat(3_000);
		const deploymentId = byId(rig.simulator.deploymentIds.model3d);
		const { fields } = await openForm(rig, { deploymentId });
		inputs['text'] = text;
		const field = fields.find(({ id }) => id === '6.text');
		expect(field).toMatchObject({ type: 'string', removed: false });
		expect(field).not.toHaveProperty('defaultValue');
	});

	it('lists all inputs to search in, with what is known of them', async () => {
		const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
		const options = await openInputs(rig, { deploymentId });
		expect(options).toContainEqual({
			name: '31 · KSampler → steps',
			value: '31.steps',
			description: expect.stringMatching(/^As deployed: 20 · 1 to 10000/) as unknown,
		});
		expect(await openInputs(rig, { deploymentId: byId('') })).toEqual([]);
	});

	it('keeps large seeds exact, and offers a saved choice that the machine does not list', async () => {
		const graph = graphOf('audio');
		graph['31']!.inputs['seed'] = 18446744073709551615n;
		graph['30']!.inputs['ckpt_name'] = 'of another machine.safetensors';
		const deploymentId = byId(rig.simulator.deploymentIds.audio);
		const { fields } = await openForm(rig, { deploymentId });
		const field = (id: string) => fields.find((entry) => entry.id === id);
		expect(field('31.seed')?.defaultValue).toBe('18446744073709551615');
		expect(field('30.ckpt_name')).toMatchObject({
			defaultValue: 'of another machine.safetensors',
			options: expect.arrayContaining([
				{
					name: 'of another machine.safetensors (as Deployed)',
					value: 'of another machine.safetensors',
				},
			]) as unknown,
		});
		// A form left as it is asks for nothing that the deployment does not do itself.
		itemsOf(await submit({ deploymentId, workflowInputs: fillForm(fields) }));
		expect(overridesOf(rig)).toEqual([{}]);
	});

	it.each<[string, unknown, RegExp]>([
		['none is chosen', byId(''), /^Choose a deployment/],
		['an expression has no value yet', null, /expression.*Input Mode to JSON/],
		['an expression gives nothing', { __rl: true, mode: 'id' }, /expression/],
		['it came as an expression', byId('={{ $json.id }}'), /expression/],
		[
			'there is no such one',
			byId('00000000-0000-4000-8000-000000000000'),
			/404001.*Check the deployment/,
		],
		[
			'the address names none',
			{ mode: 'url', value: 'https://example.com' },
			/names no deployment/,
		],
		['it is another account’s', byId('de910e00-0000-4000-8000-000000000012'), /403003/],
	])('says what to do where %s', async (_what, deploymentId, notice) => {
		const answer = await openForm(rig, { deploymentId });
		expect(answer.fields).toEqual([]);
		expect(answer.emptyFieldsNotice).toMatch(notice);
	});

	it('does not lose what was filled in when the service is away', async () => {
		const parameters = await filled(rig, 'textToImage', { '6.text': 'kept' });
		rig.simulator.inject({ name: 'server_error', on: 'deployments.get', times: 10 });
		const { fields } = await openForm(rig, parameters);
		expect(fields).toEqual((parameters['workflowInputs'] as { schema: unknown }).schema);
	});

	it('stays as it was filled in while the deployment’s expression has no value', async () => {
		const parameters = await filled(rig, 'textToImage', { '6.text': 'kept' });
		const { fields } = await openForm(rig, { ...parameters, deploymentId: null });
		expect(fields).toEqual((parameters['workflowInputs'] as { schema: unknown }).schema);
	});

	it('shows no markup, and no token', async () => {
		rig.credential['apiToken'] = 'wrong-<b>token</b>';
		const { emptyFieldsNotice } = await openForm(rig, {
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
		});
		expect(emptyFieldsNotice).toContain('401001');
		expect(emptyFieldsNotice).not.toMatch(/<|token<|wrong-/);
		const value = 'https://example.com/<img src=x onerror=alert(1)>';
		const odd = await openForm(rig, { deploymentId: { __rl: true, mode: 'url', value } });
		expect(odd.emptyFieldsNotice).toContain('https://example.com/&lt;img');
	});

	it('lists the nodes that load a file', async () => {
		const parameters = (name: 'imageEdit' | 'video') => ({
			deploymentId: byId(rig.simulator.deploymentIds[name]),
		});
		expect(await openFileNodes(rig, parameters('imageEdit'))).toEqual([
			{ name: '189 · Load Image', value: '189', description: 'Input: image' },
		]);
		expect(await openFileNodes(rig, parameters('video'))).toEqual([]);
		expect(await openFileNodes(rig, { deploymentId: null })).toEqual([]);
	});

	it('names the input in each choice, so that Input follows it', async () => {
		const graph = graphOf('imageEdit');
		graph['190'] = { class_type: 'LoadAudio', inputs: { audio: 'example.mp3' } };
		const deploymentId = byId(rig.simulator.deploymentIds.imageEdit);
		const audio = { name: '190 · LoadAudio', value: '190.audio', description: 'Input: audio' };
		const options = await openFileNodes(rig, { deploymentId });
		expect(options).toContainEqual(expect.objectContaining({ value: '189' }));
		expect(options).toContainEqual(audio);
		// As an earlier version stored it.
		const inputFiles = { binary: [{ nodeId: '190', input: 'audio' }] };
		expect(await openFileNodes(rig, { deploymentId, inputFiles })).toContainEqual({
			name: '190 · LoadAudio',
			value: '190',
		});
		delete graph['190'];
	});
});
