// Cutting and joining texts, and putting them on one line.
import { describe, expect, it } from '@jest/globals';
import { listFew, oneLine } from '../../core/text';

describe('a text on one line', () => {
	it.each([
		['a cat', 'a cat'],
		[' a\n\n\tcat ', 'a cat'],
		['0123456789', '0123456789'],
		['0123456789a', '012345678…'],
		[`a cat${' '.repeat(35)}`, 'a cat'],
		[`a cat${' '.repeat(36)}`, 'a cat…'],
		// Only the beginning of a text is scanned.
		[`${' '.repeat(50)}a cat`, '…'],
	])('of ten characters at most: %j is %j', (text, line) => {
		expect(oneLine(text, 10)).toBe(line);
	});
});

describe('the first few of many texts', () => {
	it.each([
		[['a'], 'a'],
		[Array(5).fill('a'), 'a; a; a; a; a'],
		[Array(7).fill('a'), 'a; a; a; a; a; and 2 more'],
		[['a'.repeat(120)], 'a'.repeat(120)],
		[['a'.repeat(121)], `${'a'.repeat(119)}…`],
	])('%j', (texts, list) => {
		expect(listFew(texts as string[])).toBe(list);
	});
});
