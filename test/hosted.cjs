// The filter of `npm test` for `jest --filter`: it selects the tests that `npm run check` leaves out.
const hostless = require('./hostless.cjs');

/** @param {string[]} tests */
module.exports = async (tests) => {
	const { filtered } = await hostless(tests);
	return { filtered: tests.filter((test) => !filtered.includes(test)) };
};
