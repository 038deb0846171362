import { describe, expect, it } from '@jest/globals';
import { outputNodesOf } from '../../../core/submission/notes';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';

const INFO = readInfo(OBJECT_INFO);
const save = (title: string) => ({ class_type: 'SaveImage', inputs: {}, _meta: { title } });

describe('the output nodes of a workflow', () => {
	it('are those whose class is one', () => {
		expect(outputNodesOf(GRAPH, INFO)).toEqual([{ id: '9', title: 'Save' }]);
		expect(outputNodesOf(GRAPH, {})).toEqual([]);
		expect(outputNodesOf({ 1: { class_type: 'toString', inputs: {} } }, INFO)).toEqual([]);
	});

	it('are no more than a hundred, their titles cut', () => {
		const many = Object.fromEntries(Array.from({ length: 120 }, (_, id) => [id, save('t')]));
		expect(outputNodesOf(many, INFO)).toHaveLength(100);
		expect(outputNodesOf({ 1: save('x'.repeat(500)) }, INFO)[0]?.title).toHaveLength(80);
	});
});
