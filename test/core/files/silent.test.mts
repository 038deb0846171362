import { describe, expect, it } from '@jest/globals';
import { warnOfMissingOutputs } from '../../../core/index';

const expected = [
	{ id: '9', title: 'Save Image' },
	{ id: '38:2', title: 'Save <b>Video</b>' },
];
const named = (outputs: unknown) =>
	warnOfMissingOutputs(outputs, expected).map((warning) =>
		warning.slice(0, warning.indexOf(' gave')),
	);

describe('an output node that gave nothing', () => {
	it.each<[unknown, string[]]>([
		[{ '9': { images: [{}] }, '38:2': { gifs: [{}] } }, []],
		[{ '9': { images: [{}] } }, ['Node 38:2 · Save <b>Video</b>']],
		[{ '9': { images: [] }, '38:2': { animated: [true] } }, ['Node 9 · Save Image']],
		[{ '9': {}, '38:2': null }, ['Node 9 · Save Image', 'Node 38:2 · Save <b>Video</b>']],
		[{ '9': { text: 'a word' }, '38:2': { text: ['a word'] } }, []],
		[{ '9': '', '38:2': 'a word' }, ['Node 9 · Save Image']],
		[{ '9': undefined, '38:2': 7 }, ['Node 9 · Save Image']],
		[undefined, []],
		['odd', []],
	])('of %j: %j', (outputs, silent) => {
		expect(named(outputs)).toEqual(silent);
	});

	it('is named with what may be the cause, and not without end', () => {
		const many = Array.from({ length: 15 }, (_, index) => ({ id: `${index}`, title: 'Save' }));
		const warnings = warnOfMissingOutputs({}, many);
		expect(warnings).toHaveLength(11);
		expect(warnings[0]).toMatch(/^Node 0 · Save gave nothing .*inputs do not fit/);
		expect(warnings[10]).toMatch(/^5 more/);
		expect(warnOfMissingOutputs({}, many.slice(0, 10))).toHaveLength(10);
		expect(warnOfMissingOutputs({})).toEqual([]);
	});
});
