import { describe, expect, it, jest } from '@jest/globals';
import { parseOverrides, submit, type SubmitInput, USER_AGENT } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';

const ACCEPTED = json({ request_id: 'req-1' });
const INPUT = { deploymentId: 'dep-1', overrides: { 6: { inputs: { text: 'a cat' } } } };

async function sent(input: SubmitInput, apiVersion = 'v1') {
	const { client, host } = clientOf(ACCEPTED, { apiVersion });
	await submit(client, input);
	const { request, path } = host.calls[0] ?? unreachable('nothing was sent');
	return { request, path, body: request.body ?? '' };
}

describe('what a submit sends', () => {
	it('is a POST of JSON, with the token, under the product’s name', async () => {
		const { request, path, body } = await sent(INPUT);
		expect(request).toMatchObject({
			method: 'POST',
			authenticate: true,
			expect: 'text',
			timeoutMs: 120_000,
			headers: {
				accept: 'application/json',
				'content-type': 'application/json',
				'user-agent': USER_AGENT,
			},
		});
		expect(Object.keys(request.headers).map((name) => name.toLowerCase())).not.toContain(
			'authorization',
		);
		expect(path).toBe('/prod/v1/deployments/dep-1/inference');
		expect(JSON.parse(body)).toEqual({ overrides: INPUT.overrides });
	});

	it('has the time that embedded media takes on a slow line', async () => {
		const image = `data:image/png;base64,${'A'.repeat(10_000_000)}`;
		const { request, body } = await sent({
			deploymentId: 'dep-1',
			overrides: { 6: { inputs: { image } } },
		});
		expect(request.timeoutMs).toBe(120_000 + Math.floor(body.length / 125));
		expect(request.timeoutMs).toBeGreaterThanOrEqual(200_000);
	});

	it('goes to v2 where that is chosen', async () => {
		expect((await sent(INPUT, 'v2')).path).toBe('/prod/v2/deployments/dep-1/inference');
	});

	const graph = { 3: { class_type: 'KSampler', inputs: { seed: 1 } } };
	it.each<[string, Partial<SubmitInput>, unknown]>([
		['nothing', {}, { overrides: {} }],
		['a workflow', { workflowApiJson: graph }, { workflow_api_json: graph }],
		[
			'a workflow and none',
			{ workflowApiJson: graph, overrides: {} },
			{ workflow_api_json: graph },
		],
		[
			'both',
			{ workflowApiJson: graph, overrides: { 3: { inputs: { seed: 7, steps: 8 } } } },
			{ workflow_api_json: { 3: { class_type: 'KSampler', inputs: { seed: 7, steps: 8 } } } },
		],
		[
			'files, and a node that the workflow does not have, beside it',
			{
				workflowApiJson: graph,
				overrides: {
					3: { inputs: { seed: 7, image: 'data:image/png;base64,AAAA', mask: ' https://a/b.png' } },
					4: { inputs: { text: 'a cat' } },
				},
			},
			{
				workflow_api_json: { 3: { class_type: 'KSampler', inputs: { seed: 7 } } },
				overrides: {
					3: { inputs: { image: 'data:image/png;base64,AAAA', mask: ' https://a/b.png' } },
					4: { inputs: { text: 'a cat' } },
				},
			},
		],
		[
			'extra data',
			{ extraData: { api_key_comfy_org: 'k' } },
			{ overrides: {}, extra_data: { api_key_comfy_org: 'k' } },
		],
	])('holds, given %s, just that', async (_what, input, body) => {
		expect(JSON.parse((await sent({ deploymentId: 'dep-1', ...input })).body)).toEqual(body);
	});

	it.each(['18446744073709551615', '9007199254740993', '-9223372036854775808'])(
		'keeps the integer %s digit for digit',
		async (seed) => {
			const overrides = parseOverrides(`{"31":{"inputs":{"seed":${seed}}}}`);
			const { body } = await sent({ deploymentId: 'dep-1', overrides });
			expect(body).toBe(`{"overrides":{"31":{"inputs":{"seed":${seed}}}}}`);
		},
	);

	it('names the webhook in the query, whose own query survives', async () => {
		const webhook = 'https://hook.example/in?flow=1&k=a%20b';
		const { path } = await sent({ ...INPUT, webhook, webhookIntermediateStatus: true });
		const query = new URLSearchParams(path.split('?')[1]);
		expect(query.get('webhook')).toBe(webhook);
		expect(query.get('webhook_intermediate_status')).toBe('true');
		expect([...query.keys()]).toHaveLength(2);
	});

	it('says nothing about intermediate states without a webhook', async () => {
		const { path } = await sent({ ...INPUT, webhook: ' ', webhookIntermediateStatus: true });
		expect(path).not.toContain('?');
	});

	it.each(['hook', 'ftp://x/', 'javascript:1', 'http://hook.example/'])(
		'refuses the webhook %s',
		async (webhook) => {
			await expect(sent({ ...INPUT, webhook })).rejects.toMatchObject({ code: 'invalid_input' });
		},
	);

	it('refuses what is not plain data', async () => {
		const circle: Record<string, unknown> = {};
		circle['self'] = circle;
		await expect(sent({ ...INPUT, extraData: circle })).rejects.toMatchObject({
			code: 'invalid_input',
			deploymentId: 'dep-1',
		});
	});
});

