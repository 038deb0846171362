import { beforeAll, jest } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { RunComfyError, type Settled } from '../../../core/index.ts';
import { Ledger, type NodeContext, type Park } from '../../../nodes/RunComfy/session/ledger.ts';
import type * as Parking from '../../../nodes/RunComfy/wait/park.ts';
import { fakeJob } from '../../core/support/fakeJob.mts';
import { clientOf, type Reply, type Seen } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';

/** What n8n answers whoever asks whether it takes calls. */
export const TAKES: Reply = {
	status: 204,
	headers: { 'access-control-allow-origin': 'https://runcomfy.invalid' },
};

/** What comes of an item that the node has left. */
export const LEFT: Settled<never[]> = { ok: false, error: new RunComfyError('aborted', 'x') };

export interface Options {
	waitMode?: 'auto' | 'poll' | 'suspend';
	stopAtFailure?: boolean;
	cancelOnFailure?: boolean;
	cancelOnStop?: boolean;
	/** What n8n answers under the address of the execution. */
	n8n?: () => Reply | Error;
	/** Milliseconds after the submit at which somebody stops the execution. */
	stoppedAt?: number;
	/** RunComfy's answer to cancels: that it was requested by default. */
	cancel?: Reply;
	/** Whether the requests are those of a hosted model. */
	isModel?: boolean;
	/** Ids that a retry has taken up. */
	pickedUp?: readonly string[];
	resumeUrl?: string;
	items?: number;
	/** The park that n8n's timer has ended. */
	renewed?: Park | undefined;
	/** What is known of other things of the execution. */
	more?: object;
}

/** Without n8n-workflow, which takes seconds to load, and of which nothing is called here. */
export function usePark() {
	let park: typeof Parking;
	beforeAll(async () => {
		jest.doMock('n8n-workflow', () => ({}));
		park = await import('../../../nodes/RunComfy/wait/park.ts');
	});
	return {
		waiting: (options: Options = {}) => waiting(park.findWayOut, options),
		comeBack: (...args: Parameters<typeof Parking.comeBack>) => park.comeBack(...args),
	};
}

/** As n8n stores it. */
const STOPPED = 'The execution was cancelled manually';

let executions = 0;

/** An execution whose node is about to wait for the requests of its items. */
function waiting(findWayOut: typeof Parking.findWayOut, options: Options) {
	executions += 1;
	const executionId = String(executions);
	const { waitMode = 'suspend', items = 1, n8n = () => TAKES } = options;
	const { resumeUrl = `http://n8n-${executionId}/webhook-waiting/7?signature=s` } = options;
	const instead = ({ path }: Seen) => {
		if (path.endsWith('/cancel')) return options.cancel;
		return path.startsWith('/webhook-waiting') ? n8n() : undefined;
	};
	const { client, host } = clientOf(fakeJob({ runMs: 3_600_000, instead }).script);
	const stored: NodeContext = {};
	const done: unknown[] = [];
	const hints: string[] = [];
	const logged: unknown[][] = [];
	const own = {
		node: { name: 'Run' },
		data: { main: [[{ json: {} }]] },
		source: null,
	};
	const stack: unknown[] = [];
	const context = {
		// Watchers of one account share a host.
		getNode: () => ({
			name: 'Run',
			type: 'runComfy',
			credentials: { runComfyApi: { id: executionId } },
		}),
		getContext: () => stored,
		getExecutionId: () => executionId,
		getMode: () => 'trigger',
		getParentNodes: () => [],
		getInstanceBaseUrl: () => '',
		getWorkflowDataProxy: () => ({ $runIndex: 0, $execution: { resumeUrl } }),
		getExecuteData: () => own,
		runExecutionData: { executionData: { nodeExecutionStack: stack } },
		// n8n stores the execution after this.
		async putExecutionToWait(until: Date) {
			done.push(['wait', until.getTime() - EPOCH, structuredClone(stored), stack.length]);
		},
		async getExecutionDataById() {
			const { stoppedAt = Infinity } = options;
			const error = host.now() - EPOCH >= stoppedAt ? { message: STOPPED } : undefined;
			return { resultData: { error }, executionData: { contextData: { 'node:Run': stored } } };
		},
		helpers: {
			async checkProcessedAndRecord(ids: readonly string[]) {
				const isNew = (id: string) => !options.pickedUp?.some((one) => id.endsWith(one));
				return { new: ids.filter(isNew), processed: ids.filter((id) => !isNew(id)) };
			},
		},
		logger: { warn: (...args: unknown[]) => logged.push(args) },
		...options.more,
	} as unknown as IExecuteFunctions;
	const ledger = new Ledger(context, {
		fingerprint: (itemIndex) => `f${itemIndex}`,
		submitted: () => undefined,
		leftBehind: () => undefined,
		canceledLate: () => undefined,
		now: () => host.now(),
	});
	const hint = (messages: readonly string[]) => hints.push(...messages);
	const session = { client, host, ledger, secrets: ['token'], hint } as never;
	const target = options.isModel
		? { service: 'model' as const, model_id: 'm' }
		: { deployment_id: 'd' };
	const accept = (itemIndex: number) =>
		ledger.accept(
			itemIndex,
			{ request_id: `r${itemIndex}`, ...target, status: 'in_queue' },
			{ warnings: [] },
		);
	for (let itemIndex = 0; itemIndex < items; itemIndex += 1) accept(itemIndex);
	const nodeOptions = {
		limit: 1,
		stopBelowBalance: 0,
		waitMode,
		stopAtFailure: options.stopAtFailure ?? true,
		cancelOnFailure: options.cancelOnFailure ?? true,
		cancelOnStop: options.cancelOnStop ?? true,
	};
	const way = findWayOut(context, session, nodeOptions, options.renewed);
	const leave = (outcomes: Array<Settled<never[]>> = [LEFT]) => way!.leave(outcomes);
	const wait = () =>
		done.find((one) => (one as unknown[])[0] === 'wait') as [string, number, NodeContext, number];
	const canceled = () => host.callsOf('cancel').map(({ path }) => path.split('/').at(-2));
	const asked = () => host.calls.filter(({ path }) => path.startsWith('/webhook-waiting'));
	return {
		way,
		leave,
		wait,
		canceled,
		asked,
		context,
		session,
		ledger,
		host,
		stack,
		own,
		stored,
		done,
		hints,
		logged,
		executionId,
		resumeUrl,
	};
}
