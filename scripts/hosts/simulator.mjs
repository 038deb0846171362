import { loadSimulator } from '../dist.mjs';

/**
 * The built simulator, in this process, so that tests count its calls.
 * @param {import('../../simulator/index.cts').SimulatorOptions} [options]
 */
export function startSimulator(options = {}) {
	return loadSimulator().createSimulator({ latencyMs: 1_000, ...options });
}
