import { describe, expect, it } from '@jest/globals';
import { type JsonSource, parseUserJson } from '../../../core/index';
import { findJsonFault, type JsonProblem } from '../../../core/parsers';
import { thrownBy } from '../support/thrown.mts';

const messageOf = (text: string, advice?: string, more: Partial<JsonSource> = {}) =>
	thrownBy(() => parseUserJson(text, { name: 'Overrides', advice, ...more }));

describe('JSON that a user wrote', () => {
	it('keeps a large seed exact', () => {
		expect(parseUserJson('{"seed":18446744073709551615}', { name: 'Overrides' })).toEqual({
			seed: 18446744073709551615n,
		});
	});

	it('shows the spot with its surroundings, and what to write instead', () => {
		const text =
			'{\n"6": {"inputs": {"text": "He said "Hello" to her, and that was all of it for the day"}}}';
		const { code, message, hint } = messageOf(text, 'Use {{ JSON.stringify($json.prompt) }}.');
		expect(code).toBe('invalid_input');
		expect(message).toBe(
			'Overrides is not valid JSON: the text before this spot has ended already (line 2, column 36), at ▶ in ' +
				'{↵"6": {"inputs": {"text": "He said "▶Hello" to her, and that was all of it fo…',
		);
		expect(hint).toBe(
			'A quotation mark within a text is written \\". Use {{ JSON.stringify($json.prompt) }}.',
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
		const { message, details } = messageOf('\n\uFEFF {"a":b} ');
		expect(message).toContain('(line 2, column 8), at ▶ in ↵\uFEFF {"a":▶b} ');
		expect(details).toEqual({ at: 8, problem: 'bare_text' });
	});

	it('is not shown if it may hold keys', () => {
		const { message } = messageOf('{"key":secret}', undefined, { confidential: true });
		expect(message).toBe(
			'Overrides is not valid JSON: a text has no quotation marks around it (line 1, column 8)',
		);
	});

	it('has its hint alone if the host has no advice', () => {
		expect(messageOf("{'a':1}").hint).toBe('Use ".');
	});
});

describe('the first fault of a JSON text', () => {
	it.each<[string, string, JsonProblem]>([
		[
			'a quotation mark in a text',
			'{"6":{"inputs":{"text":"a sign "▶says hi" there"}}}',
			'quote_in_text',
		],
		['a text that begins with one', '{"text":""▶hi" she said"}', 'quote_in_text'],
		['a line break', '{"text":"one▶\ntwo"}', 'control_in_text'],
		['no quotation marks', '{"text":▶a cat}', 'bare_text'],
		['undefined', '{"text": ▶undefined}', 'bare_text'],
		['nothing from an expression', '{"steps": ▶}', 'no_value'],
		['nothing, and more after it', '{"steps": ▶, "cfg": 1}', 'no_value'],
		['a comma too many', '{"a":1,▶}', 'trailing_comma'],
		['a comma too many in a list', '[1,▶]', 'trailing_comma'],
		['a comma too few', '{"a":1 ▶"b":2}', 'no_comma'],
		['no colon', '{"a" ▶1}', 'no_colon'],
		['no name', '{▶1:2}', 'no_key'],
		['single quotation marks', "{▶'a':1}", 'single_quotes'],
		['a backslash', '{"a":"C:▶\\pics"}', 'bad_escape'],
		['a backslash before a capital', '{"a":"C:▶\\New"}', 'bad_escape'],
		['an open bracket', '{"a":[1,2▶', 'ends_early'],
		['an open text', '{"a":"b▶', 'ends_early'],
		['more than one value', '{} ▶{}', 'extra'],
		['a number that is none', '[▶01]', 'bare_text'],
		['half a number', '[▶1.]', 'bare_text'],
		['an id', '{"a":▶7f2ebf4d}', 'bare_text'],
		['a word of Python', '{"a":▶True}', 'bare_text'],
		['a minus before a word', '[▶-x]', 'bare_text'],
		['a minus alone', '[▶- 1]', 'no_value'],
		['an expression that is left', '{"a":{▶{ $json.x }}}', 'no_key'],
		['a comma first', '[▶,1]', 'no_value'],
		['a comma first, before a name', '{▶,"a":1}', 'no_key'],
		['two commas', '{"a":1,▶,"b":2}', 'no_key'],
		['the wrong bracket', '[1▶}', 'no_comma'],
		['the wrong bracket at once', '{▶]', 'no_key'],
		['the wrong bracket for a value', '[▶}', 'no_value'],
		['a bracket for a value', '{"a":▶]', 'no_value'],
		['a colon for a comma', '{"a":1▶:2}', 'no_comma'],
		['a colon for a value', '{"a":▶:2}', 'no_value'],
		['a text after a name', '{"a"▶"b"}', 'no_colon'],
		['two texts', '["a" ▶"b"]', 'quote_in_text'],
		['a text after its end', '"a"▶b', 'quote_in_text'],
		['a bracket after the end', '{}▶}', 'extra'],
		['a comma after the end', '{}▶,', 'extra'],
		['a list in single quotation marks', "[▶'a']", 'single_quotes'],
		['a name without any, at the end', '{"a":1,▶b:2}', 'no_key'],
		['what no text begins with', '[▶&]', 'no_value'],
		['a tab in a text', '["a▶\t"]', 'control_in_text'],
		['a short escape', '["▶\\u12"]', 'bad_escape'],
		['a backslash at the end', '["a\\▶', 'ends_early'],
		['nothing at all', ' \n▶', 'ends_early'],
		['a name alone', '{"a"▶', 'ends_early'],
		['a colon at the end', '{"a":▶', 'ends_early'],
	])('%s: the spot', (_what, marked, problem) => {
		expect(findJsonFault(marked.replace('▶', ''))).toEqual({ at: marked.indexOf('▶'), problem });
	});

	it.each([
		...['7', '-0', '1.5', '2e10', '-2.50E+3', '1e-7', 'true', 'false', 'null', '""', '"a"'],
		...['{}', '[]', '[[],{}]', '{"a":[]}', '[1,"a",true]', '{"a":1,"b":"c","d":null}'],
		' \t\r\n{ "a" :\r\n[ 1 , 2 ] }\n',
		'"\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uABCD"',
	])('is none in %j', (text) => {
		expect(findJsonFault(text)).toBeUndefined();
	});

	it('is found however deep it is', () => {
		expect(findJsonFault('['.repeat(200_000))).toEqual({ at: 200_000, problem: 'ends_early' });
		expect(findJsonFault(`["${'\\\\'.repeat(200_000)}`)?.problem).toBe('ends_early');
	});
});

const isJson = (text: string) => {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
};

describe('an escape in a JSON text', () => {
	it('is right if JSON.parse takes it, and only then', () => {
		for (let code = 0; code < 256; code += 1) {
			const char = String.fromCharCode(code);
			for (const text of [`"\\${char}"`, `"\\${char}00e9"`, `"\\u00${char}9"`]) {
				expect([text, findJsonFault(text) === undefined]).toEqual([text, isJson(text)]);
			}
		}
	});
});
