import { describe, expect, it } from '@jest/globals';
import { createClient } from '../../../core/index';
import { createVirtualHost } from '../support/virtualHost.mts';

describe('a client', () => {
	const host = createVirtualHost(() => ({}));

	it('is of the real service where nothing is said', () => {
		expect(createClient({ host, baseUrl: ' ', apiVersion: '' })).toMatchObject({
			baseUrl: 'https://api.runcomfy.net',
			apiVersion: 'v1',
		});
	});

	it.each([
		['https://proxy.example/products', 'https://proxy.example/products'],
		['https://proxy.example/prod/v2x/', 'https://proxy.example/prod/v2x'],
	])('may be behind %s', (baseUrl, address) => {
		expect(createClient({ host, baseUrl, apiVersion: ' v2\n' })).toMatchObject({
			baseUrl: address,
			apiVersion: 'v2',
		});
	});

	it.each([
		'api.runcomfy.net',
		'ftp://x',
		'xhttp://x',
		'http://',
		'not a url',
		'https://me:secret-1@host',
		'https://:secret-1@host',
		'https://host?token=secret-1',
		'https://host#secret-1',
		'Bearer secret-1',
		'https://api.runcomfy.net/prod',
		'https://api.runcomfy.net/prod/v2/',
		'https://api.runcomfy.net/prod/v12',
	])('refuses the base URL %s, and does not repeat a password', (baseUrl) => {
		const create = () => createClient({ host, baseUrl });
		expect(create).toThrow(
			expect.objectContaining({
				code: 'invalid_input',
				hint: expect.stringContaining('https://api.runcomfy.net'),
			}),
		);
		expect(create).not.toThrow('secret-1');
	});

	it.each(['v3', '1', 'V1'])('refuses the version %s', (apiVersion) => {
		expect(() => createClient({ host, apiVersion })).toThrow(
			expect.objectContaining({ code: 'invalid_input', hint: 'Choose v1 or v2.' }),
		);
	});
});
