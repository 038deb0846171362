// Runs on the oldest n8n that the package supports what n8n itself does for a node: load it, show its forms, give it
// credentials, files and HTTP, keep what waits, and stop or retry an execution. The rest is our own code on either n8n.
import newest from '../../../jest.config.mjs';

const own = '<rootDir>/test/n8n/oldest/node_modules';

const DIFFERS = [
	...['credentials', 'node', 'workflows', 'execute/stop', 'items/agent', 'items/files'],
	...['methods/editor', 'parameters/form', 'session/retry-execution', 'transport/host'],
	...['trigger/callbacks', 'wait/park', 'wait/retry', 'wait/wake'],
];

export default {
	...newest,
	rootDir: '../../..',
	testMatch: DIFFERS.map((name) => `<rootDir>/test/n8n/${name}.test.mts`),
	moduleNameMapper: {
		'^(n8n-core|n8n-workflow|@n8n/di|reflect-metadata|zod)$': `${own}/$1`,
	},
};
