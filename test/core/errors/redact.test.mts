import { describe, expect, it } from '@jest/globals';
import {
	getStatus,
	redact,
	redactDeep,
	type RunComfyError,
	submit,
	withoutSecret,
} from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';

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

	// Read again behind each word, any of these would take minutes.
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

const TOKEN = 'b2f1c0de-1111-4222-8333-444455556666';
const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

async function errorOf(reply: Reply | Error): Promise<RunComfyError> {
	const { client } = clientOf(reply, { token: TOKEN });
	return getStatus(client, REF, ONCE).then(
		() => unreachable('it did not fail'),
		(error: unknown) => error as RunComfyError,
	);
}

describe('the token', () => {
	const echoes: Array<[string, Reply | Error]> = [
		['in the message', json({ message: `Token ${TOKEN} is not valid` }, 401)],
		['as a bearer', json({ error_message: `got "Bearer ${TOKEN}"` }, 403)],
		['in the detail', json({ detail: [{ loc: [TOKEN], msg: TOKEN, input: { t: TOKEN } }] }, 422)],
		['on an error page', { status: 500, body: `<html><title>${TOKEN}</title>` }],
		['in a text within a 2xx', { body: `who is ${TOKEN}?` }],
		['in an error within a 2xx', json({ error_code: 401001, error_message: TOKEN })],
		['in a network error', new Error(`Invalid header: Bearer ${TOKEN}`)],
		['in a network error with a code', failure('EBAD', { message: TOKEN })],
		['in a network error without one', new Error(`The header holds ${TOKEN}`)],
	];
	it.each(echoes)('repeated %s never shows', async (_where, reply) => {
		const error = await errorOf(reply);
		const shown = [error.message, error.hint, error.stack, JSON.stringify(error)].join();
		expect(shown).not.toContain(TOKEN);
		expect(shown).not.toContain(TOKEN.slice(0, 12));
	});

	it('repeated in a good answer does not show, either', async () => {
		const { client } = clientOf(json({ status: 'in_queue', note: TOKEN }), { token: TOKEN });
		expect(JSON.stringify(await getStatus(client, REF))).not.toContain(TOKEN);
	});

	it.each<[string, Reply]>([
		['the message', json({ message: `invalid token: ${TOKEN}` }, 401)],
		['the detail', json({ detail: [{ loc: ['body'], msg: `invalid token: ${TOKEN}` }] }, 422)],
		['what is not JSON', { body: `invalid token: ${TOKEN}` }],
	])('is guessed in %s if the host does not know it', async (_where, reply) => {
		const { client } = clientOf(reply);
		const error: unknown = await submit(client, { deploymentId: 'd' }).catch((e: unknown) => e);
		const shown = String(error) + JSON.stringify(error);
		expect(shown).toContain('[token]');
		expect(shown).not.toContain(TOKEN);
	});

	it.each([
		['Bearer abc.def-1 and', 'Bearer [token] and'],
		['authorization: Basic', 'authorization: Basic'],
		['"api_key":"k3y-0123456789abcdef"', '"api_key":"[token]"'],
		['token limit of 4096 exceeded', 'token limit of 4096 exceeded'],
		['the token authentication-required-now', 'the token authentication-required-now'],
	])('%s becomes %s', (text, redacted) => {
		expect(redact(text)).toBe(redacted);
	});

	it('is taken out of plain data at any depth, and undefined fields are left out', () => {
		const data = { a: ['Bearer abc"', { sesame1: 'sesame1', none: undefined }], b: 7, c: null };
		expect(redactDeep(data, 'sesame1')).toStrictEqual({
			a: ['Bearer [token]"', { '[token]': '[token]' }],
			b: 7,
			c: null,
		});
	});

	it('is taken out wherever it stands, unless it is too short to be one', () => {
		expect(redact('xx-sesame-yy sesame', 'sesame')).toBe('xx-[token]-yy [token]');
		expect(redact('a cat', 'a')).toBe('a cat');
	});
});
