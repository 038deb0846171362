// Interpreting answers, which decides whether a paid call is repeated, and what users read.
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, type ErrorFacts } from '../../../core/errors';
import { errorFromAnswer } from '../../../core/errors/fromAnswer';
import { CODES } from '../../../core/index';
import { expectNamed } from '../../support/expect.mts';

const answered = (httpStatus: number, body?: unknown, facts: ErrorFacts = {}) =>
	errorFromAnswer(
		httpStatus,
		body,
		typeof body === 'string' ? body : JSON.stringify(body ?? ''),
		facts,
	);

/** An answer that is not JSON. */
const page = (text: string, httpStatus = 502) => errorFromAnswer(httpStatus, undefined, text, {});

const isWorthRepeating = (httpStatus: number) =>
	httpStatus === 408 || httpStatus === 429 || httpStatus >= 500;

/** Together with test/faults, these are all codes that RunComfy documents. */
const BY_API_CODE: Array<[number, ErrorCode]> = [
	[401001, 'auth_failed'],
	[403003, 'forbidden'],
	[10002, 'deployment_disabled'],
	[10011, 'run_failed'],
	// Codes of the Model API.
	[400001, 'not_found'],
	[400004, 'auth_failed'],
	// Missing from the documented table, which contains only its family.
	[401002, 'auth_failed'],
	[402001, 'insufficient_funds'],
	[503001, 'service_unavailable'],
	[400123, 'invalid_request'],
	// Gateways repeat the HTTP status in the body.
	[401, 'auth_failed'],
	[429, 'rate_limited'],
	// The documentation mentions this group without details, so it counts as permanent.
	[10020, 'invalid_request'],
];

describe('an HTTP status', () => {
	it.each<[ErrorCode | undefined, number[]]>([
		[undefined, [200, 202, 299]],
		['bad_response', [300, 301, 307, 399]],
		['invalid_request', [100, 199, 400, 405, 409, 413, 422, 499]],
		['auth_failed', [401]],
		['insufficient_funds', [402]],
		['forbidden', [403]],
		['not_found', [404]],
		['rate_limited', [429]],
		['service_unavailable', [408, 500, 502, 503, 504, 599]],
	])('means %s: %j', (code, statuses) => {
		for (const httpStatus of statuses) {
			for (const error of [answered(httpStatus, {}), page('', httpStatus)]) {
				expect([httpStatus, error?.code]).toEqual([httpStatus, code]);
				if (error)
					expect(error).toMatchObject({ httpStatus, retryable: isWorthRepeating(httpStatus) });
			}
		}
	});

	it('of 404 has a hint of what may be wrong', () => {
		const hint = (facts: ErrorFacts, body: unknown = {}) => answered(404, body, facts)?.hint;
		const ids = { deploymentId: 'd', requestId: 'r' };
		for (const known of [{ deploymentId: 'd' }, { modelId: 'm' }, ids]) {
			expect(hint(known)).toBe(CODES.not_found.hint);
			expect(hint(known, { detail: 'Not Found', error_code: 404001 })).toBe(CODES.not_found.hint);
			expect(hint(known, { detail: 'Not Found' })).toMatch(/^The answer does not come from/);
			expect(hint(known, { message: 'Not found' })).toMatch(/^The answer does not come from/);
		}
		expect(hint({})).toMatch(/Check the base URL first/);
		expect(errorFromAnswer(404, undefined, '<html>', ids)?.hint).toMatch(/^The answer does not/);
		expect(errorFromAnswer(400, undefined, '<html>', ids)?.hint).not.toMatch(/does not come from/);
	});

	// Recorded from ComfyUI 0.3.64.
	it.each([
		['reading', 404, null, ''],
		['submitting', 405, undefined, '405: Method Not Allowed'],
	])('of a ComfyUI in place of RunComfy says what to do, %s', (_what, httpStatus, body, text) => {
		const error = errorFromAnswer(httpStatus, body, text, { deploymentId: 'd' });
		expect(error?.hint).toContain('the address that runcomfy-simulator prints');
	});
});

