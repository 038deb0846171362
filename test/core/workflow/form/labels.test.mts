import { describe, expect, it } from '@jest/globals';
import { fieldLabel, shortLabel, type WorkflowApiJson } from '../../../../core/index';
import { inputLabel } from '../../../../core/workflow/form/labels';

const field = { nodeId: '6', title: 'Words', input: 'text' };

describe('the label of an input', () => {
	it('tells the role of a prompt where nothing else in it does', () => {
		expect(fieldLabel(field)).toBe('6 · Words → text');
		expect(fieldLabel({ ...field, role: 'negative' })).toBe('6 · negative · Words → text');
		const titled = { ...field, title: 'My Negative words', role: 'negative' } as const;
		expect(fieldLabel(titled)).toBe('6 · My Negative words → text');
		const named = { ...field, input: 'Positive', role: 'positive' } as const;
		expect(fieldLabel(named)).toBe('6 · Words → Positive');
	});

	it('has both names where they say different things', () => {
		const named = (displayName: string, input = 'start_step') =>
			fieldLabel({ ...field, input, spec: { displayName } });
		expect(named('First step')).toBe('6 · Words → First step (start_step)');
		for (const same of ['Start Step', 'start-step', 'START  STEP', 'startStep']) {
			expect(named(same)).toBe('6 · Words → start_step');
		}
		expect(fieldLabel({ ...field, spec: {} })).toBe('6 · Words → text');
	});

	it('cuts a title of more than 100 characters', () => {
		const titled = (title: string) => fieldLabel({ ...field, title });
		expect(titled('x'.repeat(100))).toBe(`6 · ${'x'.repeat(100)} → text`);
		expect(titled('x'.repeat(101))).toBe(`6 · ${'x'.repeat(99)}… → text`);
		expect(titled(`${'x'.repeat(98)} and more`)).toBe(`6 · ${'x'.repeat(98)}… → text`);
	});
});

describe('a short label', () => {
	it('is the whole one where that fits', () => {
		const long = { ...field, title: 'A title of its own' };
		const whole = fieldLabel(long);
		expect(shortLabel(long, whole.length)).toBe(whole);
		expect(shortLabel(long, whole.length - 1)).not.toBe(whole);
	});

	it('leaves a title of six characters, and room for the mark that more follows', () => {
		const titled = { ...field, title: 'A title without end' };
		expect(shortLabel(titled, 5)).toBe('6 · A tit… → text');
		expect(shortLabel(titled, 28)).toBe('6 · A title wi… → text');
		expect(shortLabel(titled, 28)).toHaveLength(28 - 6);
	});

	it('names a prompt by the role that its title tells, no other input', () => {
		const title = 'The long negative one of two';
		expect(shortLabel({ ...field, title }, 20)).toBe('6 · negative → text');
		expect(shortLabel({ ...field, title, input: 'steps' }, 20)).toBe('6 · The l… → steps');
		const named = { ...field, title, input: 'negative_text', role: 'negative' } as const;
		expect(shortLabel(named, 28)).toBe('6 · The l… → negative_text');
	});
});

describe('the label in the form of the whole workflow', () => {
	const workflow: WorkflowApiJson = {
		1: { class_type: 'PrimitiveString', inputs: { value: 'a cat' }, _meta: { title: 'String' } },
		2: { class_type: 'PrimitiveInt', inputs: { value: 5 }, _meta: { title: 'Frames' } },
		3: { class_type: 'Encode', inputs: { text: 'x', words: ['1', 0], more: 'y' } },
		4: { class_type: 'KSampler', inputs: { positive: ['3', 0], negative: ['2', 0] } },
	};
	const label = (nodeId: string, input: string) => inputLabel(workflow, nodeId, input);

	it('has the role of a text that is a prompt', () => {
		expect(label('3', 'text')).toBe('3 · positive · Encode → text');
		expect(label('3', 'more')).toBe('3 · Encode → more');
		expect(label('3', 'n_prompt')).toBe('3 · negative · Encode → n_prompt');
		expect(label('1', 'value')).toBe('1 · positive · String for words of Encode → value');
		expect(label('2', 'value')).toBe('2 · Frames → value');
		expect(label('4', 'text')).toBe('4 · KSampler → text');
	});

	it('has what people call the input', () => {
		expect(inputLabel(workflow, '3', 'more', { displayName: 'Style' })).toBe(
			'3 · Encode → Style (more)',
		);
	});

	it('has no title where there is no such node', () => {
		expect(label('404', 'text')).toBe('404 · ? → text');
		expect(label('toString', 'text')).toBe('toString · ? → text');
	});
});
