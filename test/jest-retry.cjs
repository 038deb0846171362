// On a busy build machine, one of the thousands of tests over real sockets may fail by chance. Only there, a failed
// test is run once more, and Jest prints why it failed the first time.
if (process.env.RETRY_FAILED_TESTS === '1') jest.retryTimes(1, { logErrorsBeforeRetry: true });
