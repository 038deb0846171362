import { createRequire } from 'node:module';
import type * as Undici from 'undici';
import { RunComfyError } from '../../../core/index.js';

const load = createRequire(__filename);
let loaded: typeof Undici | undefined;

/**
 * undici, loaded on first use: an optional dependency must not keep the nodes out of the palette.
 * @throws RunComfyError `service_unavailable` when it is not installed or does not load.
 */
export function loadUndici(): typeof Undici {
	try {
		return (loaded ??= load('undici') as typeof Undici);
	} catch (error) {
		throw new RunComfyError(
			'service_unavailable',
			`The HTTP library undici could not be loaded (${codeOf(error)})`,
			{ hint: hintFor(process.versions.node), retryable: false },
		);
	}
}

/** Loads it ahead of the first message, which it would hold up; why it does not load, that one tells. */
export function warmUpUndici(): void {
	try {
		loadUndici();
	} catch {
		// Told by whoever needs it.
	}
}

/** The first Node.js that undici 7 runs on. */
const OLDEST_NODE = '20.18.1';

/** How to get undici to load on a version of Node.js. */
export function hintFor(version: string): string {
	return isOlder(version, OLDEST_NODE)
		? `Node-RED runs on Node.js ${version}: install Node.js ${OLDEST_NODE} or newer, then restart Node-RED.`
		: 'Run "npm install undici@7" in the Node-RED user directory, then restart Node-RED.';
}

function isOlder(version: string, than: string): boolean {
	return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

function codeOf(error: unknown): string {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	return typeof code === 'string' ? code : 'unknown';
}
