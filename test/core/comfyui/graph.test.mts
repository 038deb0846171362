// The roles of prompts, derived from the links of a workflow.
import { describe, expect, it } from '@jest/globals';
import { promptRoles } from '../../../core/comfyui/graph';
import type { WorkflowApiJson } from '../../../core/index';
import { node } from '../support/workflows.mts';

describe('the role of a prompt', () => {
	const rolesOf = (guider: WorkflowApiJson[string], more: WorkflowApiJson = {}) =>
		Object.fromEntries(promptRoles({ ...more, 8: guider, 9: node('Text') }));
	const guider = (classType: string, input: string, link = ['9', 0]) =>
		node(classType, { [input]: link });

	it.each([
		['BasicGuider', 'conditioning', 'positive'],
		['DualCFGGuider', 'cond1', 'positive'],
		['DualCFGGuider', 'cond', 'positive'],
		['DualCFGGuider', 'cond12', undefined],
		['DualCFGGuider', 'my_cond', undefined],
		['GuiderOfNone', 'conditioning', undefined],
	])('that goes to %s as %s: %s', (classType, input, role) => {
		expect(rolesOf(guider(classType, input))['9']).toBe(role);
	});

	it('goes through the nodes between, up to one that has both', () => {
		const graph = {
			1: node('Text', { text: '' }),
			2: node('Text', { text: '' }),
			3: node('Text', { text: '' }),
			4: node('Guidance', { conditioning: ['1', 0] }),
			5: node('ControlNet', { positive: ['4', 0], negative: ['2', 0] }),
			6: node('KSampler', { positive: ['5', 0], negative: ['5', 1] }),
			7: node('KSampler', { positive: ['3', 0], negative: ['3', 0] }),
			8: node('Loop', { positive: ['8', 0] }),
			9: node('Dangling', { negative: ['404', 0] }),
			10: node('Circle', { a: ['11', 0] }),
			11: node('Circle', { a: ['10', 0] }),
			12: node('KSampler', { negative: ['10', 0] }),
		};
		expect(Object.fromEntries(promptRoles(graph))).toEqual({
			1: 'positive',
			4: 'positive',
			2: 'negative',
			8: 'positive',
			10: 'negative',
			11: 'negative',
		});
	});

	it('does not pass a node that makes nothing of it', () => {
		const zero = { 7: node('ConditioningZeroOut', { conditioning: ['9', 0] }) };
		expect(rolesOf(guider('Sampler', 'negative', ['7', 0]), zero)).toEqual({ 7: 'negative' });
		const near = { 7: node('ZeroOutOrNot', { conditioning: ['9', 0] }) };
		expect(rolesOf(guider('Sampler', 'negative', ['7', 0]), near)).toHaveProperty('9', 'negative');
	});

	it('does not pass a node with prompts of its own', () => {
		for (const own of ['positive', 'negative']) {
			const control = { 7: node('Control', { [own]: '', text: ['9', 0] }) };
			expect(rolesOf(guider('Sampler', 'positive', ['7', 0]), control)).toEqual({ 7: 'positive' });
		}
	});
});
