// JSON written by users.
import { describe, expect, it } from '@jest/globals';
import { parseUserJson } from '../../../core/index';
import { thrownBy } from '../support/virtualHost.mts';

const messageOf = (text: string, advice?: string) =>
	thrownBy(() => parseUserJson(text, { name: 'Overrides', advice }));

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

	it('may have a byte order mark and blanks around it', () => {
		expect(parseUserJson('\n\uFEFF {"a":1} ', { name: 'Overrides' })).toEqual({ a: 1 });
	});

	it('is shown in part only if it is long', () => {
		const { message } = messageOf(`{"a":"${'x'.repeat(5_000)}\n${'y'.repeat(5_000)}"}`);
		expect(message.length).toBeLessThan(300);
	});
});
