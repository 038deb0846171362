import type { IExecuteFunctions } from 'n8n-workflow';
import { isAgentCall } from '../items/agent';
import type { WaitMode } from '../parameters/options';
import { isAwaited } from './reentry';

/**
 * Why the execution has to stay in n8n's memory; undefined where it may leave. Somebody who waits for
 * what comes out would be given an execution that is not at its end.
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
