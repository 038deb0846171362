// Dialogs: messages about invalid values before a deploy, the entries of lists, and the parts of a choice that a flow
// file stores.
import { describe, expect, it } from '@jest/globals';
import type { DialogInput } from '../../../node-red/contract/dialog.ts';
import { matching } from '../../../node-red/editor/combobox.mts';
import { mainInput, newRow, typedInputTypes } from '../../../node-red/editor/row.mts';
import { definition, whileEditor } from '../support/editorPage.mts';

/** The validator's verdict on a field. */
const verdict = (type: string, name: string, node: object, value: unknown) =>
	definition(`runcomfy-${type}`).defaults[name]?.validate?.call(node, value, {});

const BAD_LIMIT = 'Concurrency must be a whole number, 1 or more';

describe('validators say why', () => {
	const check = (name: string, type: string, value: string, more: object = {}) => {
		const target = name === 'modelId' ? 'model' : undefined;
		return verdict('run', name, { [`${name}Type`]: type, target, ...more }, value);
	};

	it.each<[string, string, string, unknown, object?]>([
		['deploymentId', 'str', '', 'Deployment is empty'],
		['modelId', 'str', '', 'Model is empty'],
		['deploymentId', 'str', 'a b', 'Deployment must not contain spaces or slashes'],
		['modelId', 'str', 'qwen/qwen-image/edit', true],
		['modelId', 'str', 'qwen image', 'Model must not contain spaces'],
		['timeout', 'num', '-1', 'Timeout (s) must be 0 or more'],
		['timeout', 'num', '', true],
		['timeout', 'num', 'x', 'not a number'],
		['overrides', 'json', '', true],
		['outputNodes', 'str', '9, 12 38:42', true],
		['outputNodes', 'str', '9/12', 'Only nodes must be a list of node ids, such as 9, 12'],
		['outputNodes', 'msg', 'a/b', true],
		['directory', 'str', '', 'Directory is empty', { output: 'saved' }],
		// Hidden fields.
		['directory', 'str', '', true, { output: 'files' }],
		['modelId', 'str', 'a b', true, { target: 'deployment' }],
		['deploymentId', 'str', 'a b', true, { target: 'model' }],
		['webhook', 'str', 'a b', true, { target: 'model' }],
		['overrides', 'num', 'x', true, { inputMode: 'rows' }],
		['overrides', 'num', 'x', 'not a number', { inputMode: 'json' }],
		// A flow from before hosted models or rows.
		['modelId', 'str', 'a b', true, { target: undefined }],
		['overrides', 'num', 'x', 'not a number'],
	])('%s as %s %j: %s', (name, type, value, answer, more = {}) => {
		expect(check(name, type, value, more)).toBe(answer);
	});

	it('a dialog speaks for its own node: of an account all nodes are checked while one is open', () => {
		const [edited, other] = [{ output: 'files' }, { output: 'files', timeoutType: 'msg' }];
		whileEditor({ open: { node: edited, fields: { output: 'saved', timeoutType: 'num' } } }, () => {
			expect(verdict('run', 'directory', edited, '')).toBe('Directory is empty');
			expect(verdict('run', 'directory', other, '')).toBe(true);
			expect(verdict('run', 'timeout', other, 'payload')).toBe(true);
		});
	});

	it('the timeout of a result node counts once its box is ticked', () => {
		const node = { timeoutType: 'num', wait: false };
		const check = (one: object) => verdict('result', 'timeout', one, '-1');
		expect(check(node)).toBe(true);
		whileEditor({ open: { node, fields: { timeoutType: 'num', wait: true } } }, () => {
			expect(check(node)).toMatch(/must be 0 or more$/);
		});
		const waiting = { ...node, wait: true };
		whileEditor({ open: { node: { ...waiting }, fields: {} } }, () =>
			expect(check(waiting)).not.toBe(true),
		);
	});

	it.each<[type: string, name: string, value: unknown, node: object, answer: unknown]>([
		['cancel', 'requestId', 'a b', { target: 'request' }, expect.stringContaining('spaces')],
		['cancel', 'requestId', 'a b', { target: 'topic' }, true],
		['config', 'baseUrl', 'localhost:4010', {}, 'Base URL must begin with http:// or https://'],
		['config', 'baseUrl', '', {}, true],
		['config', 'concurrency', '0', {}, BAD_LIMIT],
		['config', 'concurrency', '${N}', {}, true],
		['config', 'concurrency', 10, {}, true],
		['config', 'concurrency', '', {}, BAD_LIMIT],
		// The account is older than the field, or was written by hand: the runtime has a default.
		['config', 'concurrency', undefined, {}, true],
	])('%s: %s %j of %j: %j', (type, name, value, node, answer) => {
		expect(verdict(type, name, { [`${name}Type`]: 'str', ...node }, value)).toEqual(answer);
	});

	it.each([
		['3', '2', 'num', 'Min instances must not exceed Max instances'],
		['3', '', 'num', true],
		['3', 'most', 'msg', true],
		['3', '${MOST}', 'num', true],
	])('a minimum of %s with a maximum of %j (%s): %s', (least, most, maxInstancesType, answer) => {
		const limits = { minInstancesType: 'num', maxInstances: most, maxInstancesType };
		const node = { operation: 'update', ...limits };
		expect(verdict('deployment', 'minInstances', node, least)).toBe(answer);
	});
});

