// What the lists of the dialogs offer, and what a flow file keeps of a choice.
import { describe, expect, it } from '@jest/globals';
import type { DialogInput } from '../../../node-red/contract/dialog.cts';
import { matching } from '../../../node-red/editor/combobox.mts';
import { mainInput, newRow, typesOf } from '../../../node-red/editor/row.mts';
import { otherLimits } from '../../../node-red/nodes/runcomfy-config/account.mts';

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
		const choices = Array.from({ length: 500 }, (_, index) => `model ${index}.safetensors`);
		const rows = Array.from({ length: 24 }, () =>
			newRow(
				input({
					kind: 'choice',
					choices,
					min: 1,
					max: 2,
					tooltip: 'x'.repeat(300),
					placeholder: 'y',
					displayName: 'Z',
					multiline: true,
					step: 1,
				}),
			),
		);
		expect(rows[0]?.spec).toEqual({ kind: 'choice', min: 1, max: 2 });
		expect(JSON.stringify(rows).length).toBeLessThan(20_000);
	});

	it('keeps what a list is sent as', () => {
		const spec = { kind: 'json', many: true, wrap: true, choices: ['a'] } as const;
		expect(newRow(input({ ...spec, choices: ['a'] })).spec).toEqual({
			kind: 'json',
			many: true,
			wrap: true,
		});
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
	const opened: string[] = [];
	const texts = {
		random: 'random',
		choice: 'choice',
		string: 'string',
		edit: (text: string, done: (text: string) => void) => {
			opened.push(text);
			done('long');
		},
	};

	it('opens in a large field, as Node-RED opens JSON', () => {
		const [type] = typesOf(input({ kind: 'string', multiline: true }), {}, texts);
		let value = 'short';
		const field = { value: (text?: string) => (value = text ?? value) };
		(type as { expand: (this: typeof field) => void }).expand.call(field);
		expect(opened).toEqual(['short']);
		expect(value).toBe('long');
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
