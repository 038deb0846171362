import { describe, expect, it } from '@jest/globals';
import type { DialogInput } from '../../../node-red/contract/dialog.cts';
import { newRow, typesOf } from '../../../node-red/editor/row.mts';

const input = (spec: DialogInput['spec'], more: Partial<DialogInput> = {}): DialogInput => ({
	nodeId: '6',
	input: 'text',
	label: '6 · Prompt → text',
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
