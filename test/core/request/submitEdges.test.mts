import { describe, expect, it } from '@jest/globals';
import { submit } from '../../../core/index';
import { clientOf, failure, json, sequence } from '../support/virtualHost.mts';

const INPUT = { deploymentId: 'dep-1' };
const ACCEPTED = json({ request_id: 'req-1' });

describe('the answer to a submit', () => {
	it('is read field by field', async () => {
		const urls = { status_url: 'https://s', result_url: 'https://r', cancel_url: 'https://c' };
		const { client } = clientOf(json({ request_id: ' req-1 ', status: 'new', ...urls, more: 1 }));
		expect(await submit(client, INPUT)).toEqual({
			...{ request_id: 'req-1', deployment_id: 'dep-1', status: 'in_queue' },
			...urls,
		});
	});

	it('leaves out the addresses that it does not have', async () => {
		const answer = await submit(clientOf(ACCEPTED).client, INPUT);
		expect(Object.keys(answer)).toEqual(['request_id', 'deployment_id', 'status']);
	});

	it.each([
		[{}, /: the answer holds no request id$/],
		[{ request_id: 'a/b' }, /: the answer holds no request id that can be one: it has "a\/b"$/],
	])('%j is no confirmation, and says why', async (body, message) => {
		await expect(submit(clientOf(json(body)).client, INPUT)).rejects.toMatchObject({
			code: 'submit_unconfirmed',
			deploymentId: 'dep-1',
			message: expect.stringMatching(message),
		});
	});

	it('is a refusal also where its findings have no usual form', async () => {
		const detail = [{ loc: ['body', { toString: 1 }, 'overrides'], msg: { toString: null } }];
		const { client, host } = clientOf(json({ error_code: 422001, detail }, 422));
		await expect(submit(client, INPUT)).rejects.toMatchObject({ code: 'invalid_overrides' });
		expect(host.calls).toHaveLength(1);
	});

	it('without a request beside its error tells of none that was accepted', async () => {
		const accepted: unknown[] = [];
		const { client } = clientOf(json({ error_code: 422001 }, 422));
		const onAcceptedDespiteError = (answer: unknown) => void accepted.push(answer);
		const error = await submit(client, INPUT, { onAcceptedDespiteError }).catch(
			(one: unknown) => one,
		);
		expect(error).toMatchObject({ code: 'invalid_request' });
		expect(error).not.toMatchObject({ hint: expect.stringContaining('also names a request') });
		expect(accepted).toEqual([]);
	});
});

describe('a submit with a deadline', () => {
	const retries = { attempts: 3, baseMs: 0, capMs: 0 };
	const busy = json({}, 429, { 'retry-after': '5' });

	it.each([
		[4_999, 1],
		[5_000, 1],
		[5_001, 2],
		[undefined, 2],
	])('of %p ms begins no attempt at or after it', async (deadline, calls) => {
		const { client, host } = clientOf(sequence(busy, ACCEPTED));
		const done = submit(client, INPUT, { retries, deadline });
		if (calls === 1) await expect(done).rejects.toMatchObject({ code: 'rate_limited' });
		else expect(await done).toMatchObject({ request_id: 'req-1' });
		expect(host.calls).toHaveLength(calls);
	});

	it('that has come sends no other one, though there is nothing to wait for', async () => {
		const { client, host } = clientOf(sequence(failure('ECONNREFUSED'), ACCEPTED));
		await expect(submit(client, INPUT, { retries, deadline: 0 })).rejects.toMatchObject({
			code: 'service_unavailable',
		});
		expect(host.calls).toHaveLength(1);
	});

	it('gives up where no further attempt is allowed, however far the deadline', async () => {
		const { client, host } = clientOf(busy);
		const options = { retries: { ...retries, attempts: 2 }, deadline: 1e9 };
		await expect(submit(client, INPUT, options)).rejects.toMatchObject({ code: 'rate_limited' });
		expect(host.calls).toHaveLength(2);
	});
});

describe('a webhook', () => {
	const LOCAL = { baseUrl: 'http://127.0.0.1:4010' };
	const sentTo = async (webhook: string, more: object = {}, options = LOCAL) => {
		const { client, host } = clientOf(ACCEPTED, options);
		await submit(client, { ...INPUT, webhook, ...more });
		return host.calls[0]?.path;
	};

	it.each([
		['hook', /"hook" is not a web address$/],
		['ftp://x/', /is not a web address$/],
		['http://hook.example/', /does not begin with https:\/\/$/],
	])('%s is refused, and says why', async (webhook, message) => {
		await expect(submit(clientOf(ACCEPTED).client, { ...INPUT, webhook })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(message),
			hint: expect.stringContaining('https'),
		});
	});

	it.each([
		['https://${HOOK_HOST}/', 'HOOK_HOST'],
		['https://hook.example/?key=${my.key-2}', 'my.key-2'],
		['https://hook.example/?key=%24%7bKEY%7D', 'KEY'],
	])('%s with the name of a variable in it is refused, and names it', async (webhook, name) => {
		const { client, host } = clientOf(ACCEPTED);
		await expect(submit(client, { ...INPUT, webhook })).rejects.toMatchObject({
			code: 'invalid_input',
			message: `The webhook URL holds "\${${name}}", the name of a variable`,
			hint: expect.stringContaining('value in its place'),
		});
		expect(host.calls).toEqual([]);
	});

	it('may hold signs that name no variable', async () => {
		expect(await sentTo('https://hook.example/?a=${}&b={c}&d=${*}')).toContain('webhook=https');
	});

	it('may be one of http where RunComfy itself is reached by it', async () => {
		expect(await sentTo('http://hook.example/')).toContain('webhook=http%3A%2F%2Fhook.example%2F');
		expect(await sentTo('https://hook.example/')).toContain('webhook=https');
		await expect(sentTo('ftp://hook.example/')).rejects.toThrow('is not a web address');
	});

	it('is told of intermediate states only where that is wanted', async () => {
		const name = 'webhook_intermediate_status';
		expect(await sentTo('https://a/', { webhookIntermediateStatus: true })).toContain(
			`${name}=true`,
		);
		expect(await sentTo('https://a/', { webhookIntermediateStatus: false })).not.toContain(name);
		expect(await sentTo('  ', { webhookIntermediateStatus: true })).not.toContain('?');
	});
});
