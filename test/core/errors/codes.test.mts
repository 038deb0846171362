import { describe, expect, it } from '@jest/globals';
import {
	CODES,
	type ErrorCode,
	getBalance,
	getStatus,
	RunComfyError,
	submit,
	toRunComfyError,
} from '../../../core/index';
import { expectNamed } from '../../support/expect.mts';
import { REF } from '../support/fakeJob.mts';
import { clientOf, json, type Reply } from '../support/virtualHost.mts';

const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

async function errorOf(reply: Reply): Promise<RunComfyError> {
	const { client } = clientOf(reply);
	const error: unknown = await getStatus(client, REF, ONCE).catch((thrown: unknown) => thrown);
	expect(error).toBeInstanceOf(RunComfyError);
	return error as RunComfyError;
}

const BY_API_CODE: Array<[number, ErrorCode]> = [
	[401001, 'auth_failed'],
	[403003, 'forbidden'],
	[404001, 'not_found'],
	[422001, 'invalid_request'],
	[500001, 'service_unavailable'],
	[10001, 'insufficient_funds'],
	[10002, 'deployment_disabled'],
	[10003, 'deployment_deleted'],
	[10011, 'run_failed'],
	// Not in the documented table, but of a documented family.
	[401002, 'auth_failed'],
	[402001, 'insufficient_funds'],
	[429001, 'rate_limited'],
	[503001, 'service_unavailable'],
	[400123, 'invalid_request'],
	// The HTTP status itself, as gateways repeat it.
	[401, 'auth_failed'],
	[429, 'rate_limited'],
	[503, 'service_unavailable'],
	// Another group of which only the existence is known: permanent.
	[10020, 'invalid_request'],
];

describe('the number in an answer', () => {
	it.each(BY_API_CODE)('%i means %s, whatever the HTTP status', async (apiCode, code) => {
		const unknown = apiCode === 10020;
		for (const httpStatus of [200, 202, 400, 422, ...(unknown ? [] : [401, 404, 429]), 500, 503]) {
			const error = await errorOf(json({ error_code: apiCode, error_message: 'why' }, httpStatus));
			expectNamed(error, `HTTP ${httpStatus}`).toMatchObject({
				code,
				httpStatus,
				...REF,
				retryable: CODES[code].repeat === 'later',
				details: { error_code: apiCode },
				message: `RunComfy answered: why (code ${apiCode})`,
			});
		}
	});

	it('may be written as a text', async () => {
		const error = await errorOf(json({ error_code: '10002' }));
		expect(error).toMatchObject({ code: 'deployment_disabled', details: { error_code: 10002 } });
	});

	it('may be a word: an error within a 2xx; otherwise the HTTP status decides', async () => {
		expect(await errorOf(json({ error_code: 'NO_WAY' }))).toMatchObject({
			code: 'invalid_request',
			message: expect.stringContaining('NO_WAY'),
		});
		const error = await errorOf(json({ error_code: 'BAD_GATEWAY' }, 502));
		expect(error).toMatchObject({ code: 'service_unavailable', retryable: true });
	});

	it.each([[0], ['0'], [null], ['']])('%j is no error', async (none) => {
		const { client } = clientOf(json({ error_code: none, status: 'in_queue' }));
		expect(await getStatus(client, REF)).toMatchObject({ status: 'in_queue' });
	});

	it('comes before a status that stands beside it', async () => {
		const error = await errorOf(json({ status: 'completed', error_code: 10003 }));
		expect(error.code).toBe('deployment_deleted');
	});
});

