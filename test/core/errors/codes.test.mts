// Every error code has a hint, and stands in docs/troubleshooting.md as it is in the code.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CODES, RunComfyError, toRunComfyError } from '../../../core/index';

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

	it('is written with its facts, which can be replaced', () => {
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

	it('stays itself when anything thrown is made one', () => {
		const error = new RunComfyError('aborted', 'x');
		expect(toRunComfyError(error, 'bad_response')).toBe(error);
		expect(toRunComfyError(new TypeError('Bearer abc'), 'bad_response')).toMatchObject({
			code: 'bad_response',
			message: 'Bearer [token]',
		});
		expect(toRunComfyError('word', 'invalid_input').message).toBe('word');
	});
});

const page = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');
const [, table = ''] = page.split('<!-- generated: errors -->');
const [, exceptions = ''] = /goes on, except after (.+)\./.exec(table) ?? [];
const entries = table.split('\n').flatMap((line) => {
	if (!line.startsWith('| `')) return [];
	const [, code = '', meaning, hint, repeat] = line.split('|').map((one) => one.trim());
	return [{ code: code.slice(1, -1), meaning, hint, repeat }];
});

describe('docs/troubleshooting.md', () => {
	it('has all codes, in the order of the table', () => {
		expect(entries.map(({ code }) => code)).toEqual(Object.keys(CODES));
	});

	it.each(Object.entries(CODES))('says of %s what the table says', (code, facts) => {
		const entry = entries.find((one) => one.code === code);
		expect(entry).toMatchObject({ meaning: facts.meaning, hint: facts.hint });
		expect(entry?.repeat).toMatch({ later: /^yes/, after_help: /^once/, no: /^no$/ }[facts.repeat]);
		const [, said] = exceptions.split(`\`${code}\` (`);
		expect(said?.split(')')[0]).toBe(
			{
				failed: 'it has failed',
				canceled: 'it was canceled',
				unknown: 'it may be running',
				goes_on: undefined,
			}[facts.request],
		);
	});
});
