import { describe, expect, it } from '@jest/globals';
import { getStatus, type RunComfyError, submit } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { REF } from '../support/fakeJob.mts';
import { clientOf, json, type Reply } from '../support/virtualHost.mts';

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
	])('%j says nothing useful', async (body, said) => {
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

	it('are in the details for programs', async () => {
		const detail = [{ loc: ['body', 'overrides'], msg: 'field required', type: 'missing' }];
		const error = await errorOf(json({ error_code: 422001, detail }, 422));
		expect(error).toMatchObject({ code: 'invalid_overrides', details: { detail } });
	});

	it('leave out what was submitted, which may be large or secret', async () => {
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