describe('the HTTP status, where there is no number', () => {
	it.each<[number, ErrorCode, boolean]>([
		[301, 'bad_response', false],
		[307, 'bad_response', false],
		[400, 'invalid_request', false],
		[401, 'auth_failed', false],
		[402, 'insufficient_funds', false],
		[403, 'forbidden', false],
		[404, 'not_found', false],
		[405, 'invalid_request', false],
		[408, 'service_unavailable', true],
		[409, 'invalid_request', false],
		[413, 'invalid_request', false],
		[422, 'invalid_request', false],
		[429, 'rate_limited', true],
		[500, 'service_unavailable', true],
		[502, 'service_unavailable', true],
		[503, 'service_unavailable', true],
		[504, 'service_unavailable', true],
		[599, 'service_unavailable', true],
	])('%i is %s', async (httpStatus, code, retryable) => {
		for (const reply of [json({ message: 'no' }, httpStatus), { status: httpStatus, body: '' }]) {
			expect(await errorOf(reply)).toMatchObject({ code, retryable, httpStatus });
		}
	});

	it('429 is told apart from the full queue of a host, which has the same code', async () => {
		for (const reply of [{ status: 429 }, json({ error_code: 429001 })]) {
			expect((await errorOf(reply)).details).toMatchObject({ reason: 'throttled' });
		}
	});

	it('413 tells to send a URL instead', async () => {
		expect((await errorOf({ status: 413, body: '' })).hint).toContain('URL instead');
	});

	it('404 with a page that is not RunComfy’s tells to check the base URL', async () => {
		const page = '<html><head><title>Not here</title></head></html>';
		expect((await errorOf({ status: 404, body: page })).hint).toMatch(/base URL first/);
		expect((await errorOf(json({ error_code: 404001 }, 404))).hint).toBe(CODES.not_found.hint);
	});

	it('404 for what is not of a request tells what to check: the deployment, or the base URL', async () => {
		const { client } = clientOf(json({ error_code: 404001 }, 404));
		await expect(submit(client, { deploymentId: 'd' })).rejects.toMatchObject({
			hint: expect.stringMatching(/^Check the deployment id: choose/),
		});
		await expect(getBalance(client)).rejects.toMatchObject({
			hint: expect.stringMatching(/^Check the base URL/),
		});
	});

	it('a redirect tells to check the base URL, and is not followed', async () => {
		const error = await errorOf({ status: 308, headers: { location: 'https://elsewhere/' } });
		expect(error.hint).toContain('base URL');
	});
});

describe('every code', () => {
	it.each(Object.entries(CODES))('%s has a hint', (_code, { hint }) => {
		expect(hint).toMatch(/^[A-Z].*\.$/);
	});

	it('says whether waiting alone may help', () => {
		const hopeful = Object.entries(CODES).filter(([, { repeat }]) => repeat === 'later');
		expect(hopeful.map(([code]) => code).sort()).toEqual([
			'bad_response',
			'output_unavailable',
			'rate_limited',
			'service_unavailable',
			'timed_out',
		]);
	});

	it('serialises with its facts, of which others may take the place', () => {
		const error = new RunComfyError('timed_out', 'late', { requestId: 'a', details: { n: 1 } });
		expect(JSON.parse(JSON.stringify(error))).toEqual({
			code: 'timed_out',
			message: 'late',
			hint: CODES.timed_out.hint,
			retryable: true,
			requestId: 'a',
			details: { n: 1 },
		});
		const more = error.with({ requestId: 'b', deploymentId: 'd', hint: 'other' });
		expect(JSON.parse(JSON.stringify(more))).toEqual({
			code: 'timed_out',
			message: 'late',
			hint: 'other',
			retryable: true,
			requestId: 'b',
			deploymentId: 'd',
			details: { n: 1 },
		});
		expect(more).toBeInstanceOf(Error);
		expect(more.name).toBe('RunComfyError');
	});

	it('stays itself, where anything thrown is made one', () => {
		const error = new RunComfyError('aborted', 'x');
		expect(toRunComfyError(error, 'bad_response')).toBe(error);
		expect(toRunComfyError(new TypeError('Bearer abc'), 'bad_response')).toMatchObject({
			code: 'bad_response',
			message: 'Bearer [token]',
		});
		expect(toRunComfyError('word', 'invalid_input').message).toBe('word');
	});
});
