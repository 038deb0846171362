// What a dialog says of an impossible value, before anything is deployed; what its lists offer, and what a flow file keeps of a
// choice.
import { describe, expect, it } from '@jest/globals';
import type { DialogInput } from '../../../node-red/contract/dialog.cts';
import { matching } from '../../../node-red/editor/combobox.mts';
import { mainInput, newRow, typesOf } from '../../../node-red/editor/row.mts';
import { otherLimits } from '../../../node-red/nodes/runcomfy-config/account.mts';
import { definition, whileEditor } from '../support/editorPage.mts';

describe('validators say why', () => {
	const check = (name: string, type: string, value: string, more: object = {}) =>
		definition('runcomfy-run').defaults[name]?.validate?.call(
			{ [`${name}Type`]: type, ...(name === 'modelId' ? { target: 'model' } : {}), ...more },
			value,
			{},
		);

	it.each<[string, string, string, unknown, object?]>([
		['deploymentId', 'str', '', 'Deployment is empty'],
		['modelId', 'str', '', 'Model is empty'],
		['deploymentId', 'str', 'a b', 'Deployment must not contain blanks or slashes'],
		['modelId', 'str', 'qwen/qwen-image/edit', true],
		['modelId', 'str', 'qwen image', 'Model must not contain blanks'],
		['timeout', 'num', '-1', 'Timeout (s) must be a number from 0'],
		['timeout', 'num', '', true],
		['timeout', 'num', 'x', 'not a number'],
		['overrides', 'json', '', true],
		['outputNodes', 'str', '9, 12 38:42', true],
		['outputNodes', 'str', '9/12', 'Only nodes must be ids of nodes, such as 9, 12'],
		['outputNodes', 'msg', 'a/b', true],
		['directory', 'str', '', 'Directory is empty', { output: 'saved' }],
		// What the dialog does not show.
		['directory', 'str', '', true, { output: 'files' }],
		['modelId', 'str', 'a b', true, { target: 'deployment' }],
		['deploymentId', 'str', 'a b', true, { target: 'model' }],
		['webhook', 'str', 'a b', true, { target: 'model' }],
		['overrides', 'num', 'x', true, { inputMode: 'rows' }],
		['overrides', 'num', 'x', 'not a number', { inputMode: 'json' }],
		['maxFileSize', 'num', 'x', true, { output: 'texts' }],
		['maxFileSize', 'num', 'x', 'not a number', { output: 'buffers' }],
		// A flow that is older than hosted models or rows.
		['modelId', 'str', 'a b', true, { target: undefined }],
		['overrides', 'num', 'x', 'not a number'],
	])('%s as %s %j: %s', (name, type, value, answer, more = {}) => {
		expect(check(name, type, value, more)).toBe(answer);
	});

	it('rows of the other kind of target are not checked', () => {
		const ofNode = { nodeId: '31', input: 'steps', type: 'num', value: 'x', label: 'Steps' };
		const ofModel = { ...ofNode, nodeId: '', spec: { kind: 'integer' } };
		const rows = (nodeRows: object[], more: object) =>
			definition('runcomfy-run').defaults['rows']?.validate?.call(
				{ inputMode: 'rows', ...more },
				nodeRows,
				{},
			);
		expect(rows([{ ...ofNode, value: '' }], { target: 'model' })).toBe(true);
		expect(rows([ofModel], { target: 'model' })).toBe('Steps: must be a number');
		expect(rows([ofModel], { target: 'deployment' })).toBe(true);
		expect(rows([ofModel], { inputMode: 'direct' })).toBe('Steps: must be a number');
	});

	it('a dialog speaks for its own node: of an account all nodes are checked while one is open', () => {
		const { directory, timeout } = definition('runcomfy-run').defaults;
		const [edited, other] = [{ output: 'files' }, { output: 'files', timeoutType: 'msg' }];
		whileEditor({ open: { node: edited, fields: { output: 'saved', timeoutType: 'num' } } }, () => {
			expect(directory?.validate?.call(edited, '', {})).toBe('Directory is empty');
			expect(directory?.validate?.call(other, '', {})).toBe(true);
			expect(timeout?.validate?.call(other, 'payload', {})).toBe(true);
		});
	});

	it('the timeout of a result node counts once its box is ticked', () => {
		const { timeout } = definition('runcomfy-result').defaults;
		const node = { timeoutType: 'num', wait: false };
		expect(timeout?.validate?.call(node, '-1', {})).toBe(true);
		whileEditor({ open: { node, fields: { timeoutType: 'num', wait: true } } }, () => {
			expect(timeout?.validate?.call(node, '-1', {})).toMatch(/must be a number from 0$/);
		});
		whileEditor({ open: { node: { ...node, wait: true }, fields: {} } }, () => {
			expect(timeout?.validate?.call({ ...node, wait: true }, '-1', {})).not.toBe(true);
		});
	});

	it.each([
		['request', 'requestId', 'a b', false],
		['topic', 'requestId', 'a b', true],
		['node', 'runNode', '', false],
		['all', 'runNode', '', true],
	])('of a cancel of %s the field %s %j: %s', (target, name, value, fits) => {
		const node = { target, [`${name}Type`]: 'str' };
		const answer = definition('runcomfy-cancel').defaults[name]?.validate?.call(node, value, {});
		expect(answer === true).toBe(fits);
	});

	it.each([
		['run', 'there', true],
		['run', 'gone', 'Run node is not in the flows'],
		['run', 'beside', true],
		['str', 'gone', 'Run node is not in the flows'],
		['str', 'other', 'Run node is not in the flows'],
		['str', '${RUN_NODE}', true],
		['msg', 'gone', true],
	])('of a cancel of the runs of a node, %s %j: %s', (runNodeType, value, answer) => {
		const { runNode } = definition('runcomfy-cancel').defaults;
		const nodes = [
			{ id: 'there', type: 'runcomfy-run', z: 'tab' },
			{ id: 'beside', type: 'runcomfy-run', z: 'subflow' },
			{ id: 'elsewhere', type: 'runcomfy-run', z: 'another subflow' },
			{ id: 'other', type: 'runcomfy-submit' },
		];
		whileEditor({ present: nodes }, () => {
			const node = { target: 'node', runNodeType, z: 'subflow' };
			expect(runNode?.validate?.call(node, value, {})).toBe(answer);
		});
	});

	it.each([
		['baseUrl', 'localhost:4010', 'Base URL must begin with http:// or https://'],
		['baseUrl', '', true],
		['concurrency', '0', 'Concurrency must be a whole number from 1'],
		['concurrency', '${N}', true],
		['concurrency', 10, true],
		['concurrency', '', 'Concurrency must be a whole number from 1'],
		// The account is older than the field, or was written by hand: the runtime has a default.
		['concurrency', undefined, true],
	])('%s %j of an account', (name, value, answer) => {
		const { validate } = definition('runcomfy-config').defaults[name] ?? {};
		expect(validate?.call({}, value, {})).toBe(answer);
	});
});

