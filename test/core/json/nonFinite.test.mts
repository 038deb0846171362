import { describe, expect, it } from '@jest/globals';
import { withoutNonFinite } from '../../../core/json/numbers';

describe('JSON of Python', () => {
	it.each([
		['NaN', 'null'],
		['-Infinity', 'null'],
		['[NaN,Infinity, -Infinity,-1]', '[null,null, null,-1]'],
		['{"a":NaN,"NaN":Infinity}', '{"a":null,"NaN":null}'],
		['{"a":"NaN \\" Infinity","b":NaN}', '{"a":"NaN \\" Infinity","b":null}'],
		['{"a":"\\\\","b":NaN}', '{"a":"\\\\","b":null}'],
		['{"a":null,"b":-7}', '{"a":null,"b":-7}'],
		['"NaN', '"NaN'],
		['', ''],
	])('%s is read as %s', (text, json) => {
		expect(withoutNonFinite(text)).toBe(json);
	});
});