describe('the rows of a node', () => {
	const check = (row: object, spec?: object, more: object = {}) => {
		const node = { inputMode: 'rows', ...more };
		const rows = [{ nodeId: '31', input: 'steps', label: '31 → steps', spec, ...row }];
		return verdict('run', 'rows', node, rows);
	};
	const steps = { kind: 'integer', min: 1, max: 100 };

	it.each([
		['num', '20', steps, true],
		['num', '0', steps, '31 → steps: must be at least 1'],
		['num', '101', steps, '31 → steps: must be at most 100'],
		['num', '1.5', steps, '31 → steps: must be a whole number'],
		['str', 'many', steps, '31 → steps: must be a number'],
		['str', '${STEPS}', steps, true],
		['num', '18446744073709551615', { kind: 'integer', min: 0, max: 2 ** 64 }, true],
		['num', '', steps, '31 → steps: a value is missing'],
		['str', '', { kind: 'string' }, true],
		['msg', '', { kind: 'string' }, '31 → steps: a value is missing'],
		['random', '', steps, true],
		['str', 'x', undefined, true],
	])('%s %j for %j: %s', (type, value, spec, answer) => {
		expect(check({ type, value }, spec)).toBe(answer);
	});

	it('are marked where a model needs a text', () => {
		const row = { nodeId: '', input: 'prompt', label: 'Prompt', type: 'str', value: ' ' };
		const spec = { kind: 'string' };
		const of = (more: object) =>
			verdict('run', 'rows', { inputMode: 'rows', target: 'model' }, [{ ...row, spec, ...more }]);
		expect(of({ required: true })).toBe('Prompt: a value is missing');
		expect(of({ required: true, value: 'a fox' })).toBe(true);
		expect(of({})).toBe(true);
	});

	it('are marked if two set one input, or the target did not have it', () => {
		const of = (...rows: object[]) => verdict('run', 'rows', { inputMode: 'rows' }, rows);
		const one = { nodeId: '31', input: 'steps', label: '31 → steps', type: 'num', value: '9' };
		expect(of(one, { ...one, input: 'cfg' })).toBe(true);
		expect(of(one, { ...one, value: '8' })).toBe('31 → steps: another row already sets this input');
		expect(of({ ...one, gone: true })).toBe(
			'31 → steps: There is no such input here: delete the row.',
		);
	});

	it('do not count in the other mode, nor where an old node has none', () => {
		expect(check({ type: 'num', value: 'x' }, steps, { inputMode: 'json' })).toBe(true);
		expect(verdict('run', 'rows', {}, undefined)).toBe(true);
	});
});

