// Removes secrets from texts, above all the token, which a service may repeat. JSON allows many spellings of the same
// text.
import { describe, expect, it } from '@jest/globals';
import { withoutSecret } from '../../../core/errors';
import { type Client, getBalance, getResult, getStatus, redact } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';

/** Redacts tokens after certain words like `redact`, with a single expression: correct, but not linear. */
const REFERENCE =
	/((?:token|api[ _-]?key|authorization|secret)(?:_\w{0,64})?(?=[\s"':=])["']?\s*(?:[:=]\s*)?["']?)(?=[^\s"']*\d)[\w.~+/-]{16,}=*/gi;

const PIECES = [
	...['token', 'Token ', 'secret: ', 'api_key="', 'authorization=', 'tokens', 'token-', 'token_'],
	...[' ', '"', 'abcdefghijklmnop', 'abc-1', '0123456789abcdef', '==', '=', ';5', '%', '\n', '/'],
	...['x', ':'],
];

/** Pseudo-random numbers, the same in every run. */
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

	// If the text were scanned again after each word, each of these would take minutes.
	it.each([
		['blanks', `my secret${' '.repeat(1_000_000)}`, ''],
		['words', 'token-'.repeat(200_000), ''],
		['words and a digit', `${'token-'.repeat(200_000)}1`, ''],
		['words with suffixes', 'token_'.repeat(200_000), ''],
		['words with values', 'token=abcdefghijklmnop-'.repeat(50_000), ''],
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
		expect(redact({ xabcd: ['y abcd'] }, ['abcd'])).toEqual({ 'x[token]': ['y [token]'] });
	});
});

const TOKEN = 'b2f1c0de-1111-4222-8333-444455556666';
const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

const TOKENS = [TOKEN, 'rc/live+sk/0123456789==', 'a"b\\c/d-1234567'];

const hex = (char: string) => char.charCodeAt(0).toString(16).padStart(4, '0');

/** Ways to write a text within a JSON string. */
const WRITINGS: Record<string, (text: string) => string> = {
	plain: (text) => JSON.stringify(text).slice(1, -1),
	'all as \\u': (text) => [...text].map((char) => `\\u${hex(char)}`).join(''),
	'all as \\U of capitals': (text) =>
		[...text].map((char) => `\\u${hex(char).toUpperCase()}`).join(''),
	'the first as \\u': (text) => `\\u${hex(text)}${JSON.stringify(text.slice(1)).slice(1, -1)}`,
	'slashes escaped': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
};

/** Places for the token, which is passed as written within a JSON string. */
const PLACES: Record<string, (written: string) => string> = {
	'a value': (written) => `"x": "${written}"`,
	'the middle of a value': (written) => `"x": "Bearer:${written}, then"`,
	'a name': (written) => `"${written}": 1`,
	'a list within': (written) => `"x": {"y": [1, ["${written}"]]}`,
};

const CALLS: Record<string, (client: Client) => Promise<unknown>> = {
	status: (client) => getStatus(client, REF, ONCE),
	result: (client) => getResult(client, REF, ONCE),
	submit: (client) => submit(client, { deploymentId: 'd' }),
	balance: (client) => getBalance(client, ONCE),
};

/** Everything that a caller receives, as text without double escapes. */
async function shownOf(
	call: (client: Client) => Promise<unknown>,
	reply: Reply | Error,
	token: string,
) {
	const { client } = clientOf(reply, { token });
	const shown: unknown = await call(client).catch((error: unknown) => error);
	const texts: string[] = [];
	JSON.stringify(shown, (key, value: unknown) => {
		texts.push(key);
		if (typeof value === 'string') texts.push(value);
		return value;
	});
	if (shown instanceof Error) texts.push(shown.message, shown.stack ?? '');
	return texts.join('\n');
}

const ANSWERS: Record<string, (inner: string) => Reply> = {
	'a good answer': (inner) => ({
		body: `{"status":"succeeded","request_id":"r","balance_usd":1,"outputs":{"9":{"text":[{${inner}}]}},${inner}}`,
	}),
	'a failed run': (inner) => ({
		body: `{"status":"failed","request_id":"r","balance_usd":1,"error":[{"error":"E","details":${JSON.stringify(`{"node_id":"3","message":"m",${inner}}`)},${inner}}]}`,
	}),
	'an error with words': (inner) => ({
		status: 400,
		body: `{"message":"no","detail":[{${inner},"loc":["a"],"msg":"b"}],${inner}}`,
	}),
};

describe.each(TOKENS)('the token %j', (token) => {
	const cases = Object.entries(WRITINGS).flatMap(([writing, write]) =>
		Object.entries(PLACES).flatMap(([place, put]) =>
			Object.entries(ANSWERS).map(
				([answer, reply]) => [writing, place, answer, reply(put(write(token)))] as const,
			),
		),
	);

	it.each(cases)('written %s as %s of %s is shown to nobody', async (_w, _p, _a, reply) => {
		for (const call of Object.values(CALLS)) {
			expect(await shownOf(call, reply, token)).not.toContain(token);
		}
	});

	it('leaves an answer without a token unchanged', async () => {
		const { client } = clientOf({ body: '{"balance_usd":1.5,"currency":"U\\u0053D"}' }, { token });
		expect(await getBalance(client)).toEqual({ balance_usd: 1.5, currency: 'USD' });
	});
});

describe('the token', () => {
	it.each<[string, Reply | Error]>([
		['in the message', json({ message: `Token ${TOKEN} is not valid` }, 401)],
		['on an error page', { status: 500, body: `<html><title>${TOKEN}</title>` }],
		['in a text within a 2xx', { body: `who is ${TOKEN}?` }],
		['in an error within a 2xx', json({ error_code: 401001, error_message: TOKEN })],
		['in a network error', new Error(`Invalid header: Bearer ${TOKEN}`)],
		['in a network error with a code', failure('EBAD', { message: TOKEN })],
	])('repeated %s never shows', async (_where, reply) => {
		expect(await shownOf(CALLS['status']!, reply, TOKEN)).not.toContain(TOKEN.slice(0, 12));
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
		['access_token=k3y-0123456789abcdef&a=1', 'access_token=[token]&a=1'],
		['auth_token_comfy_org: k3y-0123456789abcdef', 'auth_token_comfy_org: [token]'],
		[
			'context_embedder.token_refiner.refiner_blocks.0.mlp',
			'context_embedder.token_refiner.refiner_blocks.0.mlp',
		],
		['token limit of 4096 exceeded', 'token limit of 4096 exceeded'],
		['the token authentication-required-now', 'the token authentication-required-now'],
	])('%s becomes %s', (text, redacted) => {
		expect(redact(text)).toBe(redacted);
	});

	it('is taken out of plain data at any depth, and undefined fields are left out', () => {
		const data = { a: ['Bearer abc"', { sesame1: 'sesame1', none: undefined }], b: 7, c: null };
		expect(redact(data, 'sesame1')).toStrictEqual({
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
