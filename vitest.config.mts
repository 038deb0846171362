import { defineConfig } from 'vitest/config';

export default defineConfig({
	// Also .cts: the editor's scripts share a few functions with the runtime.
	esbuild: { include: /\.[cm]?ts$/ },
	test: {
		include: ['test/**/*.test.mts'],
		exclude: ['test/e2e/**', '**/node_modules/**'],
		// Each file in a process of its own: n8n and Node-RED keep state in their modules.
		pool: 'forks',
		// A first load of n8n's engine on a busy machine takes several seconds.
		testTimeout: 30_000,
		hookTimeout: 60_000,
		restoreMocks: true,
	},
});
