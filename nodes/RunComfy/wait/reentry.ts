import {
	type IExecuteData,
	type IExecuteFunctions,
	type INode,
	type IRunExecutionData,
	type IWebhookFunctions,
	NodeHelpers,
} from 'n8n-workflow';
import type { NodeContext } from '../session/ledger';

/*
 * The only place that uses data outside of n8n's public interfaces: the execution's own data. Once a node has put
 * its execution to wait, n8n never runs that node again: at the end of the wait, n8n passes the node's input on as
 * its output. So the node puts a second entry for itself on the stack of nodes to execute, and empties the input of
 * its own entry, which n8n then skips. Tried on n8n 2.41.1 and 2.8.4, and on their engines by our tests. Before each
 * step, the code checks that n8n's data has the expected form. If not, the node waits in n8n's memory.
 */

interface Internals {
	runExecutionData?: {
		waitTill?: Date | undefined;
		executionData?: { nodeExecutionStack?: unknown };
		parentExecution?: { shouldResume?: boolean };
		resumeToken?: unknown;
	} | null;
}

/** The part of an execution that n8n stores. */
function internalsOf(context: IExecuteFunctions | IWebhookFunctions) {
	return (context as unknown as Internals).runExecutionData ?? undefined;
}

/**
 * The name of an extra stack entry that never runs. *Retry with currently saved workflow* finds the node of each
 * entry by name. It would give both entries of this node the same node, skip both, and pass the input on as the
 * result. No node has the name of the extra entry, so n8n refuses that retry, and shows the name to the user.
 */
const MARK = 'RunComfy: a waiting execution can only be retried with the original workflow';

/** Removes the extra entry once the execution continues. Then any kind of retry works. */
export function removeMark(context: IExecuteFunctions | IWebhookFunctions): void {
	const stack = internalsOf(context)?.executionData?.nodeExecutionStack;
	if (!Array.isArray(stack)) return;
	const at = (stack as Array<Partial<IExecuteData>>).findIndex(({ node }) => node?.name === MARK);
	if (at >= 0) stack.splice(at, 1);
}

/** Returns a function that makes n8n run this node again with its items; undefined if the engine is not as expected. */
export function reentryOf(context: IExecuteFunctions): (() => void) | undefined {
	const stack = internalsOf(context)?.executionData?.nodeExecutionStack;
	const own = context.getExecuteData?.() as Partial<IExecuteData> | undefined;
	const { node, data, source } = own ?? {};
	const fits =
		Array.isArray(stack) &&
		own !== undefined &&
		node?.name === context.getNode().name &&
		Array.isArray(data?.['main']) &&
		data['main'].length > 0 &&
		!stack.includes(own) &&
		Object.isExtensible(own);
	if (!fits || !node || !data) return undefined;
	return () => {
		// n8n skips a node without items, unless Always Output Data is on.
		const passedOver = { node: { ...node, alwaysOutputData: false }, data: { ...data, main: [] } };
		const again = { ...own, node: { ...node }, data, source: source ?? null };
		// With "Save execution progress", n8n saves before it puts the node's own entry back. Without this copy, a retry
		// of the saved execution would skip the first entry of the stack.
		stack.unshift({ ...own, ...structuredClone(passedOver) }, again);
		stack.push({ node: { ...node, name: MARK, disabled: true }, data: { main: [] }, source: null });
		Object.assign(own, passedOver);
	};
}

/**
 * Puts the execution to wait.
 * @throws what n8n throws. Undoes the wait first, because n8n sets it before it throws, and would park the execution
 * anyway.
 */
export async function putToWait(context: IExecuteFunctions, until: Date): Promise<void> {
	const data = internalsOf(context);
	const before = data?.waitTill;
	try {
		await context.putExecutionToWait(until);
	} catch (error) {
		if (data) data.waitTill = before;
		return Promise.reject(error);
	}
}

/**
 * Whether the execution runs on n8n's new engine (module `engine-v2` of n8n 2.41), which never runs a node again,
 * and keeps only the message of an error. Only the execution id shows that: on the old engine, the id is a decimal
 * number.
 */
export function isOnNewEngine(context: IExecuteFunctions): boolean {
	return !/^\d+$/.test(context.getExecutionId() ?? '');
}

/** Whether another execution waits for the output of this one. */
export function isAwaited(context: IExecuteFunctions): boolean {
	const parent = internalsOf(context)?.parentExecution;
	return parent !== undefined && parent.shouldResume !== false;
}

/** A token that only an execution and its retries share. n8n 2.8 has no such token. */
export function resumeTokenOf(context: IExecuteFunctions): string | undefined {
	const token = internalsOf(context)?.resumeToken;
	return typeof token === 'string' && token !== '' ? token : undefined;
}

/** The node's context in the execution that is to be resumed. */
export function storedContext(context: IWebhookFunctions, node: INode): NodeContext {
	const data = internalsOf(context);
	if (!data?.executionData) return {};
	return NodeHelpers.getContext(data as unknown as IRunExecutionData, 'node', node);
}
