import { describe, expect, it } from '@jest/globals';
import { parseExtraData } from '../../../core/submission/draft';

const source = { name: 'Extra Data' };

describe('extra data', () => {
	it.each([[undefined], [null], [''], [' \n'], ['{}'], [{}], ['null']])('%j is none', (given) => {
		expect(parseExtraData(given, source)).toBeUndefined();
	});

	it('is an object, or JSON text of one', () => {
		expect(parseExtraData({ a: 1 }, source)).toEqual({ a: 1 });
		expect(parseExtraData('{"a": 18446744073709551615}', source)).toEqual({
			a: 18446744073709551615n,
		});
	});

	it.each<[unknown, RegExp]>([
		['[1]', /^Extra Data must be a JSON object, not a list$/],
		[['x'], /not a list$/],
		['"x"', /not a string$/],
		[5, /not a number$/],
		['{', /^Extra Data is not valid JSON: it ends before/],
	])('%j is refused', (given, message) => {
		expect(() => parseExtraData(given, source)).toThrow(message);
	});

	it.each([[5], ['[1]']])('%j is refused with an example of what to write', (given) => {
		expect(() => parseExtraData(given, source)).toThrow(
			expect.objectContaining({
				code: 'invalid_input',
				hint: expect.stringContaining('{"api_key_comfy_org": "…"}'),
			}),
		);
	});

	it('that is not JSON shows no key in the error', () => {
		let message = '';
		try {
			parseExtraData('{"api_key_comfy_org": "comfyui-1f2e3d4c"', source);
		} catch (error) {
			message = JSON.stringify(error) + String(error);
		}
		expect(message).toContain('line 1, column 41');
		expect(message).not.toContain('comfyui-');
	});
});
