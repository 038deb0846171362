import { describe, expect, it } from '@jest/globals';
import { parseUserJson } from '../../../core/index';
import { type JsonSource } from '../../../core/parsers';
import { thrownBy } from '../support/thrown.mts';

const messageOf = (text: string, advice?: string, more: Partial<JsonSource> = {}) =>
	thrownBy(() => parseUserJson(text, { name: 'Overrides', advice, ...more }));

describe('JSON that a user wrote', () => {
	it('shows the spot with its surroundings, and what to write instead', () => {
		const text =
			'{\n"6": {"inputs": {"text": "He said "Hello" to her, and that was all of it for the day"}}}';
		const { code, message, hint } = messageOf(text, 'Use {{ JSON.stringify($json.prompt) }}.');
		expect(code).toBe('invalid_input');
		expect(message).toBe(
			"Overrides is not valid JSON: Expected ',' or '}' after property value in JSON (line 2, column 36), at ▶ in " +
				'{↵"6": {"inputs": {"text": "He said "▶Hello" to her, and that was all of it fo…',
		);
		expect(hint).toBe(
			'Check quotation marks, commas and brackets. Use {{ JSON.stringify($json.prompt) }}.',
		);
	});

	it('shows little of a long text, on one line', () => {
		const { message } = messageOf(`{"a":"${'x'.repeat(5_000)}\n${'y'.repeat(5_000)}"}`);
		expect(message.length).toBeLessThan(300);
		expect(message).toMatch(/…x+▶↵y+…$/);
	});

	it('shows what is short as a whole, without line breaks and other control characters', () => {
		expect(messageOf('{"a":\r\n\rx\n\t1}').message).toMatch(/, at ▶ in \{"a":↵↵▶x↵ 1\}$/);
		const [before, after] = ['1'.repeat(37), '2'.repeat(38)];
		const { message } = messageOf(`["${before}"x${after}]`);
		expect(message.split(' at ▶ in ')[1]).toBe(`["${before}"▶x${after}]`);
	});

	it('counts the spot in what the user wrote, with the blanks before it', () => {
		const { message } = messageOf('\n\uFEFF {"a":b} ');
		expect(message).toContain('(line 2, column 8), at ▶ in ↵\uFEFF {"a":▶b} ');
	});

	it('is not shown if it may hold keys', () => {
		const { message } = messageOf('{"key":secret}', undefined, { confidential: true });
		expect(message).toBe("Overrides is not valid JSON: Unexpected token 's' (line 1, column 8)");
	});

	it.each<[string, string]>([
		['a quotation mark in a text', '{"6":{"inputs":{"text":"a sign "▶says hi" there"}}}'],
		['a line break', '{"text":"one▶\ntwo"}'],
		['no quotation marks', '{"text":▶a cat}'],
		['nothing from an expression', '{"steps": ▶, "cfg": 1}'],
		['a comma too many', '[1,▶]'],
		['no colon', '{"a" ▶1}'],
		['single quotation marks', "{▶'a':1}"],
		['a backslash', '{"a":"C:\\▶pics"}'],
		['an open text', '{"a":"b▶'],
		['more than one value', '{} ▶{}'],
		['a word of Python', '{"a":▶True}'],
		['an expression that is left', '{"a":{▶{ $json.x }}}'],
		['the wrong bracket', '[1▶}'],
		['a message in the text', '{"a": ▶x" at position 5"}'],
		['a text of many lines', `{"a": [${'true,\n'.repeat(1_000)}fals▶ e]}`],
	])('names the spot of %s', (_what, marked) => {
		const at = marked.indexOf('▶');
		const { message } = messageOf(marked.replace('▶', ''));
		const line = marked.slice(0, at).split('\n').length;
		const column = at - marked.lastIndexOf('\n', at - 1);
		expect(message).toContain(`(line ${line}, column ${at === 0 ? 1 : column})`);
	});
});
