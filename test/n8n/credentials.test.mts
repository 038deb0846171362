// The credential: its form, its test, and the destinations of its token.
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type * as Core from 'n8n-core';
import type {
	IAuthenticateRuleResponseCode,
	IAuthenticateRuleResponseSuccessBody,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	INode,
	INodeType,
} from 'n8n-workflow';
import { errorCode, notJson, redirect, tokenEcho } from '../support/answers.mts';
import { everythingOf, itSince, TOKEN, useRig } from './support/rig.mts';

const OWN_WORDS = 'the test of a credential reports a refusal in n8n’s own words';

const require = createRequire(import.meta.url);
const rig = useRig({ fast: true });

it('asks for the token first, with a link to it, and says that the rest is optional', () => {
	const { properties } = rig.engine.internals.loader.getCredential('runComfyApi').type;
	const [token, notice, ...rest] = properties;
	expect(token).toMatchObject({ name: 'apiToken', required: true });
	expect(notice?.displayName).toMatch(
		/href="https:\/\/www.runcomfy.com\/profile".*below is optional/,
	);
	expect(rest.filter(({ required }) => required)).toEqual([]);
});

itSince('2.41.0', 'n8n limits what the HTTP Request node may do with a credential')(
	'lets the HTTP Request node send the token to RunComfy only',
	async () => {
		const { assertCredentialAllowsUrl, NodeHelpers } = await import('n8n-workflow');
		const { properties } = rig.engine.internals.loader.getCredential('runComfyApi').type;
		const fields = NodeHelpers.getNodeParameters(properties, {}, true, false, null, null);
		const credentialData = fields as ICredentialDataDecryptedObject;
		const node = { name: 'HTTP Request' } as INode;
		const ask = (url: string) => assertCredentialAllowsUrl({ node, credentialData, url });
		ask('https://api.runcomfy.net/prod/v2/balance');
		ask('https://model-api.runcomfy.net/v1/models');
		expect(() => ask('https://runcomfy.net.example.com/')).toThrow('Domain not allowed');
	},
);

type Rule = IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody;

/** Tests a credential as n8n does on saving: with the engine for declarative nodes. */
async function testCredential(): Promise<{ ok: boolean; message: string }> {
	const { RoutingNode } = require('n8n-core') as typeof Core;
	const { loader, nodeTypes } = rig.engine.internals;
	const { request, rules: given = [] } = loader.getCredential('runComfyApi').type
		.test as ICredentialTestRequest;
	const rules: Rule[] = [...given];
	const context = rig.executeContext({ test: '' });
	const type = {
		description: {
			...nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1).description,
			requestDefaults: {},
			credentials: [{ name: 'runComfyApi', required: true }],
			properties: [
				{ displayName: 'Test', name: 'test', type: 'string', default: '', routing: { request } },
			],
		},
	} as INodeType;
	try {
		const [[item] = []] = (await new RoutingNode(context, type).runNode()) ?? [];
		for (const rule of rules) {
			if (rule.type === 'responseCode') continue;
			const { key, value, message } = rule.properties;
			if (item?.json[key] === value) return { ok: false, message };
		}
		return { ok: true, message: '' };
	} catch (error) {
		const { status } =
			(error as { cause?: { response?: { status?: number } } }).cause?.response ?? {};
		const known = rules.find(
			({ type, properties }) => type === 'responseCode' && properties.value === status,
		);
		const said = error instanceof Error ? error.message : String(error);
		return { ok: false, message: known?.properties.message ?? said };
	}
}

describe('the test of the credential', () => {
	const refused = (text: string) => ({ ok: false, message: expect.stringContaining(text) });

	it('asks for nothing but the balance', async () => {
		expect(await testCredential()).toEqual({ ok: true, message: '' });
		expect(rig.simulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
			'GET /prod/v2/balance',
		]);
	});

	it.each<[string, () => void]>([
		['a base URL with a slash at its end', () => (rig.credential['baseUrl'] += '/')],
		['blanks around the token', () => (rig.credential['apiToken'] = ` ${TOKEN}\n`)],
		['blanks around the base URL', () => (rig.credential['baseUrl'] = ` ${rig.simulator.url} `)],
	])('passes with %s', async (_what, change) => {
		change();
		expect(await testCredential()).toEqual({ ok: true, message: '' });
	});

	it('does not pass if something else answers, such as a web page', async () => {
		rig.simulator.inject(notJson({ on: 'balance' }));
		expect(await testCredential()).toEqual(refused('Base URL'));
	});

	itSince('2.41.0', OWN_WORDS)('does not pass with a wrong token', async () => {
		rig.credential['apiToken'] = 'wrong';
		expect(await testCredential()).toEqual(refused('does not know this token'));
		expect(rig.countOf('balance')).toBeGreaterThan(0);
	});

	itSince('2.41.0', OWN_WORDS)('names the base URL if the API is not there', async () => {
		rig.credential['baseUrl'] += '/prod';
		expect(await testCredential()).toEqual(refused('check the Base URL. For your own ComfyUI'));
	});

	it.each([
		[401001, 'does not know this token'],
		[400004, 'account is active'],
		[400002, 'balance is used up'],
	])('does not pass if RunComfy refuses inside a 200: %i', async (code, said) => {
		rig.simulator.inject(errorCode(code, { on: 'balance' }));
		expect(await testCredential()).toEqual(refused(said));
	});

	itSince('2.41.0', OWN_WORDS).each([
		[400, 'account is active'],
		[402, 'balance is used up'],
		[403, 'does not know this token'],
	])('does not pass if RunComfy refuses with HTTP %i', async (status, said) => {
		rig.simulator.inject(errorCode(400004, { on: 'balance', status }));
		expect(await testCredential()).toEqual(refused(said));
	});

	it('does not follow a redirect with the token', async () => {
		rig.simulator.inject(redirect('http://localhost:9/', { on: 'balance' }));
		expect(await testCredential()).toMatchObject({ ok: false });
		expect(rig.countOf('balance')).toBe(1);
	});
});

const BALANCE = { resource: 'account', operation: 'getBalance' };

describe('a token that was pasted with spaces around it', () => {
	it('is sent without them', async () => {
		rig.credential['apiToken'] = ` ${TOKEN}\n`;
		expect((await rig.runNode(BALANCE)).status).toBe('success');
	});

	it('does not show in an answer that repeats it', async () => {
		rig.credential['apiToken'] = ` ${TOKEN}\n`;
		rig.simulator.inject(tokenEcho(TOKEN, { on: 'balance', times: 10 }));
		const outcome = await rig.runNode(BALANCE);
		expect(outcome.status).toBe('error');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});
});

it.each([
	['has no value, as an expression with a variable that is not set', undefined],
	['is null', null],
	['is empty', ' '],
	['is not a text', { token: TOKEN }],
])('a token that %s is reported, and nothing is called', async (_what, token) => {
	Object.assign(rig.credential, { apiToken: token });
	const { error } = await rig.runNode(BALANCE);
	expect(error?.context?.data?.['error_code']).toBe('auth_failed');
	expect(error?.message).toBe('The credential holds no API token');
	expect(error?.description).toContain('expression');
	expect(rig.simulator.requests).toEqual([]);
});

it.each([undefined, null, 7])(
	'a key for partner nodes that an expression makes %j counts as empty',
	async (nothing) => {
		Object.assign(rig.credential, { comfyOrgApiKey: nothing });
		const outcome = await rig.runNode(BALANCE);
		expect(outcome.error?.message).toBeUndefined();
		expect(outcome.status).toBe('success');
	},
);
