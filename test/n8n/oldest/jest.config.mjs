// Runs the tests of n8n's nodes on the oldest n8n that the package supports.
import newest from '../../../jest.config.mjs';

const own = '<rootDir>/test/n8n/oldest/node_modules';

export default {
	...newest,
	rootDir: '../../..',
	testMatch: ['<rootDir>/test/n8n/**/*.test.mts'],
	// These do not use n8n, so npm test has already covered them.
	testPathIgnorePatterns: [
		...newest.testPathIgnorePatterns,
		...['parsers', 'session/ledger', 'wait/watcher'].map((name) => `/test/n8n/${name}\\.test`),
	],
	moduleNameMapper: {
		'^(n8n-core|n8n-workflow|@n8n/di|reflect-metadata|zod)$': `${own}/$1`,
	},
};
