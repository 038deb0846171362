import { describe, expect, it } from '@jest/globals';
import { specOf } from '../../../core/workflow/node';
import { type NodeClass, readClass, readNodeClass } from '../../../core/workflow/objectInfo';
import { readInfo } from '../support/v3Classes.mts';
import { OBJECT_INFO } from '../support/workflowGraphs.mts';

const INFO = readInfo(OBJECT_INFO);

const specs = (known: NodeClass | undefined) =>
	Object.fromEntries((known?.inputs ?? []).map(({ name, spec }) => [name, spec]));

describe('object_info', () => {
	it('is read in both of its forms, and as far as it can be', () => {
		expect(specs(INFO['VHS_VideoCombine'])).toEqual({
			format: { kind: 'choice', choices: ['image/gif', 'video/h264-mp4'] },
			odd: { kind: 'choice', choices: [] },
			partly: { kind: 'choice', choices: [] },
			modern: { kind: 'choice', choices: ['a', 'b'] },
			many: { kind: 'json', many: true, wrap: true, choices: ['a', 'b'] },
			custom: { kind: 'other' },
		});
	});

	it.each([
		undefined,
		null,
		7,
		[],
		{ KSampler: null },
		{ KSampler: { input: [] } },
		{ KSampler: { input: { required: { a: 1, b: [] } } } },
		{
			KSampler: { input: { required: { a: ['toString'], b: ['__proto__'], c: ['valueOf', {}] } } },
		},
	])('may be anything: %j', (raw) => {
		const read = readClass(raw, 'KSampler');
		expect(Object.values(specs(read)).every(({ kind }) => kind === 'other')).toBe(true);
	});

	it('that loads a file takes an address, though its class only lists the files it has', () => {
		const raw = { input: { required: { video: [['a.mp4']], format: [['None', 'Wan']] } } };
		const read = readClass({ VHS_LoadVideo: raw, Other: raw }, 'VHS_LoadVideo');
		expect(specs(read)).toEqual({
			video: { kind: 'media', choices: ['a.mp4'] },
			format: { kind: 'choice', choices: ['None', 'Wan'] },
		});
		expect(specs(readClass({ Other: raw }, 'Other'))['video']?.kind).toBe('choice');
	});

	it('knows no class that every object inherits', () => {
		expect(readClass({}, 'constructor')).toBeUndefined();
		expect(readClass({}, '__proto__')).toBeUndefined();
		const node = { class_type: 'constructor', inputs: { a: 'x' } };
		expect(specOf(node, 'a', {})).toEqual({ kind: 'string' });
		expect(specOf(node, 'toString', { constructor: readNodeClass({}, 'constructor') })).toEqual({
			kind: 'other',
		});
	});
});
