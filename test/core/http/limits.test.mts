// Limits on answers: the size that each call passes to its host, and the number of values in JSON, counted before
// parsing. A few kilobytes of compressed data must not end a process.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
	callInstance,
	cancel,
	type Client,
	deleteDeployment,
	getBalance,
	getDeployment,
	getResult,
	getStatus,
	listDeployments,
	readAnswerText,
} from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure, json } from '../support/virtualHost.mts';

const MB = 2 ** 20;
const ID = 'dep-1';
const INSTANCE = { deploymentId: ID, instanceId: 'i', path: 'object_info', body: {} };

const CALLS: Array<[string, (client: Client) => Promise<unknown>, number]> = [
	['a status', (client) => getStatus(client, REF), MB],
	['a cancel', (client) => cancel(client, REF), MB],
	['the balance', (client) => getBalance(client), MB],
	['a delete', (client) => deleteDeployment(client, ID), MB],
	['a result', (client) => getResult(client, REF), 8 * MB],
	['a list', (client) => listDeployments(client), 16 * MB],
	['a deployment with its workflow', (client) => getDeployment(client, ID), 16 * MB],
	['all node classes of an instance', (client) => callInstance(client, INSTANCE), 64 * MB],
];

describe('the largest answer', () => {
	it.each(CALLS)('to %s is named when it was larger', async (_what, work, bytes) => {
		const { client } = clientOf(failure('EMSGSIZE'));
		await expect(work(client)).rejects.toMatchObject({
			retryable: false,
			message: expect.stringContaining(`is larger than ${bytes / MB} MB`),
		});
	});

	it('is read to its last byte, and no further', async () => {
		let read = 0;
		const chunks = async function* () {
			for (; read < 9; read += 1) yield new Uint8Array(100).fill(0x20);
		};
		expect(await readAnswerText(chunks(), 900)).toHaveLength(900);
		read = 0;
		await expect(readAnswerText(chunks(), 250)).rejects.toMatchObject({ code: 'EMSGSIZE' });
		expect(read).toBe(2);
	});
});

/** A JSON text of roughly this many bytes. */
const lists = (bytes: number) => `{"status":"in_queue","more":[${'[],'.repeat(bytes / 3)}0]}`;
const levels = (count: number) =>
	`{"status":"in_queue","more":${'['.repeat(count)}${']'.repeat(count)}}`;

describe('an answer that would make too much', () => {
	const parsed = jest.fn<(text: string) => unknown>();
	const parse = JSON.parse;
	const spy = () =>
		jest.spyOn(JSON, 'parse').mockImplementation((text: string, ...more: unknown[]) => {
			parsed(text);
			return parse(text, ...(more as []));
		});
	afterEach(() => void parsed.mockClear());

	it.each([
		['values', lists(MB - 100), /holds more than 65,536 values/],
		['levels', levels(65_000), /is nested more than 64,000 levels deep/],
		['levels that never end', '['.repeat(MB), /is nested more than 64,000 levels deep/],
		['objects', `[${'{},'.repeat(100_000)}0]`, /holds more than 65,536 values/],
	])('of %s is not parsed, nor asked for again', async (_what, body, message) => {
		const { client, host } = clientOf({ body });
		spy();
		await expect(getStatus(client, REF)).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			...REF,
			httpStatus: 200,
			message: expect.stringMatching(message),
		});
		expect(parsed).not.toHaveBeenCalled();
		expect(host.calls).toHaveLength(1);
	});

	it('leaves it open whether its submit was accepted', async () => {
		const { client, host } = clientOf({ status: 429, body: '['.repeat(200_000) });
		await expect(submit(client, { deploymentId: ID })).rejects.toMatchObject({
			code: 'submit_unconfirmed',
		});
		expect(host.calls).toHaveLength(1);
	});

	it.each([
		['brackets and commas in a text', `{"status":"in_queue","a":"${'[{,'.repeat(200_000)}"}`],
		['texts that end with backslashes', `{"status":"in_queue","a":["\\\\\\"[[[,,,","\\\\"]}`],
		['many values, though not too many', `{"status":"in_queue","a":[${'0,'.repeat(60_000)}0]}`],
		['many levels', levels(60_000)],
	])('does not mean %s', async (_what, body) => {
		const { client } = clientOf({ body });
		expect(await getStatus(client, REF)).toMatchObject({ status: 'in_queue' });
	});

	it('may be larger in a result', async () => {
		const body = `{"status":"succeeded","outputs":{"9":{"text":[${'"a",'.repeat(300_000)}""]}}}`;
		const { client } = clientOf({ body });
		expect(await getResult(client, REF)).toMatchObject({ status: 'succeeded' });
	});

	it('is known in a text within a failed result, too', async () => {
		const text = `{"a":${'['.repeat(150_000)}`;
		const { client } = clientOf(json({ status: 'failed', error: text }));
		spy();
		expect(await getResult(client, REF)).toMatchObject({ status: 'failed' });
		expect(parsed).toHaveBeenCalledTimes(1);
	});
});