describe('the number in an answer', () => {
	it.each(BY_API_CODE)('%i means %s, whatever the HTTP status', (apiCode, code) => {
		const unknown = apiCode === 10020;
		const others = unknown ? [] : [401, 402, 403, 404, 429];
		for (const httpStatus of [200, 202, 400, 422, ...others, 500, 503]) {
			const error = answered(httpStatus, { error_code: apiCode, error_message: 'why' });
			expectNamed(error, `HTTP ${httpStatus}`).toMatchObject({
				code,
				httpStatus,
				retryable: CODES[code].repeat === 'later',
				details: { error_code: apiCode },
				message: `RunComfy answered: why (code ${apiCode})`,
			});
		}
	});

	it.each([
		[599_001, 500, 'service_unavailable'],
		// An unknown group counts as a refusal that waiting does not change.
		[600_001, 500, 'invalid_request'],
		[399_001, 500, 'invalid_request'],
		[600, 500, 'invalid_request'],
		[1_000, 500, 'invalid_request'],
		[10_020, 429, 'rate_limited'],
		[10_020, 401, 'auth_failed'],
	])('%i with HTTP %i means %s', (apiCode, httpStatus, code) => {
		expect(answered(httpStatus, { error_code: apiCode })?.code).toBe(code);
	});

	it.each([[' '], [0], ['0'], [null], ['']])('%j is not an error', (none) => {
		expect(answered(200, { error_code: none, status: 'in_queue' })).toBeUndefined();
	});

	it('comes before a state beside it, but a word does not come before the HTTP status', () => {
		expect(answered(200, { status: 'completed', error_code: 10003 })?.code).toBe(
			'deployment_deleted',
		);
		expect(answered(200, { error_code: 'NO_WAY' })?.code).toBe('invalid_request');
		expect(answered(502, { error_code: 'BAD_GATEWAY' })).toMatchObject({
			code: 'service_unavailable',
			retryable: true,
		});
	});

	it('is in the details for programs, with nothing that is not known', () => {
		expect(answered(400, {})?.details).toStrictEqual({});
		const facts = { details: { own: 1 } };
		expect(answered(422, { error_code: 422_001, detail: 'd' }, facts)?.details).toStrictEqual({
			own: 1,
			error_code: 422_001,
			detail: 'd',
		});
	});
});

describe('the words of an answer', () => {
	const finding = (msg: string, ...loc: unknown[]) => ({ loc, msg });

	it.each([
		[{ error_message: 'a', message: 'b', error: 'c', detail: 'd' }, 'a: d'],
		[{ message: 'Forbidden' }, 'Forbidden'],
		[{ error: 'c', detail: 'd' }, 'c: d'],
		[{ error: { message: 'inner', code: 7 } }, 'inner'],
		[{ detail: 'd' }, 'd'],
		[{ detail: [finding('required', 'body', 'seed')] }, 'seed: required'],
		[{ detail: [finding('x', 'body', 'a', 0), finding('y', 'b')] }, 'a > 0: x; b: y'],
		[{ detail: [finding('y', 'query', 'b')] }, 'query > b: y'],
		[{ code: 'E_ODD' }, '{"code":"E_ODD"}'],
		[{ error_message: '', message: ' ' }, '{"error_message":"","message":" "}'],
		[{}, undefined],
		[[], undefined],
	])('in %j are %s', (body, said) => {
		const words = said === undefined ? ' with HTTP 400' : `: ${said} (HTTP 400)`;
		expect(answered(400, body)?.message).toBe(`RunComfy answered${words}`);
	});

	it.each<[unknown, string]>([
		[
			[finding('must be a text', 'body', 'overrides', '6', 'inputs', 'text')],
			'validation error: node 6, input text: must be a text',
		],
		[[finding('no URL', 'body', 'webhook')], 'validation error: webhook: no URL'],
		['Unknown version', 'validation error: Unknown version'],
		// The text is not repeated.
		[[finding('validation error', 'body', 'overrides', '9')], 'node 9: validation error'],
		['Validation error', 'validation error'],
		[[{ loc: 'body' }, 'x', null], 'validation error'],
	])('name what they are about: %j', (detail, said) => {
		const body = { error_code: 422001, error_message: 'validation error', detail };
		expect(answered(422, body)?.message).toBe(`RunComfy answered: ${said} (code 422001)`);
	});

	it('leave out the submitted values, which may be large or secret', () => {
		const input = { extra_data: { api_key_comfy_org: 'comfyui-key' }, image: 'A'.repeat(1e6) };
		const kept = { loc: ['body'], msg: 'no', type: 'value_error' };
		const error = answered(422, { error_code: 422001, detail: [{ ...kept, input }] });
		expect(error?.details?.['detail']).toEqual([kept]);
	});
});

describe('an answer that is not JSON', () => {
	it.each([
		['see {}', ': see {} (HTTP 502)'],
		['{ }', ' with HTTP 502'],
		['<html><title>Bad Gateway</title>', ': Bad Gateway (HTTP 502)'],
		['<html><p>no title</p>', ' with HTTP 502'],
		['<HTML><TITLE id="a">Bad\n Gateway</TITLE>', ': Bad Gateway (HTTP 502)'],
	])('%s', (text, said) => {
		expect(page(text)?.message).toBe(`RunComfy answered${said}`);
	});
});
