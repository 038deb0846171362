import { createRequire } from 'node:module';

/** The built simulator, in this process, so that tests count its calls. */
export function startSimulator(options = {}) {
	const { createSimulator } = createRequire(import.meta.url)('../../dist/simulator/index.cjs');
	return createSimulator({ latencyMs: 1_000, ...options });
}