describe('of a deployment node is marked before a deploy', () => {
	const check = (node: Record<string, unknown>, name: string) =>
		definition('runcomfy-deployment').defaults[name]?.validate?.call(node, node[name], {});
	const typed = (name: string, value: string, type = 'num') => ({
		[name]: value,
		[`${name}Type`]: type,
	});

	it.each([
		['deploymentName', 'Deployment name is empty'],
		['workflowId', 'Workflow id is empty'],
	])('a create without %s', (name, why) => {
		const node = (operation: string, value: string) => ({
			operation,
			...typed(name, value, 'str'),
		});
		expect(check(node('create', ''), name)).toBe(why);
		expect(check(node('create', 'x'), name)).toBe(true);
		expect(check(node('update', ''), name)).toBe(true);
	});

	it('a delete without its tick', () => {
		const node = (operation: string, confirmDelete: unknown) => ({ operation, confirmDelete });
		expect(check(node('delete', false), 'confirmDelete')).toMatch(/must be ticked/);
		expect(check(node('delete', true), 'confirmDelete')).toBe(true);
		expect(check(node('list', false), 'confirmDelete')).toBe(true);
	});

	it.each([
		['3', '2', 'num', 'Min instances must not be above Max instances'],
		['3', '', 'num', true],
		['3', 'most', 'msg', true],
		['3', '${MOST}', 'num', true],
	])('a minimum of %s with a maximum of %j (%s): %s', (least, most, type, answer) => {
		const limits = { ...typed('minInstances', least), ...typed('maxInstances', most, type) };
		expect(check({ operation: 'update', ...limits }, 'minInstances')).toBe(answer);
	});
});

