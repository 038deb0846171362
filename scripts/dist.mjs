// Loads what was built, with the types of its sources. Use it only after a build.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './root.mjs';

const require = createRequire(import.meta.url);

/** @param {string} file below `dist` */
export const load = (file) => require(join(root, 'dist', file));

/** @returns {typeof import('../core/index.ts') & typeof import('../core/parsers.ts')} */
export const loadCore = () => ({ ...load('core/index.js'), ...load('core/parsers.js') });

/** @returns {typeof import('../simulator/index.cts')} */
export const loadSimulator = () => load('simulator/index.cjs');

/** @returns {typeof import('../simulator/deployments/store.cts').PRESET_DEPLOYMENTS} */
export const loadPresetDeployments = () =>
	load('simulator/deployments/store.cjs').PRESET_DEPLOYMENTS;
