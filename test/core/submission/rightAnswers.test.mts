// Overrides as ComfyUI takes them, or refuses them: a check that refuses a right value is worse than none.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides, type HostLabels } from '../../../core/index';
import { ANSWERS_INFO, REFUSED, SAVED, TAKEN } from '../../support/rightAnswers.mts';
import { readInfo } from '../support/v3Classes.mts';

const INFO = readInfo(ANSWERS_INFO);

const problems = (nodeId: string, inputs: Record<string, unknown>, info = INFO) =>
	checkOverrides({ [nodeId]: { inputs } }, SAVED, info).map(({ path, problem, suggestion }) =>
		[path.slice(path.indexOf('inputs.') + 7), problem, suggestion].filter(Boolean).join(' '),
	);

describe('what ComfyUI takes', () => {
	it.each(TAKEN)('node %s: %j', (nodeId, inputs) => {
		expect(problems(nodeId, inputs)).toEqual([]);
	});
});

describe('what it refuses, or would pass over', () => {
	it.each(REFUSED)('node %s: %j', (nodeId, inputs, found) => {
		expect(problems(nodeId, inputs).join()).toBe(found);
	});

	it('names the choice that an input belongs to', () => {
		expect(
			checkOverrides({ '1': { inputs: { 'model.max_images': 4 } } }, SAVED, INFO)[0]?.message,
		).toBe(
			'node 1 · Painter has no input "model.max_images" with this choice: it belongs to model "painter 5 lite"',
		);
	});
});

describe('a template that nobody filled in', () => {
	it.each(['{{ $json.prompt }}', '{{payload}}'])('%s is told in the words of the host', (text) => {
		const labels = { computedValue: 'take it from msg' } as HostLabels;
		const overrides = { '5': { inputs: { text } } };
		const told = `holds ${text} as it is: nothing has put a value in its place`;
		const [found] = checkOverrides(overrides, SAVED, INFO, labels);
		expect(found?.message.endsWith(`${told} (take it from msg)`)).toBe(true);
		const [general] = checkOverrides(overrides, SAVED, INFO);
		expect(general?.message.endsWith(told)).toBe(true);
	});
});

describe('without object_info', () => {
	it.each<[string, Record<string, unknown>, string]>([
		['1', { 'model.max_images': 4 }, ''],
		['3', { lora_2: { on: true } }, ''],
		['4', { steps: '20', cfg: '7.5', seed: '123' }, ''],
		['5', { text: 123 }, ''],
		['6', { tags: ['blue'] }, ''],
		['5', { txet: 'x' }, 'txet unknown_input text'],
		['5', { text: { a: 1 } }, 'text wrong_type'],
	])('node %s: %j: %s', (nodeId, inputs, found) => {
		expect(problems(nodeId, inputs, {}).join()).toBe(found);
	});
});