describe('a submit that provably did not arrive', () => {
	const cases: Array<[string, Reply | Error, string]> = [
		['refused', failure('ECONNREFUSED'), 'service_unavailable'],
		['no such host', failure('ENOTFOUND'), 'service_unavailable'],
		['DNS not reachable', failure('EAI_AGAIN'), 'service_unavailable'],
		[
			'refused, within fetch',
			new TypeError('x', { cause: failure('ECONNREFUSED') }),
			'service_unavailable',
		],
		['429', { status: 429 }, 'rate_limited'],
		['429 with Retry-After', { status: 429, headers: { 'retry-after': '3' } }, 'rate_limited'],
		[
			'503 with Retry-After',
			{ status: 503, headers: { 'retry-after': '3' } },
			'service_unavailable',
		],
	];
	it.each(cases)('(%s) is sent again', async (_why, reply) => {
		const { client, host } = clientOf(sequence(reply, reply, ACCEPTED));
		expect(await submit(client, INPUT)).toMatchObject({ request_id: 'req-1' });
		expect(host.calls.length).toBe(3);
	});

	it.each(cases)('(%s) fails in the end with what it was', async (_why, reply, code) => {
		const { client, host } = clientOf(reply);
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code, deploymentId: 'dep-1' });
		expect(host.calls.length).toBe(5);
	});

	it('is not sent again where the service asks for an hour', async () => {
		const { client, host } = clientOf({ status: 429, headers: { 'retry-after': '3600' } });
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'rate_limited' });
		expect(host.calls.length).toBe(1);
	});

	it('over an untrusted connection is certain not to run, and not sent again', async () => {
		const { client, host } = clientOf(failure('CERT_HAS_EXPIRED'));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'service_unavailable' });
		expect(host.calls.length).toBe(1);
	});
});

