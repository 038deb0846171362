import { describe, expect, it } from '@jest/globals';
import type { Overrides, WorkflowApiJson } from '../../../core/index';
import { applyOverrides, withOverrides } from '../../../core/workflow/overrides';

const WORKFLOW: WorkflowApiJson = {
	6: { class_type: 'Encode', inputs: { text: 'a', clip: ['4', 1] }, _meta: { title: 'Words' } },
	7: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
};

describe('a workflow with overrides in it', () => {
	it('has them input by input, and is another one', () => {
		const before = structuredClone(WORKFLOW);
		expect(
			withOverrides(WORKFLOW, { 6: { inputs: { text: 'b', more: 1 } }, 9: { inputs: {} } }),
		).toEqual({
			...WORKFLOW,
			6: {
				class_type: 'Encode',
				inputs: { text: 'b', clip: ['4', 1], more: 1 },
				_meta: { title: 'Words' },
			},
		});
		expect(WORKFLOW).toEqual(before);
	});

	it('has none that every object inherits', () => {
		const workflow = { toString: { class_type: 'A', inputs: { a: 1 } } };
		expect(withOverrides(workflow, {})).toEqual(workflow);
	});
});

describe('overrides of a workflow that is sent along', () => {
	it.each(['https://example.com/a.png', ' HTTP://example.com/a.png', 'data:image/png;base64,AAAA'])(
		'stay overrides where they are files: %s',
		(image) => {
			const overrides: Overrides = { 7: { inputs: { image, channel: 'red' } } };
			const { workflow, rest } = applyOverrides(WORKFLOW, overrides);
			expect(rest).toEqual({ 7: { inputs: { image } } });
			expect(workflow).toMatchObject({ 7: { inputs: { image: 'a.png', channel: 'red' } } });
		},
	);

	it.each([
		...['b.png', 'see https://example.com', 'my data:', 'ftp://example.com'],
		...[7, ['https://example.com']],
	])('go into it where they are none: %s', (image) => {
		const { workflow, rest } = applyOverrides(WORKFLOW, { 7: { inputs: { image } } });
		expect(rest).toEqual({});
		expect(workflow['7']?.inputs).toEqual({ image });
	});

	it('stay overrides where it has no such node', () => {
		const overrides = { 9: { inputs: { a: 1 } }, toString: { inputs: { a: 1 } } };
		expect(applyOverrides(WORKFLOW, { ...overrides, 6: { inputs: {} } })).toEqual({
			workflow: WORKFLOW,
			rest: overrides,
		});
	});
});