describe('the rows of a node', () => {
	const check = (row: object, spec?: object, more: object = {}) => {
		const node = { inputMode: 'rows', ...more };
		const rows = [{ nodeId: '31', input: 'steps', label: '31 → steps', spec, ...row }];
		return definition('runcomfy-run').defaults['rows']?.validate?.call(node, rows);
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
		const { validate } = definition('runcomfy-run').defaults['rows'] ?? {};
		const row = { nodeId: '', input: 'prompt', label: 'Prompt', type: 'str', value: ' ' };
		const spec = { kind: 'string' };
		const of = (more: object) =>
			validate?.call({ inputMode: 'rows', target: 'model' }, [{ ...row, spec, ...more }]);
		expect(of({ required: true })).toBe('Prompt: a value is missing');
		expect(of({ required: true, value: 'a fox' })).toBe(true);
		expect(of({})).toBe(true);
	});

	it('are marked if two set one input, or the workflow did not have it', () => {
		const { validate } = definition('runcomfy-run').defaults['rows'] ?? {};
		const of = (...rows: object[]) => validate?.call({ inputMode: 'rows' }, rows);
		const one = { nodeId: '31', input: 'steps', label: '31 → steps', type: 'num', value: '9' };
		expect(of(one, { ...one, input: 'cfg' })).toBe(true);
		expect(of(one, { ...one, value: '8' })).toBe('31 → steps: another row sets this input, too');
		expect(of({ ...one, gone: true })).toBe('31 → steps: The workflow has no such input.');
	});

	it('do not count in the other mode, nor where an old node has none', () => {
		expect(check({ type: 'num', value: 'x' }, steps, { inputMode: 'json' })).toBe(true);
		const { validate } = definition('runcomfy-run').defaults['rows'] ?? {};
		expect(validate?.call({}, undefined)).toBe(true);
	});
});

describe('the path of a webhook', () => {
	const check = (path: string) =>
		definition('runcomfy-webhook').defaults['path']?.validate?.call({}, path, {});

	it.each([
		['/runcomfy', true],
		['hooks/runcomfy', true],
		['/flows', 'Path is one of Node-RED’s own addresses: choose another'],
		['a b', 'Path may contain only letters, digits and -._~/'],
		['', 'Path may contain only letters, digits and -._~/'],
		['${HOOK_PATH}', true],
	])('%j: %s', (path, answer) => {
		expect(check(path)).toBe(answer);
	});

	it.each([
		['/flow', '/', '/', true],
		['/flows-done', '/', '/', false],
		['/inject/abc', '/', '/', true],
		['/runcomfy/models', '/', '/', true],
		// The editor is at another address.
		['/flows', '/', '/admin', false],
		['/admin/flows', '/', '/admin/', true],
		['/flows', '/admin', '/admin', true],
		['/flows', '/administration', '/admin', false],
	])('%s below %s, with the editor at %s: shadowed %s', (path, nodes, editor, shadowed) => {
		whileEditor({ roots: { nodes, editor } }, () => {
			expect(check(path)).toEqual(shadowed ? expect.stringContaining('own addresses') : true);
		});
	});
});

describe('a webhook node', () => {
	it.each([
		['new', '', {}, 'Secret is empty'],
		['pasted', 'another', {}, 'Secret is empty'],
		['pasted with its secret', 'another', { credentials: { secret: 's' } }, true],
		['with a secret of its own', 'own', {}, true],
		['written by hand', undefined, {}, true],
	])('that is %s', (_what, secretFor, more, answer) => {
		const { validate } = definition('runcomfy-webhook').defaults['secretFor'] ?? {};
		expect(validate?.call({ id: 'own', ...more }, secretFor, {})).toBe(answer);
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
	it('holds what its value is read by, and nothing that only the dialog shows', () => {
		const read = { kind: 'choice', min: 1, max: 2, many: true, wrap: true } as const;
		const shown = {
			choices: ['a.safetensors'],
			tooltip: 'x',
			placeholder: 'y',
			displayName: 'Z',
			multiline: true,
			step: 1,
		};
		expect(newRow(input({ ...read, ...shown })).spec).toEqual(read);
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
		const [type] = typesOf(input({ kind: 'string', multiline: true }), {}, texts);
		let value = 'short';
		const field = { value: (text?: string) => (value = text ?? value) };
		(type as { expand: (this: typeof field) => void }).expand.call(field);
		expect(value).toBe('short, and long');
	});

	it('is Node-RED’s own where ComfyUI has one line', () => {
		expect(typesOf(input({ kind: 'string' }), {}, texts)[0]).toBe('str');
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

const own = { id: 'a', name: 'Own', baseUrl: 'https://api.test', concurrency: '10' };
const other = { id: 'b', name: 'Studio', baseUrl: 'https://api.test/', concurrency: 3 };

describe('the limit of an account', () => {
	it('may be that of another one with the same token', () => {
		expect(otherLimits(own, [own, other])).toBe('Studio (3)');
		expect(otherLimits(own, [own, other, { ...other, id: 'c', name: '' }])).toBe(
			'Studio (3), c (3)',
		);
	});

	it.each([
		['alone', []],
		['the same limit', [{ ...other, concurrency: 10 }]],
		['another address', [{ ...other, baseUrl: 'http://127.0.0.1:4010' }]],
	])('is its own: %s', (_why, others) => {
		expect(otherLimits(own, [own, ...others])).toBe('');
	});
});