describe('a submit of unknown outcome', () => {
	const cases: Array<[string, Reply | Error]> = [
		...[408, 500, 502, 503, 504, 599].map((status): [string, Reply] => [
			`HTTP ${status}`,
			{ status },
		]),
		['503 with a Retry-After that is none', { status: 503, headers: { 'retry-after': 'soon 5' } }],
		['the number 500001', json({ error_code: 500001 })],
		['a timeout', failure('ETIMEDOUT')],
		['the host’s time limit', { delayMs: Infinity }],
		['a reset', failure('ECONNRESET')],
		['a closed socket', failure('UND_ERR_SOCKET')],
		['a broken pipe', failure('EPIPE')],
		['a lost route', failure('EHOSTUNREACH', { syscall: 'read' })],
		['an unknown failure', new Error('fetch failed')],
		['an empty 200', { body: '' }],
		['HTML in a 200', { body: '<html></html>' }],
		['a truncated 200', { body: '{"request_id":"re' }],
		['a list', { body: '[]' }],
		['no id', json({ status: 'in_queue' })],
		['an empty id', json({ request_id: '' })],
		['a null id', json({ request_id: null })],
	];
	it.each(cases)('(%s) is never sent again, and says so', async (_why, reply) => {
		const { client, host } = clientOf(reply);
		await expect(submit(client, INPUT)).rejects.toMatchObject({
			code: 'submit_unconfirmed',
			retryable: false,
			deploymentId: 'dep-1',
			message: expect.stringMatching(/^Whether RunComfy accepted the request is not known: ./),
			hint: expect.stringContaining('before you run it again'),
		});
		expect(host.calls.length).toBe(1);
	});

	it('after one that did not arrive is still unknown', async () => {
		const { client, host } = clientOf(sequence({ status: 429 }, failure('ECONNRESET')));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'submit_unconfirmed' });
		expect(host.calls.length).toBe(2);
	});

	it('keeps the HTTP status and what was said', async () => {
		const { client } = clientOf(json({ error_code: 500001, error_message: 'oops' }, 500));
		await expect(submit(client, INPUT)).rejects.toMatchObject({
			httpStatus: 500,
			details: { error_code: 500001 },
			message: expect.stringContaining('oops'),
		});
	});
});

describe('a submit that was refused', () => {
	it.each<[string, Reply, string]>([
		['401', { status: 401 }, 'auth_failed'],
		['402', { status: 402 }, 'insufficient_funds'],
		['403', { status: 403 }, 'forbidden'],
		['404', { status: 404 }, 'not_found'],
		['413', { status: 413 }, 'invalid_request'],
		['422', { status: 422 }, 'invalid_request'],
		['307', { status: 307 }, 'bad_response'],
		['10001 in a 200', json({ error_code: 10001 }), 'insufficient_funds'],
		['10002 in a 429', json({ error_code: 10002 }, 429), 'deployment_disabled'],
		['10003 in a 500', json({ error_code: 10003 }, 500), 'deployment_deleted'],
		['an unknown number in a 500', json({ error_code: 10030 }, 500), 'invalid_request'],
		['an error beside an id', json({ error_code: 10002, request_id: 'r' }), 'deployment_disabled'],
	])('(%s) is certain, and not sent again', async (_why, reply, code) => {
		const { client, host } = clientOf(reply);
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code, retryable: false });
		expect(host.calls.length).toBe(1);
	});
});

describe('an answer that names a request beside an error', () => {
	it.each<[string, Reply, string]>([
		['10002 in a 200', json({ error_code: 10002, request_id: 'r' }), 'deployment_disabled'],
		['422', json({ detail: 'no', request_id: 'r' }, 422), 'invalid_request'],
		['429', json({ message: 'slow down', request_id: 'r' }, 429), 'rate_limited'],
		[
			'503 with Retry-After',
			{ ...json({ request_id: 'r' }, 503), headers: { 'retry-after': '1' } },
			'submit_unconfirmed',
		],
		['500', json({ error_code: 500001, request_id: 'r' }, 500), 'submit_unconfirmed'],
	])('(%s) is not sent again, and its id is told', async (_why, reply, code) => {
		const { client, host } = clientOf(reply);
		const onAcceptedDespiteError = jest.fn();
		await expect(submit(client, INPUT, { onAcceptedDespiteError })).rejects.toMatchObject({
			code,
			requestId: 'r',
			deploymentId: 'dep-1',
			hint: expect.stringMatching(/fetch its result by its request id/),
		});
		expect(onAcceptedDespiteError.mock.calls).toEqual([
			[{ request_id: 'r', deployment_id: 'dep-1', status: 'in_queue' }],
		]);
		expect(host.calls.length).toBe(1);
	});

	it('may name it by a number, of which no digit is lost', async () => {
		const id = '12345678901234567890';
		const { client } = clientOf({ body: `{"request_id":${id}}` });
		expect(await submit(client, INPUT)).toMatchObject({ request_id: id });
		const refusing = clientOf({ status: 400, body: `{"message":"no","request_id":${id}}` });
		await expect(submit(refusing.client, INPUT)).rejects.toMatchObject({ requestId: id });
	});
});
