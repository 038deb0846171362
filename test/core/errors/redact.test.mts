import { describe, expect, it } from '@jest/globals';
import { redact, redactDeep, withoutSecret } from '../../../core/errors';

/** What `redact` does to tokens behind words, as one expression: right, but not linear. */
const REFERENCE =
	/\b((?:token|api[ _-]?key|authorization|secret)["']?\s*(?:[:=]\s*)?["']?)(?=[^\s"']*\d)[\w.~+/-]{16,}=*/gi;

const PIECES = [
	...['token', 'Token ', 'secret: ', 'api_key="', 'authorization=', 'tokens', 'token-', ' ', '"'],
	...['abcdefghijklmnop', 'abc-1', '0123456789abcdef', '==', '=', ';5', '%', '\n', '/', 'x', ':'],
];

/** Numbers that look random and are the same in every run. */
function* numbers(): Generator<number, never> {
	for (let state = 7; ; state = (state * 48_271) % 2_147_483_647) yield state;
}

describe('a text without what looks like a token', () => {
	it('is what one expression would make of it', () => {
		const next = numbers();
		const pick = (of: number) => next.next().value % of;
		let changed = 0;
		for (let round = 0; round < 20_000; round += 1) {
			const pieces = Array.from({ length: 1 + pick(9) }, () => PIECES[pick(PIECES.length)]);
			const text = pieces.join('');
			const expected = text.replace(REFERENCE, '$1[token]');
			if (expected !== text) changed += 1;
			expect([text, redact(text)]).toEqual([text, expected]);
		}
		expect(changed).toBeGreaterThan(1_000);
	});

	it('may have its one digit at the beginning of the token, or at its end', () => {
		expect(redact('token: 1abcdefghijklmno')).toBe('token: [token]');
		expect(redact('token: abcdefghijklmno1')).toBe('token: [token]');
		expect(redact('token1 abcdefghijklmnop')).toBe('token1 abcdefghijklmnop');
	});

	// Read anew behind each word, any of these takes minutes.
	it.each([
		['blanks', `my secret${' '.repeat(1_000_000)}`, ''],
		['words', 'token-'.repeat(200_000), ''],
		['words and a digit', `${'token-'.repeat(200_000)}1`, 'token[token]'],
		['words in quotes', `token"`.repeat(200_000), ''],
	])('is found in a million %s', (_name, text, expected) => {
		expect(redact(text) === (expected || text)).toBe(true);
	});
});

describe('a text without the secrets of an account', () => {
	it.each([
		['abcd', 'x[token]y [token]'],
		['abc', 'xabcdy abcd'],
		[undefined, 'xabcdy abcd'],
		[[undefined, 'abcd', ''], 'x[token]y [token]'],
		[['xabcd', undefined, 'y abc'], '[token][token]d'],
		[[], 'xabcdy abcd'],
	])('of %j is %s', (secrets, left) => {
		expect(withoutSecret('xabcdy abcd', secrets)).toBe(left);
		expect(redact('xabcdy abcd', secrets)).toBe(left);
		expect(redactDeep({ xabcd: ['y abcd'] }, ['abcd'])).toEqual({ 'x[token]': ['y [token]'] });
	});
});
