// JSON at any depth, and JSON written by users. request/answers.test.mts covers the fields of answers.
import { describe, expect, it } from '@jest/globals';
import { parseUserJson } from '../../../core/index';
import { cutDeep } from '../../../core/json/objects';
import { type JsonSource } from '../../../core/json/userJson';
import { thrownBy } from '../support/virtualHost.mts';

/** Nests this many lists or objects, with a text in the innermost one. */
const nested = (levels: number, open = '[', close = ']') =>
	`${open.repeat(levels)}"in"${close.repeat(levels)}`;

const read = (text: string) => cutDeep(JSON.parse(text) as unknown);

describe('an answer that is nested', () => {
	it.each([
		[500, '[', ']'],
		[500, '{"a":', '}'],
	])('%i levels deep, by %s, is whole', (levels, open, close) => {
		const text = nested(levels, open, close);
		expect(read(text)).toEqual(JSON.parse(text));
	});

	it.each([
		['[', ']', 501],
		['{"a":', '}', 100_000],
	])('by %s, deeper than 500 levels (%3$i), ends there', (open, close, levels) => {
		const cut = JSON.parse(nested(500, open, close).replace('"in"', 'null')) as unknown;
		expect(JSON.stringify(read(nested(levels, open, close)))).toBe(JSON.stringify(cut));
	});

	it('loses only the parts that are too deep', () => {
		const holder = `${nested(499).replace('"in"', '{"a":1,"b":[2],"c":"d","e":null,"f":{}}')}`;
		const kept = `${nested(499).replace('"in"', '{"a":1,"b":null,"c":"d","e":null,"f":null}')}`;
		expect(JSON.stringify(read(holder))).toBe(kept);
		expect(JSON.stringify(read(`[null,${holder.slice(1)}`))).toBe(`[null,${kept.slice(1)}`);
	});
});

const messageOf = (text: string, advice?: string, more: Partial<JsonSource> = {}) =>
	thrownBy(() => parseUserJson(text, { name: 'Overrides', advice, ...more }));

describe('JSON that a user wrote', () => {
	it('is refused with the reason of the engine, and what to write instead', () => {
		const text = '{"6": {"inputs": {"text": "He said "Hello" to her"}}}';
		const advice = 'Use {{ JSON.stringify($json.prompt) }}.';
		expect(messageOf(text, advice)).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/^Overrides is not valid JSON: Expected ',' or '}' after /),
			hint: `Check quotation marks, commas and brackets. ${advice}`,
		});
	});

	it('is not shown if it may hold keys', () => {
		const { message } = messageOf('{"key":secret}', undefined, { confidential: true });
		expect(message).toBe('Overrides is not valid JSON');
	});

	it('may have a byte order mark and blanks around it', () => {
		expect(parseUserJson('\n\uFEFF {"a":1} ', { name: 'Overrides' })).toEqual({ a: 1 });
	});

	it('is shown in part only if it is long', () => {
		const { message } = messageOf(`{"a":"${'x'.repeat(5_000)}\n${'y'.repeat(5_000)}"}`);
		expect(message.length).toBeLessThan(300);
	});
});
