// On a build machine one of thousands of tests over real sockets may meet a busy moment. There, and only
// there, a failed test is run once more. Jest prints why it failed at first.
if (process.env.RETRY_FAILED_TESTS === '1') jest.retryTimes(1, { logErrorsBeforeRetry: true });
