import { describe, expect, it } from '@jest/globals';
import { findJsonFault, type JsonProblem } from '../../../core/json/findFault';
import { parseUserJson } from '../../../core/json/userJson';

const messageOf = (text: string, advice?: string) => {
	try {
		parseUserJson(text, { name: 'Overrides', advice });
	} catch (error) {
		return error as { code: string; message: string; hint: string };
	}
	throw new Error('It was taken');
};

describe('JSON that a user wrote', () => {
	it('comes as it is, a large seed exact', () => {
		expect(parseUserJson('{"seed":18446744073709551615}', { name: 'Overrides' })).toEqual({
			seed: 18446744073709551615n,
		});
	});

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
		['an open bracket', '{"a":[1,2▶', 'ends_early'],
		['an open text', '{"a":"b▶', 'ends_early'],
		['more than one value', '{} ▶{}', 'extra'],
		['a number that is none', '[▶01]', 'bare_text'],
		['half a number', '[▶1.]', 'bare_text'],
	])('%s: the spot', (_what, marked, problem) => {
		expect(findJsonFault(marked.replace('▶', ''))).toEqual({ at: marked.indexOf('▶'), problem });
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

	it('finds a fault where JSON.parse does, and none where it does not', () => {
		const sample = '{"a":[1,-2.5e+3,true,null,"x\\n\\u00e9\\\\"],"b":{"c":"","d":[]},"e":{}}';
		const letters = '{}[]",:\\n0.-eatu\'\n \t';
		let seed = 42;
		const next = (below: number) => {
			seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
			return seed % below;
		};
		for (let round = 0; round < 20_000; round += 1) {
			const at = next(sample.length + 1);
			const cut = next(3);
			const put = next(3) === 0 ? '' : (letters[next(letters.length)] as string);
			const text = sample.slice(0, at) + put + sample.slice(at + cut);
			let valid = true;
			try {
				JSON.parse(text);
			} catch {
				valid = false;
			}
			if ((findJsonFault(text) === undefined) !== valid) throw new Error(`${valid}: ${text}`);
		}
	});

	it('is looked through in linear time, however deep', () => {
		expect(findJsonFault('['.repeat(200_000))).toEqual({ at: 200_000, problem: 'ends_early' });
		expect(findJsonFault(`["${'\\\\'.repeat(200_000)}`)?.problem).toBe('ends_early');
	});
});
