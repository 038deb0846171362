// What the runtime says of its accounts, works and runs, past the nodes.
import type * as AccountModule from '../../../node-red/runtime/account/account.cts';
import type * as WorkModule from '../../../node-red/runtime/node/work.cts';
import type * as EndedModule from '../../../node-red/runtime/runs/ended.cts';
import type * as RecordModule from '../../../node-red/runtime/runs/record.cts';
import type * as RunModule from '../../../node-red/runtime/runs/run.cts';
import type * as RuntimeModule from '../../../node-red/runtime/runtime.cts';
import { dist } from './dist.mts';

const { countAccounts } = dist<typeof AccountModule>('node-red/runtime/account/account.cjs');
const { worksOf } = dist<typeof WorkModule>('node-red/runtime/node/work.cjs');
const { goingRuns } = dist<typeof RunModule>('node-red/runtime/runs/run.cjs');
const { announceChange, onRunsChanged } = dist<typeof RecordModule>(
	'node-red/runtime/runs/record.cjs',
);

const { startFreshRuntime } = dist<typeof RuntimeModule>('node-red/runtime/runtime.cjs');
const { endedRuns } = dist<typeof EndedModule>('node-red/runtime/runs/ended.cjs');

export { announceChange, countAccounts, endedRuns, onRunsChanged, startFreshRuntime };

/** What goes on, in order of arrival, and then what has ended, the latest first. */
export function allRecords() {
	return [...[...goingRuns().values()].map(({ record }) => record), ...endedRuns()];
}

/** How many works of a node have not reached the next nodes. */
export function countWorks(nodeId: string): number {
	return worksOf(nodeId).length;
}
