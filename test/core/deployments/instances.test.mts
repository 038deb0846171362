// Calls of an instance: their contents, their URL, and whether they are repeated.
import { describe, expect, it } from '@jest/globals';
import { type InstanceCall } from '../../../core/deployments/instances';
import { callInstance } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';

const CALL: InstanceCall = {
	deploymentId: 'dep-1',
	instanceId: 'inst-1',
	path: 'api/free',
	body: { unload_models: true },
};

const FILE = {
	filename: 'ä b.png',
	mimeType: 'image/png',
	bytes: new TextEncoder().encode('bytes'),
};

const PREFIX = '/prod/v2/deployments/dep-1/instances/inst-1/proxy/';

async function sent(call: Partial<InstanceCall>) {
	const { client, host } = clientOf(json({}), { apiVersion: 'v1' });
	const answer = await callInstance(client, { ...CALL, ...call });
	const { request, path } = host.calls[0] ?? unreachable('nothing was sent');
	return { answer, request, path };
}

describe('a call of an instance', () => {
	it('is a POST under v2, whatever the version of the queue', async () => {
		const { request, path } = await sent({});
		expect(request).toMatchObject({ method: 'POST', authenticate: true });
		expect(path).toBe(`${PREFIX}api/free`);
		expect(request.body).toBe('{"unload_models":true}');
	});

	it.each([
		['/api/free', 'api/free'],
		[' //api/free ', 'api/free'],
		['api/userdata/a%2Fb.json?overwrite=true', 'api/userdata/a%2Fb.json?overwrite=true'],
		['api/userdata/my file.json', 'api/userdata/my%20file.json'],
		['api/a..b/.hidden', 'api/a..b/.hidden'],
		['api/50%25', 'api/50%25'],
		['api/x:y', 'api/x:y'],
		['api/b./c', 'api/b./c'],
	])('to %j goes to %s', async (path, expected) => {
		expect((await sent({ path })).path).toBe(PREFIX + expected);
	});

	it.each([
		'',
		undefined,
		7,
		'..',
		'api/../../x',
		'a;/..;/b',
		'api/..',
		'./x',
		'%2e%2e/x',
		'api/%2E./x',
		'api/%252e%252e/x',
		'api/%25252E./x',
		'api/%2e%2e/%zz',
		'api%2f..%2fx',
		'..\\x',
		'api%5c..',
		'file:x',
		'api/free#top',
		'api/free\nx',
		'a?b?c',
	])('does not go to %j', async (path) => {
		const { client, host } = clientOf(json({}));
		await expect(callInstance(client, { ...CALL, path })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringContaining('The Path'),
			hint: expect.stringContaining('api/free'),
		});
		expect(host.calls).toHaveLength(0);
	});

	it.each<[string, unknown, string]>([
		['an object', { a: 1 }, '{"a":1}'],
		['a list', [1], '[1]'],
		[
			'JSON text, digit for digit',
			'{"seed": 18446744073709551615}',
			'{"seed":18446744073709551615}',
		],
		['nothing', undefined, '{}'],
		['null', null, '{}'],
		['an empty text', ' ', '{}'],
	])('posts %s', async (_what, body, expected) => {
		expect((await sent({ body })).request.body).toBe(expected);
	});

	it.each<[string, unknown]>([
		['text that is not JSON', '{"a":'],
		['a number', 5],
		['a text in JSON', '"a"'],
		['null in JSON', 'null'],
		['a number that has lost digits', { seed: 2 ** 60 }],
	])('does not post %s', async (_what, body) => {
		const { client, host } = clientOf(json({}));
		await expect(callInstance(client, { ...CALL, body })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/the Body/i),
			hint: expect.stringContaining('JSON'),
		});
		expect(host.calls).toHaveLength(0);
	});

	it.each<[string, Reply, unknown]>([
		['an object', json({ a: [1] }), { a: [1] }],
		['a large integer', { body: '{"seed":18446744073709551615}' }, { seed: 18446744073709551615n }],
		['text', { body: 'done' }, 'done'],
		['text with a tag in it', { body: 'see <html>' }, 'see <html>'],
		['a lone number', { body: '5' }, '5'],
		['nothing', { body: '' }, null],
	])('gives %s', async (_what, reply, response) => {
		const { client, host } = clientOf(reply);
		expect(await callInstance(client, { ...CALL, path: '/api/free' })).toEqual({
			deployment_id: 'dep-1',
			instance_id: 'inst-1',
			path: 'api/free',
			response,
		});
		expect(host.calls).toHaveLength(1);
	});

	it.each(['<!DOCTYPE html><html>Sign in</html>', '\n<html>Sign in</html>'])(
		'does not take a web page for ComfyUI’s answer: %j',
		async (body) => {
			const { client, host } = clientOf({ body });
			await expect(callInstance(client, CALL)).rejects.toMatchObject({ code: 'bad_response' });
			expect(host.calls).toHaveLength(1);
		},
	);

	it.each<[string, Reply]>([
		['the service', json({ error_code: 404001, error_message: 'Instance not found' }, 404)],
		['ComfyUI', { status: 404, body: '404: Not Found' }],
	])('that %s does not know says what may be wrong', async (_who, reply) => {
		await expect(callInstance(clientOf(reply).client, CALL)).rejects.toMatchObject({
			code: 'not_found',
			deploymentId: 'dep-1',
			details: { instance_id: 'inst-1', path: 'api/free' },
			hint: expect.stringMatching(/kept warm.*has no /),
		});
	});

	it('with a method that ComfyUI does not take says so', async () => {
		const reply = { status: 405, body: '405: Method Not Allowed' };
		await expect(callInstance(clientOf(reply).client, CALL)).rejects.toMatchObject({
			hint: expect.stringContaining('takes another method there'),
		});
	});

	it('that is refused was not carried out', async () => {
		await expect(callInstance(clientOf({ status: 401 }).client, CALL)).rejects.toMatchObject({
			code: 'auth_failed',
			hint: expect.not.stringContaining('may have carried out the call'),
		});
	});

	it('is not repeated after a reset connection: ComfyUI may have taken it', async () => {
		const { client, host } = clientOf(failure('ECONNRESET'));
		await expect(callInstance(client, CALL)).rejects.toMatchObject({
			code: 'service_unavailable',
			retryable: false,
			hint: expect.stringContaining('may have carried out the call'),
		});
		expect(host.calls).toHaveLength(1);
	});

	it.each(['deploymentId', 'instanceId'])('needs its %s', async (name) => {
		const { client } = clientOf(json({}));
		await expect(callInstance(client, { ...CALL, [name]: '..' })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/(deployment|instance) id/),
		});
	});
});

