import { describe, expect, it } from '@jest/globals';
import type { RunComfyError } from '../../../core/index';
import { getStatus, redact, redactDeep, submit, withoutSecret } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';

const TOKEN = 'b2f1c0de-1111-4222-8333-444455556666';
const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

async function errorOf(reply: Reply | Error): Promise<RunComfyError> {
	const { client } = clientOf(reply, { token: TOKEN });
	return getStatus(client, REF, ONCE).then(
		() => unreachable('it did not fail'),
		(error: unknown) => error as RunComfyError,
	);
}

describe('the words of an error body', () => {
	it.each([
		[{ error_message: 'a', message: 'b', error: 'c', detail: 'd' }, 'a: d'],
		[{ message: 'Forbidden' }, 'Forbidden'],
		[{ error: 'c', detail: 'd' }, 'c: d'],
		[{ error: { message: 'inner', code: 7 } }, 'inner'],
		[{ detail: 'd' }, 'd'],
		[{ detail: [{ loc: ['body', 'seed'], msg: 'field required' }] }, 'seed: field required'],
		[
			{
				detail: [
					{ loc: ['body', 'a', 0], msg: 'x' },
					{ loc: ['query', 'b'], msg: 'y' },
				],
			},
			'a > 0: x; query > b: y',
		],
		[{ code: 'E_ODD' }, '{"code":"E_ODD"}'],
	])('%j says %s', async (body, said) => {
		expect((await errorOf(json(body, 400))).message).toBe(`RunComfy answered: ${said} (HTTP 400)`);
	});

	it.each([
		[{ error_message: '', message: ' ' }, '{"error_message":"","message":" "}'],
		[{}, ''],
		[[], ''],
	])('%j says nothing of use', async (body, said) => {
		const { message } = await errorOf(json(body, 500));
		expect(message).toBe(
			said ? `RunComfy answered: ${said} (HTTP 500)` : 'RunComfy answered with HTTP 500',
		);
	});

	it.each<[unknown, string]>([
		[
			[{ loc: ['body', 'overrides', '6', 'inputs', 'text'], msg: 'must be a text' }],
			'validation error: node 6, input text: must be a text',
		],
		[[{ loc: ['body', 'webhook'], msg: 'no URL' }], 'validation error: webhook: no URL'],
		['Unknown version', 'validation error: Unknown version'],
		[[{ loc: ['body', 'overrides', '9'], msg: 'validation error' }], 'node 9: validation error'],
		// Not said twice.
		['Validation error', 'validation error'],
		[[{ loc: 'body' }, 'x', null], 'validation error'],
	])('name what they are about: %j', async (detail, said) => {
		const body = { error_code: 422001, error_message: 'validation error', detail };
		const { message } = await errorOf(json(body, 422));
		expect(message).toBe(`RunComfy answered: ${said} (code 422001)`);
	});

	it('may hold integers of any size', async () => {
		const body =
			'{"detail":[{"loc":["seed"],"msg":"too large","ctx":{"le":18446744073709551615}}]}';
		const { client } = clientOf({ status: 422, body });
		const error: unknown = await submit(client, { deploymentId: 'd' }).catch((e: unknown) => e);
		expect(JSON.stringify(error)).toContain('"le":"18446744073709551615"');
	});

	it('keeps the detail for programs', async () => {
		const detail = [{ loc: ['body', 'overrides'], msg: 'field required', type: 'missing' }];
		const error = await errorOf(json({ error_code: 422001, detail }, 422));
		expect(error).toMatchObject({ code: 'invalid_overrides', details: { detail } });
	});

	it('keeps nothing of what was sent, which may be large or secret', async () => {
		const input = { extra_data: { api_key_comfy_org: 'comfyui-key' }, image: 'A'.repeat(1e6) };
		const detail = [{ loc: ['body'], msg: 'no', type: 'value_error', input }];
		const error = await errorOf(json({ error_code: 422001, detail }, 422));
		expect(error.details?.['detail']).toEqual([{ loc: ['body'], msg: 'no', type: 'value_error' }]);
	});

	it.each([
		['unknown node 99 in overrides', 'invalid_overrides'],
		['Unknown node "99"', 'invalid_overrides'],
		['name is required', 'invalid_request'],
	])('a validation error about "%s" is %s', async (said, code) => {
		expect((await errorOf(json({ error_code: 422001, error_message: said }, 422))).code).toBe(code);
	});

	it('of an HTML page are its title', async () => {
		const page = `<!DOCTYPE html><html><head><title>502 Bad\n Gateway</title></head>${'x'.repeat(9_000)}`;
		const error = await errorOf({ status: 502, body: page });
		expect(error.message).toBe('RunComfy answered: 502 Bad Gateway (HTTP 502)');
	});

	it('are shortened, on one line', async () => {
		const { message } = await errorOf({ status: 500, body: `oh\n\n${'no '.repeat(500)}` });
		expect(message).toMatch(/^RunComfy answered: oh no no/);
		expect(message.length).toBeLessThan(340);
	});

	it('of something that is not JSON within a 2xx are its beginning', async () => {
		const error = await errorOf({ body: `<html>${'y'.repeat(500)}` });
		expect(error).toMatchObject({ code: 'bad_response', httpStatus: 200 });
		expect(error.message).toContain('starts with: <html>yyy');
		expect(error.message.length).toBeLessThan(200);
	});
});

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

	it('repeated in a good answer does not show either', async () => {
		const { client } = clientOf(json({ status: 'in_queue', note: TOKEN }), { token: TOKEN });
		expect(JSON.stringify(await getStatus(client, REF))).not.toContain(TOKEN);
	});

	it.each<[string, Reply]>([
		['the message', json({ message: `invalid token: ${TOKEN}` }, 401)],
		['the detail', json({ detail: [{ loc: ['body'], msg: `invalid token: ${TOKEN}` }] }, 422)],
		['what is no JSON', { body: `invalid token: ${TOKEN}` }],
	])('is guessed in %s, where the host does not say it', async (_where, reply) => {
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

	it('is taken out of plain data, in depth, and what is absent is left out', () => {
		const data = { a: ['Bearer abc"', { sesame1: 'sesame1', none: undefined }], b: 7, c: null };
		expect(redactDeep(data, 'sesame1')).toStrictEqual({
			a: ['Bearer [token]"', { '[token]': '[token]' }],
			b: 7,
			c: null,
		});
	});

	it('and nothing else is taken out by a host', () => {
		expect(withoutSecret('Bearer of news: sesame1', 'sesame1')).toBe('Bearer of news: [token]');
		expect(withoutSecret('a cat', 'a')).toBe('a cat');
		expect(withoutSecret('a cat', undefined)).toBe('a cat');
	});

	it('is taken out wherever it stands, unless it is too short to be one', () => {
		expect(redact('xx-sesame-yy sesame', 'sesame')).toBe('xx-[token]-yy [token]');
		expect(redact('a cat', 'a')).toBe('a cat');
	});
});
