// Limits on the size of answers, in uncompressed bytes.
import { describe, expect, it } from '@jest/globals';
import {
	cancel,
	type Client,
	getBalance,
	getDeployment,
	getResult,
	getStatus,
	listDeployments,
	readAnswerText,
} from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { REF } from '../support/fakeJob.mts';
import { clientOf, failure } from '../support/virtualHost.mts';

const MB = 2 ** 20;
const ID = 'dep-1';

const CALLS: Array<[string, (client: Client) => Promise<unknown>, number]> = [
	['a status', (client) => getStatus(client, REF), MB],
	['a cancel', (client) => cancel(client, REF), MB],
	['the balance', (client) => getBalance(client), MB],
	['a result', (client) => getResult(client, REF), 8 * MB],
	['a list', (client) => listDeployments(client), 16 * MB],
	['a deployment with its workflow', (client) => getDeployment(client, ID), 16 * MB],
];

describe('the largest answer', () => {
	it.each(CALLS)('to %s is named when it was larger', async (_what, work, bytes) => {
		const { client } = clientOf(failure('EMSGSIZE'));
		await expect(work(client)).rejects.toMatchObject({
			retryable: false,
			message: expect.stringContaining(`is larger than ${bytes / MB} MB`),
		});
	});

	it('is read whole, and a longer one is refused by the core, too, and leaves a submit open', async () => {
		const body = (bytes: number) => ({ body: '{"status":"in_queue"}'.padEnd(bytes) });
		expect(await getStatus(clientOf(body(MB)).client, REF)).toMatchObject({ status: 'in_queue' });
		const { client, host } = clientOf({ status: 429, ...body(2 * MB) });
		await expect(getStatus(client, REF)).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			...REF,
			message: expect.stringContaining('is larger than 1 MB'),
		});
		expect(host.calls).toHaveLength(1);
		await expect(submit(client, { deploymentId: ID })).rejects.toMatchObject({
			code: 'submit_unconfirmed',
		});
		expect(host.calls).toHaveLength(2);
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
