// How messages name an input.
import { describe, expect, it } from '@jest/globals';
import { fieldPath, type WorkflowApiJson } from '../../../../core/index';
import { checkOverrides } from '../../../../core/parsers';

const field = { nodeId: '6', title: 'Words', input: 'text' };

describe('the path of an input', () => {
	it('tells the role of a prompt if nothing else in it does', () => {
		expect(fieldPath(field)).toBe('6 · Words → text');
		expect(fieldPath({ ...field, role: 'negative' })).toBe('6 · negative · Words → text');
		const titled = { ...field, title: 'My Negative words', role: 'negative' } as const;
		expect(fieldPath(titled)).toBe('6 · My Negative words → text');
		const named = { ...field, input: 'Positive', role: 'positive' } as const;
		expect(fieldPath(named)).toBe('6 · Words → Positive');
	});

	it('has both names if they say different things', () => {
		const named = (displayName: string, input = 'start_step') =>
			fieldPath({ ...field, input, spec: { displayName } });
		expect(named('First step')).toBe('6 · Words → First step (start_step)');
		for (const same of ['Start Step', 'start-step', 'START  STEP', 'startStep']) {
			expect(named(same)).toBe('6 · Words → start_step');
		}
		expect(fieldPath({ ...field, spec: {} })).toBe('6 · Words → text');
	});

	it('has the class of the node, if its title does not tell it', () => {
		expect(fieldPath({ ...field, classType: 'CLIPTextEncode' })).toBe(
			'6 · Words (CLIPTextEncode) → text',
		);
		const same = { ...field, title: 'Load Image', classType: 'LoadImage' };
		expect(fieldPath(same)).toBe('6 · Load Image → text');
	});
});

describe('the path of an input of a workflow', () => {
	const workflow: WorkflowApiJson = {
		1: { class_type: 'PrimitiveString', inputs: { value: 'a cat' }, _meta: { title: 'String' } },
		2: { class_type: 'PrimitiveInt', inputs: { value: 5 }, _meta: { title: 'Frames' } },
		3: { class_type: 'Encode', inputs: { text: 'x', words: ['1', 0], more: 'y', n_prompt: 'z' } },
		4: { class_type: 'KSampler', inputs: { positive: ['3', 0], negative: ['2', 0] } },
	};
	/** The check of overrides names the input in the same way. */
	const path = (nodeId: string, input: string) => {
		const [found] = checkOverrides({ [nodeId]: { inputs: { [input]: {} } } }, workflow);
		return found?.message.split(' takes ')[0];
	};

	it('has the role of a text that is a prompt', () => {
		expect(path('3', 'text')).toBe('3 · positive · Encode → text');
		expect(path('3', 'more')).toBe('3 · Encode → more');
		expect(path('3', 'n_prompt')).toBe('3 · negative · Encode → n_prompt');
		expect(path('1', 'value')).toBe('1 · positive · String for words of Encode → value');
		expect(path('2', 'value')).toBe('2 · Frames → value');
	});
});
