import { expect, it } from '@jest/globals';
import { countOf, testFolder } from '../../scripts/jest.mjs';

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
		'a file that does not load as one failure',
		{ numPassedTests: 3, numFailedTests: 2, numRuntimeErrorTestSuites: 29 },
		'3 passed, 31 failed',
		false,
	],
	[
		'skipped tests',
		{ numPassedTests: 1, numPendingTests: 2, numTodoTests: 1 },
		'1 passed, 0 failed, 3 skipped',
		true,
	],
])('counts %s', (_what, report, line, ok) => {
	expect(countOf({ ...counts, ...report })).toEqual({ line, ok });
});

it('counts a failure if no test has run', () => {
	expect(countOf(undefined)).toEqual({ line: '0 passed, 1 failed', ok: false });
});

it('counts what failed beside the tests', () => {
	const report = { ...counts, numPassedTests: 5 };
	expect(countOf(report, 2)).toEqual({ line: '5 passed, 2 failed', ok: false });
});

it.each([
	['core/files', 'test/core/files'],
	['test/core/files/', 'test/core/files'],
	['core/files/media.ts', 'test/core/files'],
	['nodes/RunComfy/session/ledger.ts', 'test/n8n/session'],
	['nodes', 'test/n8n'],
	['node-red/runtime/nothing', 'test/node-red/runtime'],
])('the tests of %s are in %s', (path, folder) => {
	expect(testFolder(path)).toBe(folder);
});
