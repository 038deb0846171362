// What a check finds in a workflow and in what nobody knows the types of; it submits nothing.
import { describe, expect, it } from '@jest/globals';
import { checkSubmit, type Overrides, type WorkflowApiJson } from '../../../core/index';
import { checkOverrides, type KnownWorkflow } from '../../../core/parsers';
import { combo } from '../../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO, readInfo, V3, withInput } from '../support/workflows.mts';
import { clientWith, KNOWN } from './rig.mts';

const CLIENT = clientWith();
const CHOICE = { deploymentId: 'd' };

const paths = async (
	input: { overrides?: Overrides; workflow?: WorkflowApiJson },
	known: Partial<KnownWorkflow> = {},
) => {
	const sent = input.workflow ? { workflow: input.workflow } : {};
	const read = async () => ({ ...KNOWN, ...sent, ...known });
	const { findings } = await checkSubmit(CLIENT, { ...CHOICE, ...input }, { readWorkflow: read });
	return findings.map(({ path, problem }) => `${path} ${problem}`);
};

describe('a workflow that is sent along', () => {
	const workflow = { ...withInput('3', 'steps', 0), 60: { class_type: 'Nowhere', inputs: {} } };
	const range = '3.inputs.steps out_of_range';

	it('has unknown classes only if all of the machine’s are known', async () => {
		expect(await paths({ workflow }, { typed: true })).toEqual(['60 unknown_class', range]);
		expect(await paths({ workflow }, { typed: false })).toEqual([range]);
	});

	it('may go beyond a limit that what runs now goes beyond', async () => {
		expect(await paths({ workflow }, { typed: false, saved: workflow })).toEqual([]);
	});
});

describe('a check that submits nothing', () => {
	const partner: KnownWorkflow = {
		workflow: { 1: { class_type: 'P', inputs: {} } },
		info: readInfo({ P: { input: { required: {} }, api_node: true } }),
		warnings: [],
	};
	it.each([
		['of the account that is to have it', CLIENT, true, ['no_partner_key']],
		['of an account that has it', clientWith('key'), true, []],
		['of nobody, if there may be another one', CLIENT, false, []],
	])('looks for the key %s', async (_of, client, needsKey, problems) => {
		const { findings } = await checkSubmit(client, CHOICE, {
			readWorkflow: async () => partner,
			needsKey,
		});
		expect(findings.map(({ problem }) => problem)).toEqual(problems);
	});
});

// Which inputs a node may have besides those that it stores, and what the error says about others.
const INFO = { ...readInfo(OBJECT_INFO), ...V3 };

const one = (class_type: string, inputs?: Record<string, unknown>) =>
	({ 1: { class_type, ...(inputs ? { inputs } : {}) } }) as WorkflowApiJson;

const found = (workflow: WorkflowApiJson, inputs: Record<string, unknown>, info = INFO) =>
	checkOverrides({ 1: { inputs } }, workflow, info).map(
		({ path, problem }) => `${path.replace('1.inputs.', '')} ${problem}`,
	);

describe('an input of a class that is not known', () => {
	it.each([
		['lora_12', 'lora_1'],
		['lora_2', 'lora_12'],
		['model.width', 'model'],
	])('%s may be one beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([]);
	});

	it.each([
		['lora_2', 'lora_x3'],
		['lora_2', 'lora_3x'],
		['lora_2x', 'lora_1'],
		['lora', 'lora_1'],
		['text', 'undefined1'],
		['model', 'model.width'],
	])('%s is none beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([
			`${input} unknown_input`,
		]);
	});

	it('is told with those that there are', () => {
		const [none] = checkOverrides({ 6: { inputs: { picture: 'x' } } }, GRAPH, {});
		expect(none).toEqual({
			path: '6.inputs.picture',
			problem: 'unknown_input',
			message: 'node 6 · CLIP Text Encode (Prompt) has no input "picture"; it has text, clip',
		});
		expect(none).not.toHaveProperty('suggestion');
		const [near] = checkOverrides({ 6: { inputs: { txt: 'x' } } }, GRAPH, {});
		expect(near).toMatchObject({ suggestion: 'text', message: /\(did you mean "text"\?\)$/ });
	});
});

describe('an input of another choice', () => {
	it('is missed if the new choice needs it, and nothing can fill it in', () => {
		const mode = combo({ plain: {}, fed: { required: { image: ['IMAGE', {}] } } });
		const info = readInfo({ Chooser: { input: { required: { mode } } } });
		const chooser = one('Chooser', { mode: 'plain' });
		expect(found(chooser, { mode: 'fed' }, info)).toEqual(['mode.image missing_input']);
		expect(found(chooser, { mode: 'fed', 'mode.image': ['1', 0] }, info)).toEqual([]);
		expect(found(chooser, { mode: 'plain' }, info)).toEqual([]);
	});

	it('is held by a class that puts it beside its choice', () => {
		const video = one('VHS_VideoCombine', { format: 'video/ProRes', crf: 19 });
		expect(found(video, { crf: 20 })).toEqual([]);
	});
});
