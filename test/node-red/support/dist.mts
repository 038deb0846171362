// The compiled package, loaded as Node-RED loads it.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const requireFromRoot = createRequire(new URL('../../../package.json', import.meta.url));

/** A compiled module by its path below `dist`. */
export function dist<T>(path: string): T {
	return requireFromRoot(`./dist/${path}`) as T;
}
