// Names of secrets, matched by whole words, and detecting secrets in values. Both hosts use this list.
import { describe, expect, it } from '@jest/globals';
import {
	describeInputs,
	holdsSecret,
	isSecretName,
	withoutSecretsInAddresses,
} from '../../../core/index';

it.each([
	...['token', 'hf_token', 'hfToken', 'accessToken', 'auth_token_comfy_org', 'HF-TOKEN'],
	...[
		'password',
		'db_password',
		'pwd',
		'user_pwd',
		'passwd',
		'passphrase',
		'secret',
		'clientSecret',
	],
	...['api_key', 'apikey', 'apiKey', 'API_KEY', 'x-api-key', 'api_key_comfy_org', 'api_key_2'],
	...[
		'openai_key',
		'openaiKey',
		'OpenAIKey',
		'access_key',
		'private_key',
		'privateKey',
		'secret_keys',
	],
	...['auth', 'authorization', 'bearer', 'credential', 'credentials', 'cookie', 'Set-Cookie'],
	...['model.api_key', 'aws access key'],
])('%s is the name of a secret', (name) => {
	expect(isSecretName(name)).toBe(true);
});

// The first ones occur in the object_info of ComfyUI and its custom nodes, or in published workflows.
it.each([
	...['key', 'key_1', 'noodle_key', 'replacement_key', 'value_key', 'keyscale', 'object_key'],
	...['keyframes', 'ad_keyframes', 'alpha_keyframe', 'print_keyframes', 'keypoints'],
	...['tokens', 'max_tokens', 'max_output_tokens', 'register_tokens', 'parse_text_tokens'],
	...['token_name', 'token_value', 'token_normalization', 'positive_token_normalization'],
	...['bypass', 'passes', 'feather_second_pass', 'highpass_radius', 'timesignature', 'signal'],
	...['author', 'authors', 'text', 'monkey', 'hotkey', 'rembg_session', '', '🔑'],
])('%s is not', (name) => {
	expect(isSecretName(name)).toBe(false);
});

it.each([
	['https://user:pass@host/a.png', 'https://host/a.png'],
	[
		'see ftp://me@host and http://host/?a=1&apiKey=x#y',
		'see ftp://host and http://host/?a=1&apiKey=#y',
	],
	['https://h/?secret=g%20h&user=7', 'https://h/?secret=&user=7'],
	['https://h/?key=1&keys=2', 'https://h/?key=&keys=2'],
])('%s is kept as %s', (text, kept) => {
	expect(withoutSecretsInAddresses(text)).toBe(kept);
});

it.each([
	'https://store/a.png?X-Amz-Credential=AKIA&X-Amz-Signature=ab&X-Goog-Credential=x',
	'write to a@b.example, or to https://host/a@b',
	'a cat: "//x"',
])('%s stays unchanged', (text) => {
	expect(withoutSecretsInAddresses(text)).toBe(text);
});

describe('a form', () => {
	const workflow = {
		1: {
			class_type: 'Ask',
			inputs: {
				prompt: 'The bearer of bad news',
				api_key: 'sk-1',
				password: 7,
				max_tokens: 99,
				url: 'https://me:pass-1@host/a.png',
				headers: 'Authorization: Bearer abcdefghijklmnop1',
				more: { list: [{ hf_token: 'hf-1' }] },
			},
		},
	};

	it('has the inputs that hold secrets, without their values', () => {
		const fields = describeInputs(workflow);
		const hidden = fields.filter(({ secret }) => secret).map(({ input }) => input);
		expect(hidden.sort()).toEqual(['api_key', 'headers', 'more', 'password', 'url']);
		for (const { secret, saved } of fields) if (secret) expect(saved).toBeUndefined();
		expect(JSON.stringify(fields)).not.toMatch(/sk-1|pass-1|abcdefg|hf-1/);
		const saved = Object.fromEntries(fields.map((field) => [field.input, field.saved]));
		expect(saved).toMatchObject({ prompt: 'The bearer of bad news', max_tokens: 99 });
	});

	it('looks for them in all of a value', () => {
		expect(holdsSecret('a', [{ b: 1 }, 'c'])).toBe(false);
		expect(holdsSecret('a', [{ b: { cookie: '' } }])).toBe(true);
	});
});
