import { describe, expect, it } from '@jest/globals';
import { type JsonSource, parseUserJson, type RunComfyError } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';

const messageOf = (text: string, advice?: string, more: Partial<JsonSource> = {}) => {
	try {
		parseUserJson(text, { name: 'Overrides', advice, ...more });
	} catch (error) {
		return error as RunComfyError;
	}
	return unreachable('it was taken');
};

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
