import { describe, expect, it } from '@jest/globals';
import {
	classTypesOf,
	isLink,
	promptRoles,
	titleOf,
	type WorkflowApiJson,
} from '../../../core/workflow/graph';

describe('a link', () => {
	it.each([
		[['6', 0], true],
		[['6', 1], true],
		[['6', '0'], false],
		[[6, 0], false],
		[['6'], false],
		[['6', 0, 0], false],
		['6', false],
		[null, false],
		[{ 0: '6', 1: 0, length: 2 }, false],
	])('is %j: %s', (value, is) => expect(isLink(value)).toBe(is));
});

describe('a node', () => {
	it.each<[object, string]>([
		[{ _meta: { title: 'My prompt' } }, 'My prompt'],
		[{ _meta: { title: '' } }, 'Encode'],
		[{ _meta: { title: 7 } }, 'Encode'],
		[{ _meta: null }, 'Encode'],
		[{}, 'Encode'],
	])('with %j is called %s', (more, title) => {
		expect(titleOf({ class_type: 'Encode', inputs: {}, ...more })).toBe(title);
	});

	it('has one of the classes of the workflow, each told once', () => {
		const node = (class_type: string) => ({ class_type, inputs: {} });
		expect(classTypesOf({ 1: node('A'), 2: node('B'), 3: node('A') })).toEqual(['A', 'B']);
	});
});

describe('the role of a prompt', () => {
	const rolesOf = (guider: WorkflowApiJson[string], more: WorkflowApiJson = {}) =>
		Object.fromEntries(promptRoles({ ...more, 8: guider, 9: { class_type: 'Text', inputs: {} } }));
	const guider = (class_type: string, input: string, link: unknown = ['9', 0]) => ({
		class_type,
		inputs: { [input]: link },
	});

	it.each([
		['BasicGuider', 'conditioning', 'positive'],
		['DualCFGGuider', 'cond1', 'positive'],
		['DualCFGGuider', 'cond', 'positive'],
		['DualCFGGuider', 'negative', 'negative'],
		['DualCFGGuider', 'positive', 'positive'],
		['DualCFGGuider', 'cond12', undefined],
		['DualCFGGuider', 'my_cond', undefined],
		['DualCFGGuider', 'cond_scale', undefined],
		['GuiderOfNone', 'conditioning', undefined],
	])('that goes to %s as %s: %s', (classType, input, role) => {
		expect(rolesOf(guider(classType, input))['9']).toBe(role);
	});

	it('does not pass a node that makes nothing of it', () => {
		const zero = { 7: { class_type: 'ConditioningZeroOut', inputs: { conditioning: ['9', 0] } } };
		expect(rolesOf(guider('Sampler', 'negative', ['7', 0]), zero)).toEqual({ 7: 'negative' });
		const near = { 7: { class_type: 'ZeroOutOrNot', inputs: { conditioning: ['9', 0] } } };
		expect(rolesOf(guider('Sampler', 'negative', ['7', 0]), near)).toHaveProperty('9', 'negative');
	});

	it('does not pass a node with prompts of its own', () => {
		for (const own of ['positive', 'negative']) {
			const inputs = { [own]: '', text: ['9', 0] };
			const control = { 7: { class_type: 'Control', inputs } };
			expect(rolesOf(guider('Sampler', 'positive', ['7', 0]), control)).toEqual({ 7: 'positive' });
		}
	});

	it('is none where a node has no inputs at all', () => {
		const broken = { 7: { class_type: 'Guider' } } as unknown as WorkflowApiJson;
		expect(rolesOf(guider('Sampler', 'positive', ['7', 0]), broken)).toEqual({ 7: 'positive' });
	});
});
