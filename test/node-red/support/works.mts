// What the runtime says of its works and runs, past the nodes.
import type * as WorkModule from '../../../node-red/runtime/node/lasting.cts';
import type * as RecordModule from '../../../node-red/runtime/runs/record.cts';
import type * as RuntimeModule from '../../../node-red/runtime/runtime.cts';
import { dist } from './dist.mts';

const { worksOf } = dist<typeof WorkModule>('node-red/runtime/node/lasting.cjs');
const { runsChanged } = dist<typeof RecordModule>('node-red/runtime/runs/record.cjs');

const { startFreshRuntime } = dist<typeof RuntimeModule>('node-red/runtime/runtime.cjs');

export { runsChanged, startFreshRuntime };

/** How many works of a node have not reached the next nodes. */
export function countWorks(nodeId: string): number {
	return worksOf(nodeId).length;
}
