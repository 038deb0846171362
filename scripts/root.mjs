import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Finds what the repository itself installs, and not what scripts/hosts installs for the end-to-end tests, which may
 * need a newer Node.js.
 */
export const requireFromRoot = createRequire(join(root, 'package.json'));