describe('the label of a node', () => {
	const labelOf = (type: string, node: object) => definition(type).label.call(node as never);

	it('is its name, or what it runs, or what it is', () => {
		for (const type of ['runcomfy-run', 'runcomfy-submit']) {
			const node = { name: '', targetName: 'FLUX.2 flash' };
			expect(labelOf(type, { ...node, name: 'Fox' })).toBe('Fox');
			expect(labelOf(type, node)).toBe('FLUX.2 flash');
			expect(labelOf(type, { name: '' })).toBe(type.replace('runcomfy-', 'RunComfy '));
		}
	});
});

const input = (spec: DialogInput['spec'], more: Partial<DialogInput> = {}): DialogInput => ({
	nodeId: '6',
	input: 'text',
	label: 'Prompt',
	path: '6 · Prompt (CLIPTextEncode) → text',
	spec,
	seed: false,
	likely: true,
	saved: 'a cat',
	...more,
});

describe('a row that a flow file keeps', () => {
	it('contains the facts for reading its value, and nothing that only the dialog shows', () => {
		const read = { kind: 'choice', min: 1, max: 2, many: true, wrap: true } as const;
		const spec: DialogInput['spec'] = {
			...read,
			choices: ['a.safetensors'],
			tooltip: 'x',
			placeholder: 'y',
			displayName: 'Z',
			multiline: true,
			step: 1,
		};
		expect(newRow(input(spec)).spec).toEqual(read);
	});
});

describe('the row that a new choice adds', () => {
	const prompt = input({ kind: 'string' });
	const image = input({ kind: 'media' }, { input: 'image' });

	it('is the one of the prompt, since a payload is seldom a file', () => {
		expect(mainInput([prompt, image])).toBe(prompt);
		expect(mainInput([image, prompt])).toBeUndefined();
		expect(mainInput([{ ...prompt, likely: false }])).toBeUndefined();
		expect(mainInput([])).toBeUndefined();
	});
});

describe('a text of many lines', () => {
	const texts = {
		random: 'random',
		choice: 'choice',
		string: 'string',
		edit: (text: string, done: (text: string) => void) => done(`${text}, and long`),
	};

	it('opens in a large field, as Node-RED opens JSON', () => {
		const [type] = typedInputTypes(input({ kind: 'string', multiline: true }), {}, texts);
		let value = 'short';
		const field = { value: (text?: string) => (value = text ?? value) };
		(type as { expand: (this: typeof field) => void }).expand.call(field);
		expect(value).toBe('short, and long');
	});

	it('is Node-RED’s own where ComfyUI has one line', () => {
		expect(typedInputTypes(input({ kind: 'string' }), {}, texts)[0]).toBe('str');
	});
});

describe('a list that typing narrows', () => {
	const entries = ['flux-text-to-image', 'text-to-image-fast', 'text-to-image', 'upscale'].map(
		(label, at) => ({ value: `id-${at}`, label }),
	);
	const labels = (filter: string) => matching(entries, filter).map(({ label }) => label);

	it('offers first the entry of that name, then those that begin with it', () => {
		const found = ['text-to-image', 'text-to-image-fast', 'flux-text-to-image'];
		expect(labels(' Text-to-Image ')).toEqual(found);
		expect(labels('text-to-im')).toEqual([found[1], found[0], found[2]]);
	});

	it('offers last those that only tell of it', () => {
		const cfg = { value: 'cfg', label: 'CFG', tooltip: 'How close to keep to the prompt' };
		const prompt = { value: 'text', label: 'Prompt' };
		expect(matching([cfg, prompt], 'prompt')).toEqual([prompt, cfg]);
	});

	it('finds the words in any order, and ids', () => {
		expect(labels('image flux')).toEqual(['flux-text-to-image']);
		expect(labels('id-3')).toEqual(['upscale']);
		expect(labels('')).toHaveLength(4);
		expect(labels('nothing')).toEqual([]);
	});
});
