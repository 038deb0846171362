// n8n's process as tests see it: its version, its log, and what the built nodes remember.
import { createRequire } from 'node:module';
import { it, jest } from '@jest/globals';
import semver from 'semver';
import type * as Runtime from '../../../nodes/RunComfy/runtime.ts';

const require = createRequire(import.meta.url);
const ofCore = createRequire(require.resolve('n8n-core'));

const { version } = ofCore('../package.json') as { version: string };

/** `it` from that version of n8n-core on. `why` says what an older n8n does otherwise; a skipped test prints it. */
export function itSince(since: string, why: string): typeof it | typeof it.skip {
	if (semver.gte(version, since)) return it;
	process.stdout.write(`n8n-core ${version}, skipped: ${why}\n`);
	return it.skip;
}

interface Log {
	info(message: string, facts?: object): void;
	warn(message: string, facts?: object): void;
}

/** What n8n logs. */
export function spyOnLog() {
	const { Logger } = ofCore('@n8n/backend-common') as { Logger: new () => Log };
	const { Container } = ofCore('@n8n/di') as { Container: { get(token: unknown): Log } };
	const logger = Container.get(Logger);
	return { info: jest.spyOn(logger, 'info'), warn: jest.spyOn(logger, 'warn') };
}

/** n8n restarts, as far as the nodes can notice: they start with a fresh runtime. */
export const { restartRuntime } =
	require('../../../dist/nodes/RunComfy/runtime.js') as typeof Runtime;
