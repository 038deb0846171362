// The body of a submit, and reading the answer.
import { describe, expect, it } from '@jest/globals';
import { USER_AGENT } from '../../../core/http/client';
import { parseOverrides } from '../../../core/index';
import { type SubmitInput } from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { unreachable } from '../../support/expect.mts';
import { clientOf, json } from '../support/virtualHost.mts';

const ACCEPTED = json({ request_id: 'req-1' });
const INPUT = { deploymentId: 'dep-1', overrides: { 6: { inputs: { text: 'a cat' } } } };

async function submitted(input: SubmitInput, options: Parameters<typeof clientOf>[1] = {}) {
	const { client, host } = clientOf(ACCEPTED, options);
	await submit(client, input);
	const { request, path } = host.calls[0] ?? unreachable('nothing was submitted');
	return { request, path, body: request.body ?? '' };
}

describe('a submit', () => {
	it('has as much time as embedded media takes on a slow line', async () => {
		const image = `data:image/png;base64,${'A'.repeat(10_000_000)}`;
		const { request, body } = await submitted({
			deploymentId: 'dep-1',
			overrides: { 6: { inputs: { image } } },
		});
		expect(request.timeoutMs).toBe(120_000 + Math.floor(body.length / 125));
		expect(request.timeoutMs).toBeGreaterThanOrEqual(200_000);
	});

	const graph = { 3: { class_type: 'KSampler', inputs: { seed: 1 } } };
	const IMAGE = 'data:image/png;base64,AAAA';
	it.each<[string, Omit<SubmitInput, 'modelId' | 'deploymentId'>, unknown]>([
		['nothing', {}, { overrides: {} }],
		['a workflow', { workflowApiJson: graph }, { workflow_api_json: graph }],
		[
			'a workflow and empty overrides',
			{ workflowApiJson: graph, overrides: {} },
			{ workflow_api_json: graph },
		],
		[
			'both',
			{ workflowApiJson: graph, overrides: { 3: { inputs: { seed: 7, steps: 8 } } } },
			{ workflow_api_json: { 3: { class_type: 'KSampler', inputs: { seed: 7, steps: 8 } } } },
		],
		[
			'files, and a node that the workflow does not have',
			{
				workflowApiJson: graph,
				overrides: {
					3: { inputs: { seed: 7, image: IMAGE, mask: ' https://a/b.png' } },
					4: { inputs: { text: 'a cat' } },
				},
			},
			{
				workflow_api_json: { 3: { class_type: 'KSampler', inputs: { seed: 7 } } },
				overrides: {
					3: { inputs: { image: IMAGE, mask: ' https://a/b.png' } },
					4: { inputs: { text: 'a cat' } },
				},
			},
		],
	])('holds exactly what it was given: %s', async (_what, input, body) => {
		expect(JSON.parse((await submitted({ deploymentId: 'dep-1', ...input })).body)).toEqual(body);
	});

	it('keeps every digit of an integer', async () => {
		const written = '{"31":{"inputs":{"seed":18446744073709551615}}}';
		const { body } = await submitted({ ...INPUT, overrides: parseOverrides(written) });
		expect(body).toBe(`{"overrides":${written}}`);
	});

	it('refuses anything but plain data', async () => {
		const circle: Record<string, unknown> = {};
		circle['self'] = circle;
		const overrides = { 6: { inputs: circle } };
		await expect(submitted({ ...INPUT, overrides })).rejects.toMatchObject({
			code: 'invalid_input',
			deploymentId: 'dep-1',
		});
	});

	it('is a POST of JSON, with the token, under the name of the product', async () => {
		const { request, path, body } = await submitted(INPUT);
		expect(request).toStrictEqual({
			method: 'POST',
			url: `https://api.runcomfy.net${path}`,
			authenticate: true,
			expect: 'text',
			maxBytes: 2 ** 20 + body.length,
			timeoutMs: 120_000,
			headers: {
				accept: 'application/json',
				'content-type': 'application/json',
				'user-agent': USER_AGENT,
			},
			body,
		});
		expect(path).toBe('/prod/v1/deployments/dep-1/inference');
		expect(JSON.parse(body)).toEqual({ overrides: INPUT.overrides });
	});
});

describe('the answer to a submit', () => {
	it.each([200, 201, 202])('is read field by field (HTTP %i)', async (status) => {
		const urls = { status_url: 'https://s', result_url: 'https://r', cancel_url: 'https://c' };
		const body = { request_id: ' req-1 ', status: 'new', ...urls, more: 1 };
		const { client } = clientOf(json(body, status));
		expect(await submit(client, { deploymentId: ' dep-1 ' })).toEqual({
			request_id: 'req-1',
			deployment_id: 'dep-1',
			status: 'in_queue',
			...urls,
		});
	});
});

describe('a webhook', () => {
	const LOCAL = { baseUrl: 'http://127.0.0.1:4010' };
	const queryFor = async (webhook: string, more: object = {}, options = {}) => {
		const { path } = await submitted({ ...INPUT, webhook, ...more }, options);
		return Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? ''));
	};

	it('stands in the query, and keeps its own query', async () => {
		const webhook = 'https://hook.example/in?flow=1&k=a%20b';
		expect(await queryFor(webhook)).toEqual({ webhook });
		expect(await queryFor('  ')).toEqual({});
	});

	it.each([
		['hook', /"hook" is not a web address$/],
		['ftp://x/', /is not a web address$/],
		['javascript:1', /is not a web address$/],
		['http://hook.example/', /does not begin with https:\/\/$/],
	])('%s is refused, and the error says why', async (webhook, message) => {
		await expect(queryFor(webhook)).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(message),
			hint: expect.stringContaining('https'),
		});
	});

	it.each([
		['https://${HOOK_HOST}/', 'HOOK_HOST'],
		['https://hook.example/?key=${my.key-2}', 'my.key-2'],
		['https://hook.example/?key=%24%7bKEY%7D', 'KEY'],
	])('%s holds the name of a variable, which is refused and named', async (webhook, name) => {
		const { client, host } = clientOf(ACCEPTED);
		await expect(submit(client, { ...INPUT, webhook })).rejects.toMatchObject({
			code: 'invalid_input',
			message: `The webhook URL holds "\${${name}}", the name of a variable`,
			hint: expect.stringContaining('Replace the variable with its value'),
		});
		expect(host.calls).toEqual([]);
	});

	it('may be an http address if RunComfy itself is at one', async () => {
		for (const webhook of ['http://hook.example/', 'https://hook.example/']) {
			expect(await queryFor(webhook, {}, LOCAL)).toEqual({ webhook });
		}
		await expect(queryFor('ftp://hook.example/', {}, LOCAL)).rejects.toThrow(
			'is not a web address',
		);
	});
});
