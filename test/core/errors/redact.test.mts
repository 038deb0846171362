// The account's token and keys show nowhere, although a service may repeat them, and users paste them into other fields.
import { describe, expect, it } from '@jest/globals';
import {
	AccountCache,
	type Client,
	conceal,
	getBalance,
	getResult,
	getStatus,
	loadWorkflow,
	RunComfyError,
	stringifyJson,
} from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';
import { service } from '../support/workflows.mts';

const TOKEN = 'b2f1c0de-1111-4222-8333-444455556666';
const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

describe('a text', () => {
	it.each<[string[] | undefined, string]>([
		[['comfyui-12345678'], 'a [token], [token]z'],
		[['comfyui-12345678', `comfyui-12345678z`], 'a [token], [token]z'],
		[['not-in-the-text-1', 'none'], 'a comfyui-12345678, comfyui-12345678z'],
		[undefined, 'a comfyui-12345678, comfyui-12345678z'],
	])('without the secrets %j is %j', (secrets, left) => {
		expect(conceal('a comfyui-12345678, comfyui-12345678z', secrets)).toBe(left);
	});
});

const CALLS: Record<string, (client: Client) => Promise<unknown>> = {
	status: (client) => getStatus(client, REF, ONCE),
	result: (client) => getResult(client, REF, ONCE),
	submit: (client) => submit(client, { deploymentId: 'd' }),
	balance: (client) => getBalance(client, ONCE),
};

/** Everything that a caller receives, as text. */
async function shownOf(call: (client: Client) => Promise<unknown>, reply: Reply | Error) {
	const { client } = clientOf(reply, { token: TOKEN });
	const shown: unknown = await call(client).catch((error: unknown) => error);
	const said = shown instanceof Error ? [shown.message, shown.stack] : [];
	return JSON.stringify([shown, ...said]);
}

describe('the token', () => {
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
	const places = [
		['a value', `"x": "${TOKEN}"`],
		['the middle of a value', `"x": "Bearer:${TOKEN}, then"`],
		['a name', `"${TOKEN}": 1`],
		['a list within', `"x": {"y": [1, ["${TOKEN}"]]}`],
	] as const;
	const cases = Object.entries(ANSWERS).flatMap(([answer, replyOf]) =>
		places.map(([place, inner]) => [place, answer, replyOf(inner)] as const),
	);

	it.each(cases)('as %s of %s is shown to nobody', async (_place, _answer, reply) => {
		for (const call of Object.values(CALLS))
			expect(await shownOf(call, reply)).not.toContain(TOKEN);
	});

	it.each<[string, Reply | Error]>([
		['in the message', json({ message: `Token ${TOKEN} is not valid` }, 401)],
		['on an error page', { status: 500, body: `<html><title>${TOKEN}</title>` }],
		['in a text within a 2xx', { body: `who is ${TOKEN}?` }],
		['in an error within a 2xx', json({ error_code: 401001, error_message: TOKEN })],
		['in a network error', new Error(`Invalid header: Bearer ${TOKEN}`)],
		['in a network error with a code', failure('EBAD', { message: TOKEN })],
	])('repeated %s never shows', async (_where, reply) => {
		expect(await shownOf(CALLS['status']!, reply)).not.toContain(TOKEN);
	});
});

it('a placeholder in the field of a key stays what it is in a workflow and in a result', async () => {
	const [workflow, result] = [service(), json({ status: 'succeeded', outputs: { a: 'euler' } })];
	const { client } = clientOf(workflow, { token: 'euler' });
	expect(stringifyJson(await loadWorkflow(client, 'dep', new AccountCache()))).toContain(
		'"sampler_name":"euler"',
	);
	const { outputs } = await getResult(clientOf(result, { token: 'euler' }).client, REF);
	expect(outputs).toEqual({ a: 'euler' });
});

it('an error that is made of what a user typed leaves without the secrets', () => {
	const details = { field: TOKEN, list: [{ [TOKEN]: 1 }, null], nothing: undefined };
	const hint = `Current value: ${TOKEN}.`;
	const error = new RunComfyError('not_found', `No ${TOKEN}`, {
		hint,
		details,
		deploymentId: TOKEN,
	});
	const left = error.redacted([TOKEN]);
	expect(left).toMatchObject({
		code: 'not_found',
		message: 'No [token]',
		hint: 'Current value: [token].',
		deploymentId: '[token]',
		details: { field: '[token]', list: [{ '[token]': 1 }, null] },
	});
	expect(JSON.stringify([left, left.stack])).not.toContain(TOKEN);
	expect(error.redacted(undefined)).toEqual(error);
});
