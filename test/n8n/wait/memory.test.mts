// What a watcher holds in n8n's memory while an execution is parked, without n8n's engine.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { restartRuntime, runtime } from '../../../nodes/RunComfy/runtime.ts';
import type * as Park from '../../../nodes/RunComfy/wait/park.ts';
import { EPOCH } from '../../support/virtualClock.mts';
import { TAKES } from './leaving.mts';

let findWayOut: typeof Park.findWayOut;
beforeAll(async () => {
	jest.doMock('n8n-workflow', () => ({}));
	({ findWayOut } = await import('../../../nodes/RunComfy/wait/park.ts'));
});

beforeEach(restartRuntime);

/** As timers would, they hold whatever waits for them. */
const sleeping: Array<() => void> = [];
const sleep = () => new Promise<void>((resolve) => sleeping.push(resolve));

/** Parks an execution of one account. */
async function park(executionId: string): Promise<WeakRef<object>> {
	const context = {
		getNode: () => ({ name: 'Run', type: 'runComfy', credentials: { runComfyApi: { id: 'one' } } }),
		getExecutionId: () => executionId,
		getMode: () => 'trigger',
		getParentNodes: () => [],
		getInstanceBaseUrl: () => '',
		getWorkflowDataProxy: () => ({ $execution: { resumeUrl: 'http://n8n/webhook-waiting/7' } }),
		getExecuteData: () => ({ node: { name: 'Run' }, data: { main: [[]] } }),
		runExecutionData: { executionData: { nodeExecutionStack: [] } },
		putExecutionToWait: async () => undefined,
		helpers: {},
		addExecutionHints: () => undefined,
		logger: {},
	};
	const host = { context, request: async () => TAKES, sleep, now: () => EPOCH, monotonic: () => 0 };
	const open = [{ ref: { requestId: `r${executionId}`, deploymentId: 'd' } }];
	const ledger = { runIndex: '0', open: () => open, park: () => undefined };
	const session = { client: { host }, host, ledger, secrets: [], hint: () => undefined } as never;
	const options = { waitMode: 'auto', stopAtFailure: true, cancelOnFailure: true } as never;
	const way = findWayOut(context as never, session, options, undefined);
	way?.prepare();
	await way?.leave([]);
	return new WeakRef(context);
}

it('a watcher holds nothing of its execution, but for the newest one of an account', async () => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const parked: Array<WeakRef<object>> = [];
	for (const id of ['1', '2', '3', '4', '5']) parked.push(await park(id));
	await new Promise((resolve) => setImmediate(resolve));
	collect();
	expect(runtime.watchers.size).toBe(5);
	expect(parked.filter((one) => one.deref())).toHaveLength(1);
});
