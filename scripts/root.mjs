// Paths of the repository, and loaders for its dependencies and build, with the types of its sources.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Resolves the repository's own dependencies, not those of scripts/hosts for the end-to-end tests, which may need a
 * newer Node.js.
 */
export const requireFromRoot = createRequire(join(root, 'package.json'));

/** @param {string} file below `dist`, after a build */
export const load = (file) => requireFromRoot(join(root, 'dist', file));

/** @returns {typeof import('../core/index.ts')} */
export const loadCore = () => load('core/index.js');

/** @returns {typeof import('../simulator/index.ts')} */
export const loadSimulator = () => load('simulator/index.js');

/** @returns {typeof import('../simulator/deployments/store.ts').PRESET_DEPLOYMENTS} */
export const loadPresetDeployments = () =>
	load('simulator/deployments/store.js').PRESET_DEPLOYMENTS;
