// What the built nodes remember as long as n8n's process lives.
import { createRequire } from 'node:module';
import type * as Runtime from '../../../nodes/RunComfy/runtime.ts';

/** n8n restarts, as far as the nodes can notice: they start with a fresh runtime. */
export const { restartRuntime } = createRequire(import.meta.url)(
	'../../../dist/nodes/RunComfy/runtime.js',
) as typeof Runtime;