describe('a GET of an instance', () => {
	it('asks ComfyUI without a body', async () => {
		const { request, path } = await sent({ method: ' get ', path: 'object_info', body: '' });
		expect(request.method).toBe('GET');
		expect(request).not.toHaveProperty('body');
		expect(request.headers).not.toHaveProperty('content-type');
		expect(path).toBe(`${PREFIX}object_info`);
	});

	it.each([{ body: { a: 1 } }, { file: FILE, body: {} }])('sends nothing: %j', async (call) => {
		await expect(sent({ method: 'GET', ...call })).rejects.toMatchObject({
			code: 'invalid_input',
			message: 'A GET sends no body and no file',
		});
	});

	it.each(['PUT', 'DELETE', 7, {}])('is not a %j', async (method) => {
		await expect(sent({ method })).rejects.toMatchObject({ code: 'invalid_input' });
	});
});

describe('a file for an instance', () => {
	it('is posted as a form, with the body as its other fields', async () => {
		const body = { subfolder: 'mine', overwrite: true };
		const { request, path } = await sent({ path: 'upload/image', body, file: FILE });
		expect(path).toBe(`${PREFIX}upload/image`);
		const type = request.headers['content-type'] ?? '';
		const form = await new Response(request.body ?? '', {
			headers: { 'content-type': type },
		}).formData();
		expect(['subfolder', 'overwrite'].map((name) => form.get(name))).toEqual(['mine', 'true']);
		const file = form.get('image') as File;
		expect([file.name, file.type, await file.text()]).toEqual(['ä b.png', 'image/png', 'bytes']);
	});

	it.each([
		{ filename: '' },
		{ filename: 'a"b.png' },
		{ filename: 'a\r\nb.png' },
		{ mimeType: 'image/png\r\nX: y' },
		{ bytes: new Uint8Array() },
	])('is not sent as %j', async (part) => {
		const { client, host } = clientOf(json({}));
		const call = { ...CALL, file: { ...FILE, ...part } };
		await expect(callInstance(client, call)).rejects.toMatchObject({ code: 'invalid_input' });
		expect(host.calls).toEqual([]);
	});

	it('has no list as its fields', async () => {
		await expect(sent({ body: [1], file: FILE })).rejects.toMatchObject({
			message: 'The Body of a call with a file must be an object',
		});
	});
});
