// What an answer is taken for: it decides whether a paid call is repeated, and what a person is told.
import { describe, expect, it } from '@jest/globals';
import { errorFromAnswer } from '../../../core/errors/fromAnswer';
import type { ErrorFacts } from '../../../core/index';

const answered = (httpStatus: number, body?: unknown, facts: ErrorFacts = {}) =>
	errorFromAnswer(
		httpStatus,
		body,
		typeof body === 'string' ? body : JSON.stringify(body ?? ''),
		facts,
	);

/** An answer that is no JSON. */
const page = (text: string) => errorFromAnswer(502, undefined, text, {})?.message;

describe('an HTTP status', () => {
	it.each([
		[100, 'invalid_request'],
		[199, 'invalid_request'],
		[200, undefined],
		[299, undefined],
		[300, 'bad_response'],
		[399, 'bad_response'],
		[400, 'invalid_request'],
		[499, 'invalid_request'],
		[500, 'service_unavailable'],
	])('of %i means %s', (httpStatus, code) => {
		expect(answered(httpStatus, {})?.code).toBe(code);
	});

	it('that points elsewhere is not followed, and tells where to look', () => {
		for (const httpStatus of [300, 307, 399]) {
			expect(answered(httpStatus)).toMatchObject({
				retryable: false,
				hint: expect.stringContaining('points to another address'),
			});
		}
		expect(answered(400)?.hint).not.toContain('points to another address');
	});

	it('of 404 tells what may be wrong, unless that is known', () => {
		const hint = (facts: ErrorFacts, body: unknown = {}) => answered(404, body, facts)?.hint;
		const ids = { deploymentId: 'd', requestId: 'r' };
		expect(hint({ hint: 'known' })).toBe('known');
		expect(hint({})).toMatch(/^Check the base URL/);
		expect(hint({ deploymentId: 'd' })).toMatch(/^Check the deployment id/);
		expect(hint(ids)).toBe(answered(404, { error_code: 404001 }, ids)?.hint);
		expect(errorFromAnswer(404, undefined, '<html>', ids)?.hint).toMatch(/not one of RunComfy’s/);
		expect(errorFromAnswer(400, undefined, '<html>', ids)?.hint).not.toMatch(/not one of/);
	});
});

describe('the number in an answer', () => {
	it.each([
		[599_001, 500, 'service_unavailable'],
		// No group of RunComfy's: a refusal that waiting does not mend.
		[600_001, 500, 'invalid_request'],
		[399_001, 500, 'invalid_request'],
		[600, 500, 'invalid_request'],
		[1_000, 500, 'invalid_request'],
		[10_020, 429, 'rate_limited'],
		[10_020, 401, 'auth_failed'],
	])('%i with HTTP %i means %s', (apiCode, httpStatus, code) => {
		expect(answered(httpStatus, { error_code: apiCode })?.code).toBe(code);
	});

	it.each([
		[' 10002 ', 10_002],
		[' NO_WAY ', 'NO_WAY'],
		['E42', 'E42'],
		['42E', '42E'],
	])('may be written as %j', (written, read) => {
		expect(answered(200, { error_code: written })).toMatchObject({
			message: `RunComfy answered: ${JSON.stringify({ error_code: written })} (code ${read})`,
			details: { error_code: read },
		});
	});

	it('is none where it is blank', () => {
		expect(answered(200, { error_code: ' ' })).toBeUndefined();
	});

	it('is told to programs, and nothing that is not known', () => {
		expect(answered(400, {})?.details).toStrictEqual({});
		expect(answered(429, {})?.details).toStrictEqual({ reason: 'throttled' });
		const facts = { details: { own: 1 } };
		expect(answered(422, { error_code: 422_001, detail: 'd' }, facts)?.details).toStrictEqual({
			...{ own: 1, error_code: 422_001, detail: 'd' },
		});
	});
});

describe('an answer about overrides', () => {
	it.each([
		[422, { message: 'x', detail: { reason: 'unknown node 5' } }, 'invalid_overrides'],
		[422, { message: 'x', detail: { reason: 'y' } }, 'invalid_request'],
		[422, { message: 'x' }, 'invalid_request'],
		// Of another kind whatever it speaks of: a submit that may have arrived is not repeated.
		[403, { message: 'no overrides' }, 'forbidden'],
		[500, { message: 'no overrides' }, 'service_unavailable'],
	])('(%i %j) is %s', (httpStatus, body, code) => {
		expect(answered(httpStatus, body)?.code).toBe(code);
	});

	const finding = (loc: unknown[], msg: string) => ({ detail: [{ loc, msg }] });
	it.each([
		[finding(['body', 'overrides'], 'x'), 'overrides: x'],
		[finding(['body', 'overrides', '6', 'inputs', 'a', 'b'], 'x'), 'node 6, input a > b: x'],
		[finding(['body', { toString: 1 }, null, 'seed'], 'x'), 'seed: x'],
		[
			{ message: 'validation error: field required', ...finding(['seed'], 'field required') },
			'validation error: seed: field required',
		],
		[
			{ message: 'a: b: field required', ...finding(['seed'], 'field required') },
			'a: b: seed: field required',
		],
		[
			{ message: 'field required is said', ...finding(['seed'], 'field required') },
			'field required is said: seed: field required',
		],
	])('says where: %j', (body, said) => {
		expect(answered(422, body)?.message).toBe(`RunComfy answered: ${said} (HTTP 422)`);
	});
});

describe('an answer that is no JSON', () => {
	it.each([
		['see {}', ': see {} (HTTP 502)'],
		['{} seen', ': {} seen (HTTP 502)'],
		['{ }', ' with HTTP 502'],
		['<html><title>Bad Gateway</title>', ': Bad Gateway (HTTP 502)'],
		['<html><p>no title</p>', ' with HTTP 502'],
		['<html><title>not closed', ' with HTTP 502'],
		['<html><title', ' with HTTP 502'],
		['<HTML><TITLE id="a">Bad</TITLE>', ': Bad (HTTP 502)'],
		['<html><title>broken<p></title>', ' with HTTP 502'],
	])('%s', (text, said) => {
		expect(page(text)).toBe(`RunComfy answered${said}`);
	});
});
