// By many texts, which take seconds: apart from those that each mutant is tried by.
import { describe, expect, it } from '@jest/globals';
import { findJsonFault } from '../../../core/json/findFault';

const isJson = (text: string) => {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
};

describe('a fault of a JSON text', () => {
	it('knows every escape of JSON, and no other', () => {
		for (let code = 0; code < 256; code += 1) {
			const char = String.fromCharCode(code);
			for (const text of [`"\\${char}"`, `"\\${char}00e9"`, `"\\u00${char}9"`]) {
				expect([text, findJsonFault(text) === undefined]).toEqual([text, isJson(text)]);
			}
		}
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
			const valid = isJson(text);
			if ((findJsonFault(text) === undefined) !== valid) throw new Error(`${valid}: ${text}`);
		}
	});
});
