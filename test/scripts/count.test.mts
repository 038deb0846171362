import { expect, it } from '@jest/globals';
import { countOf, secondTries } from '../../scripts/count.mjs';

const counts = {
	numPassedTests: 0,
	numFailedTests: 0,
	numPendingTests: 0,
	numTodoTests: 0,
	numRuntimeErrorTestSuites: 0,
};

it.each([
	['passed tests', { numPassedTests: 12 }, '12 passed, 0 failed', true],
	['failed tests', { numPassedTests: 3, numFailedTests: 2 }, '3 passed, 2 failed', false],
	[
		'each file that does not load as a failure of its own',
		{ numPassedTests: 3, numFailedTests: 2, numRuntimeErrorTestSuites: 29 },
		'3 passed, 31 failed',
		false,
	],
	[
		'what is left out',
		{ numPassedTests: 1, numPendingTests: 2, numTodoTests: 1 },
		'1 passed, 0 failed, 3 skipped',
		true,
	],
])('counts %s', (_what, report, line, ok) => {
	expect(countOf({ ...counts, ...report })).toEqual({ line, ok });
});

it('counts a failure where no test has run', () => {
	expect(countOf(undefined)).toEqual({ line: '0 passed, 1 failed', ok: false });
});

it('names the tests that passed on a second try', () => {
	const test = { status: 'passed', invocations: 1, retryReasons: [] };
	const again = { fullName: 'a › b', invocations: 2, retryReasons: ['Error: closed\n  at x'] };
	const assertionResults = [test, { ...test, ...again }, { ...test, ...again, status: 'failed' }];
	const report = { testResults: [{ assertionResults }] };
	expect(secondTries(report as never)).toEqual(['a › b: Error: closed']);
	expect(secondTries(undefined)).toEqual([]);
});
