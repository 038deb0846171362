// Checks against a workflow that was stored, and loads the newest one before anything is refused.
import { describe, expect, it, jest } from '@jest/globals';
import {
	checkSubmit,
	createClient,
	type Overrides,
	type WorkflowApiJson,
} from '../../../core/index';
import { checkOverrides, type KnownWorkflow } from '../../../core/parsers';
import { combo } from '../../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO, readInfo, V3 } from '../support/workflows.mts';
import { KNOWN } from './rig.mts';

const clientOf = (partnerKey?: string) => createClient({ host: { partnerKey } as never });
const CLIENT = clientOf();
const CHOICE = { deploymentId: 'd' };
const overrides = { 3: { inputs: { steps: 0 } }, 6: { inputs: { txt: 'a' } } };
const FOUND = ['3.inputs.steps out_of_range', '6.inputs.txt unknown_input'];

const paths = async (
	input: { overrides?: Overrides; workflow?: WorkflowApiJson },
	known: Partial<KnownWorkflow> = {},
) => {
	const sent = input.workflow ? { workflow: input.workflow } : {};
	const read = async () => ({ ...KNOWN, ...sent, ...known });
	const { findings } = await checkSubmit(CLIENT, { ...CHOICE, ...input }, { readWorkflow: read });
	return findings.map(({ path, problem }) => `${path} ${problem}`);
};

describe('a check', () => {
	it.each([
		['that finds nothing is done', true, {}, [undefined]],
		['by what was just read is done', false, overrides, [undefined]],
		['that finds something by what is kept is made again', true, overrides, [undefined, true]],
	])('%s', async (_which, kept, given, asked) => {
		const read = jest.fn(async (_choice: unknown, fresh?: boolean) => {
			const newest = { workflow: { ...GRAPH, 99: GRAPH['9']! }, warnings: ['new'] };
			return { ...KNOWN, warnings: ['old'], cached: kept && !fresh, ...(fresh ? newest : {}) };
		});
		const { findings, warnings } = await checkSubmit(
			CLIENT,
			{ ...CHOICE, overrides: given },
			{ readWorkflow: read },
		);
		expect(read.mock.calls.map(([, fresh]) => fresh)).toEqual(asked);
		expect(findings).toHaveLength(given === overrides ? 2 : 0);
		expect(warnings).toEqual([asked.length > 1 ? 'new' : 'old']);
	});
});

describe('what does not fit', () => {
	it('is found in overrides, if the workflow is known', async () => {
		expect(await paths({ overrides })).toEqual(FOUND);
		expect(await paths({})).toEqual([]);
		const unknown = async () => ({ info: {}, warnings: [] });
		expect(
			(await checkSubmit(CLIENT, { ...CHOICE, overrides }, { readWorkflow: unknown })).findings,
		).toEqual([]);
	});

	it('is not a seed that says "random", which is drawn before the submit', async () => {
		const random = { 3: { inputs: { seed: 'random' } } };
		const workflow = structuredClone(GRAPH);
		workflow['3']!.inputs['seed'] = ' Random';
		expect(await paths({ overrides: random })).toEqual([]);
		expect(await paths({ overrides: random }, { info: {} })).toEqual([]);
		expect(await paths({ workflow })).toEqual([]);
	});

	it('is found in a workflow with its overrides in it, each once', async () => {
		const workflow = structuredClone(GRAPH);
		workflow['5']!.inputs['width'] = 0;
		workflow['3']!.inputs['cfg'] = 1_000;
		const fits = { 3: { inputs: { cfg: 7 } } };
		const both = ['3.inputs.cfg out_of_range', '5.inputs.width out_of_range'];
		expect(await paths({ workflow })).toEqual(both);
		expect(await paths({ workflow, overrides: fits })).toEqual(['5.inputs.width out_of_range']);
		expect(await paths({ workflow, overrides })).toEqual([...both, ...FOUND]);
	});
});

describe('a workflow that is sent along', () => {
	const workflow: WorkflowApiJson = structuredClone(GRAPH);
	workflow['3']!.inputs['steps'] = 0;
	workflow['60'] = { class_type: 'Nowhere', inputs: {} };
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
		['of an account that has it', clientOf('key'), true, []],
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
		['lora_2', 'lora_1'],
		['lora_12', 'lora_1'],
		['lora_2', 'lora_12'],
		['model.width', 'model'],
		['model.size.width', 'model'],
	])('%s may be one beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([]);
	});

	it.each([
		['lora_2', 'abcd_3'],
		['lora_2', 'lora_x3'],
		['lora_2', 'lora_3x'],
		['lora_2', 'lora_'],
		['lora_2x', 'lora_1'],
		['lora', 'lora_1'],
		['text', 'undefined1'],
		['2', '1'],
		['other.width', 'model'],
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

	it('takes numbers and truth values if a text is saved, and no others', () => {
		const text = one('Unknown', { text: 'a' });
		for (const value of [1, 1.5, 2n ** 64n, true, 'b']) {
			expect(found(text, { text: value }, {})).toEqual([]);
		}
		for (const value of [NaN, Infinity, null, {}, ['b']]) {
			expect(found(text, { text: value }, {})).toEqual(['text wrong_type']);
		}
		expect(found(one('Unknown', { steps: 20 }), { steps: true }, {})).toEqual(['steps wrong_type']);
	});
});

describe('an input of another choice', () => {
	const painter = (inputs: Record<string, unknown>) => one('PaintingPartner', inputs);
	const first = painter({ model: 'painter 4', 'model.thinking': 'off' });

	it('is none, even if it is held from the choice before', () => {
		const other = { model: 'painter 5 lite', 'model.thinking': 'on' };
		expect(found(first, other)).toContain('model.thinking unknown_input');
		expect(found(first, { 'model.thinking': 'on' })).toEqual([]);
	});

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
