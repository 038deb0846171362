/**
 * The plain count line of `npm test`.
 * @param {Pick<import('@jest/test-result').AggregatedResult, 'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests' | 'numRuntimeErrorTestSuites'> | undefined} report
 *   Jest's JSON; none where it did not come to run tests
 * @returns {{line: string, ok: boolean}}
 */
export function countOf(report) {
	if (report === undefined) return { line: '0 passed, 1 failed', ok: false };
	// Each file that does not load fails without a failed test in it.
	const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
	const skipped = report.numPendingTests + report.numTodoTests;
	return {
		line: `${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
		ok: failed === 0,
	};
}

/**
 * The tests that failed first and passed when run again, each with why it failed.
 * @param {{testResults: Array<{assertionResults: Array<Pick<import('@jest/test-result').AssertionResult, 'fullName' | 'status' | 'invocations' | 'retryReasons'>>}>} | undefined} report
 * @returns {string[]}
 */
export function secondTries(report) {
	return (report?.testResults ?? []).flatMap(({ assertionResults }) =>
		assertionResults
			.filter(({ status, invocations = 1 }) => status === 'passed' && invocations > 1)
			.map(({ fullName, retryReasons }) => `${fullName}: ${firstLine(retryReasons?.[0])}`),
	);
}

const firstLine = (/** @type {string | undefined} */ text = '') => text.split('\n', 1)[0];
