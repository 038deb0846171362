// A service may repeat the token in an answer, and JSON has many ways to write the same text.
import { describe, expect, it } from '@jest/globals';
import { type Client, getBalance, getResult, getStatus, submit } from '../../../core/index';
import { REF } from '../support/fakeJob.mts';
import { clientOf, type Reply } from '../support/virtualHost.mts';

const TOKENS = [
	'7d6c5b4a-3f2e-4d1c-8b9a-0f1e2d3c4b5a',
	'rc/live+sk/0123456789==',
	'a"b\\c/d-1234567',
];

const hex = (char: string) => char.charCodeAt(0).toString(16).padStart(4, '0');

/** Ways to write a text within a JSON string. */
const WRITINGS: Record<string, (text: string) => string> = {
	plain: (text) => JSON.stringify(text).slice(1, -1),
	'all as \\u': (text) => [...text].map((char) => `\\u${hex(char)}`).join(''),
	'all as \\U of capitals': (text) =>
		[...text].map((char) => `\\u${hex(char).toUpperCase()}`).join(''),
	'the first as \\u': (text) => `\\u${hex(text)}${JSON.stringify(text.slice(1)).slice(1, -1)}`,
	'slashes escaped': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
};

/** Where it stands, given as written within a JSON string. */
const PLACES: Record<string, (written: string) => string> = {
	'a value': (written) => `"x": "${written}"`,
	'the middle of a value': (written) => `"x": "Bearer:${written}, then"`,
	'a name': (written) => `"${written}": 1`,
	'a list within': (written) => `"x": {"y": [1, ["${written}"]]}`,
};

const CALLS: Record<string, (client: Client) => Promise<unknown>> = {
	status: (client) => getStatus(client, REF, { retries: { attempts: 1, baseMs: 0, capMs: 0 } }),
	result: (client) => getResult(client, REF, { retries: { attempts: 1, baseMs: 0, capMs: 0 } }),
	submit: (client) => submit(client, { deploymentId: 'd' }),
	balance: (client) => getBalance(client, { retries: { attempts: 1, baseMs: 0, capMs: 0 } }),
};

/** Everything that a caller gets, as text in which nothing is escaped twice. */
async function shownOf(call: (client: Client) => Promise<unknown>, reply: Reply, token: string) {
	const { client } = clientOf(reply, { token });
	const shown: unknown = await call(client).catch((error: unknown) => error);
	const texts: string[] = [];
	JSON.stringify(shown, (key, value: unknown) => {
		texts.push(key);
		if (typeof value === 'string') texts.push(value);
		return value;
	});
	if (shown instanceof Error) texts.push(shown.message);
	return texts.join('\n');
}

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

describe.each(TOKENS)('the token %j', (token) => {
	const cases = Object.entries(WRITINGS).flatMap(([writing, write]) =>
		Object.entries(PLACES).flatMap(([place, put]) =>
			Object.entries(ANSWERS).map(
				([answer, reply]) => [writing, place, answer, reply(put(write(token)))] as const,
			),
		),
	);

	it.each(cases)('written %s as %s of %s is shown to nobody', async (_w, _p, _a, reply) => {
		for (const call of Object.values(CALLS)) {
			expect(await shownOf(call, reply, token)).not.toContain(token);
		}
	});

	it.each(Object.entries(WRITINGS))(
		'written %s in the words of a failed run',
		async (_w, write) => {
			const details = JSON.stringify(`{"node_id":"3","message":"said ${write(token)}"}`);
			const reply = { body: `{"status":"failed","error":[{"error":"E","details":${details}}]}` };
			expect(await shownOf(CALLS['result']!, reply, token)).not.toContain(token);
			const error = { body: `{"status":"failed","error":${details}}` };
			expect(await shownOf(CALLS['result']!, error, token)).not.toContain(token);
		},
	);

	it('leaves an answer without it as it is', async () => {
		const { client } = clientOf({ body: '{"balance_usd":1.5,"currency":"U\\u0053D"}' }, { token });
		expect(await getBalance(client)).toEqual({ balance_usd: 1.5, currency: 'USD' });
	});
});
