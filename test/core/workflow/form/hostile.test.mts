import { describe, expect, it } from '@jest/globals';
import { describeInputs, fieldLabel, type WorkflowApiJson } from '../../../../core/index';
import { readInfo } from '../../support/v3Classes.mts';
import { OBJECT_INFO } from '../../support/workflowGraphs.mts';

const INFO = readInfo(OBJECT_INFO);

describe('the inputs of a hostile workflow', () => {
	it('are told in bounded time and length, whatever the workflow holds', () => {
		const odd = ['__proto__', 'constructor', 'toString', '<b>6</b>'];
		const nodes = Array.from({ length: 10_000 }, (_, index) => [
			index < odd.length ? odd[index] : String(index),
			{
				class_type: 'constructor',
				inputs: { text: 'x', seed: index, ['__proto__']: 1, from: [String(index + 1), 0] },
				_meta: { title: '<img src=x onerror=alert(1)> 🖼'.repeat(100) },
			},
		]);
		const workflow = Object.fromEntries(nodes) as WorkflowApiJson;
		const broken = {
			...workflow,
			a: { class_type: 'A', inputs: 'text' },
			b: { class_type: 'B', inputs: 7 },
		};
		const fields = describeInputs(broken as unknown as WorkflowApiJson, INFO);
		expect(fields.length).toBeGreaterThan(20_000);
		expect(fields.filter(({ likely }) => likely).length).toBeLessThanOrEqual(24);
		expect(Math.max(...fields.map(fieldLabel).map(({ length }) => length))).toBeLessThan(150);
	});
});
