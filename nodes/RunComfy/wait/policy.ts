import type { IExecuteFunctions } from 'n8n-workflow';
import { isAgentCall } from '../items/agent';
import type { WaitMode } from '../parameters/options';
import type { Parked } from '../session/ledger';
import { isAwaited } from './reentry';

/**
 * Why the execution has to stay in n8n's memory; undefined if it may leave. Whoever waits for the output
 * would get that of an unfinished execution.
 */
export function whyItStays(
	context: IExecuteFunctions,
	mode: Exclude<WaitMode, 'poll'>,
): string | undefined {
	if (isAgentCall(context)) return 'an AI agent waits for what comes out';
	const started = context.getMode();
	if (!PARKABLE.has(started)) return `n8n has started it in the mode "${started}"`;
	// Of several parts of a workflow that run as one, n8n waits for the first only: see the decision
	// on parked waits. A user may know that there is one.
	if (mode === 'auto' && isAwaited(context)) return 'another workflow waits for what comes out';
	const asking = waitingTrigger(context);
	return asking && `the node "${asking}" answers only when the workflow has got further`;
}

const PARKABLE = new Set<string>(['error', 'integrated', 'manual', 'retry', 'trigger', 'webhook']);

/** Whoever has called one of these waits for an answer, whatever its parameters say. */
const ALWAYS_ASKING = /chatTrigger$|mcpTrigger$/i;

/** The trigger, or another node before this one, that answers a call later than at once. */
function waitingTrigger(context: IExecuteFunctions): string | undefined {
	const parents = context.getParentNodes(context.getNode().name, { includeNodeParameters: true });
	return parents.find(({ name, type, disabled, parameters = {} }) => {
		if (disabled || !hasRun(context, name)) return false;
		const { responseMode, options } = parameters;
		const { responseMode: ofChat } = (options ?? {}) as Record<string, unknown>;
		return ALWAYS_ASKING.test(type) || [responseMode, ofChat].some(isLate);
	})?.name;
}

function isLate(responseMode: unknown): boolean {
	return responseMode !== undefined && responseMode !== 'onReceived';
}

/** Of the triggers of a workflow, one has started the execution. */
function hasRun(context: IExecuteFunctions, name: string): boolean {
	try {
		const find = context.getWorkflowDataProxy(0)['$'] as (name: string) => { isExecuted?: boolean };
		return find(name).isExecuted !== false;
	} catch {
		return true;
	}
}

/**
 * Milliseconds for which an execution is parked. When they have passed, n8n runs the node again by itself, whatever
 * has become of the process that parked it: so they bound how late a result may be after a crash. n8n is exact to the
 * second for times 70 s or more ahead, and up to 60 s late for shorter ones.
 */
const PARK_MS = 90_000;

/** The longest park. Each one costs n8n two writes of the execution. */
const MAX_PARK_MS = 300_000;

/**
 * Milliseconds for which to park, given the park before it if n8n's timer has ended that one while a watcher of this
 * process looked after the requests: then the timer is a safety net only, and need not come as often.
 */
export function parkMs(renewed: Pick<Parked, 'at' | 'until'> | undefined): number {
	return renewed ? Math.min(MAX_PARK_MS, 2 * (renewed.until - renewed.at)) : PARK_MS;
}
