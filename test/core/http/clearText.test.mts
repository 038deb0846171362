// A token, and a webhook's secret, that must be read by nobody else.
import { describe, expect, it } from '@jest/globals';
import { createClient, submit } from '../../../core/index';
import { clientOf, createVirtualHost, json } from '../support/virtualHost.mts';

const host = createVirtualHost(() => ({}));

describe('the base URL', () => {
	it.each(['http://api.runcomfy.net', 'http://203.0.113.7:8080', ' HTTP://proxy.example/a '])(
		'%s is refused: it would send the token in clear',
		(baseUrl) => {
			expect(() => createClient({ host, baseUrl })).toThrow(
				expect.objectContaining({
					code: 'invalid_input',
					message: expect.stringContaining('for everybody to read'),
					hint: expect.stringContaining('https://'),
				}),
			);
		},
	);

	it.each(['http://127.0.0.1:4010', 'http://simulator:4010', 'http://10.1.2.3', 'http://pc.local'])(
		'%s stays within a network of its own',
		(baseUrl) => expect(createClient({ host, baseUrl })).toMatchObject({ baseUrl }),
	);

	it('may be one of http where the user says that the network is private', () => {
		const baseUrl = 'http://proxy.corp.example';
		expect(createClient({ host, baseUrl, allowPrivate: true })).toMatchObject({ baseUrl });
	});
});

describe('the secret of a webhook URL', () => {
	const SECRET = 's3cr3t-of-mine';
	const errorOf = (webhook: string, body: unknown = {}) =>
		submit(clientOf(json(body, 422)).client, { deploymentId: 'dep-1', webhook }).then(
			() => 'no error',
			(error: unknown) => JSON.stringify([error, String(error)]),
		);

	it.each([
		`http://hook.example/?secret=${SECRET}`,
		`http://user:${SECRET}@hook.example/`,
		`hook?token=${SECRET}`,
	])('is not in the error for %s', async (webhook) => {
		const shown = await errorOf(webhook);
		expect(shown).toContain('The webhook URL');
		expect(shown).not.toContain(SECRET);
	});

	it('is taken out of a refusal that repeats the URL', async () => {
		const webhook = `https://hook.example/in?flow=1&secret=${SECRET}`;
		const detail = [{ loc: ['query', 'webhook'], msg: `cannot be ${webhook}`, ctx: { webhook } }];
		const shown = await errorOf(webhook, { error_code: 422001, detail });
		expect(shown).toContain('https://hook.example/in?flow=1');
		expect(shown).not.toContain(SECRET);
	});
});
