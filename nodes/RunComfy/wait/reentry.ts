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
 * The one place that touches what n8n's interfaces do not offer: the data of the execution itself.
 * n8n never runs a node again that has put its execution to wait: at the end of the wait it hands the
 * node's input on. So the node leaves a second entry for itself in the stack of nodes to be executed,
 * and an empty input in its own, which n8n then passes over. Tried on n8n 2.41.1 and 2.8.4, and on
 * their engines by the tests of this package. Each step first checks that things are as they were there;
 * if they are not, the node waits in n8n's memory, as it always can.
 */

interface Internals {
	runExecutionData?: {
		waitTill?: Date | undefined;
		executionData?: { nodeExecutionStack?: unknown };
		parentExecution?: { shouldResume?: boolean };
		resumeToken?: unknown;
	} | null;
}

/** The part of the execution that n8n stores. */
function internalsOf(context: IExecuteFunctions | IWebhookFunctions) {
	return (context as unknown as Internals).runExecutionData ?? undefined;
}

/**
 * The name of an entry that is there as long as the execution is parked, and never runs. *Retry with currently
 * saved workflow* looks up the node of each entry by its name, and gives both of this node's the same one:
 * n8n would pass over both, and hand the input on in the place of the result. It finds none of this name,
 * refuses, and tells the user this name.
 */
const MARK = 'RunComfy: a waiting execution can only be retried with the original workflow';

/** Once the execution goes on, it can be retried in any way. */
export function removeMark(context: IExecuteFunctions | IWebhookFunctions): void {
	const stack = internalsOf(context)?.executionData?.nodeExecutionStack;
	if (!Array.isArray(stack)) return;
	const at = (stack as Array<Partial<IExecuteData>>).findIndex(({ node }) => node?.name === MARK);
	if (at >= 0) stack.splice(at, 1);
}

/** What makes n8n run this node again, with its items and context; undefined if its engine is not as expected. */
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
		// Without items it has no output, unless Always Output Data is on.
		const passedOver = { node: { ...node, alwaysOutputData: false }, data: { ...data, main: [] } };
		const again = { ...own, node: { ...node }, data, source: source ?? null };
		// If n8n saves the progress of executions, it does so before it puts the node's own entry back: a retry
		// of that would skip the first entry.
		stack.unshift({ ...own, ...structuredClone(passedOver) }, again);
		stack.push({ node: { ...node, name: MARK, disabled: true }, data: { main: [] }, source: null });
		Object.assign(own, passedOver);
	};
}

/**
 * Puts the execution to wait, as n8n's interface has it.
 * @throws what n8n throws; the execution then runs on, as before the call: n8n notes the wait before it refuses it,
 * and would park the execution anyway.
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
 * Whether the execution is on n8n's new engine (module `engine-v2`, tried on n8n 2.41): it never runs a node again, and of
 * an error it keeps the message alone. Only the id tells: those of the engine that parks are decimal numbers.
 */
export function isOnNewEngine(context: IExecuteFunctions): boolean {
	return !/^\d+$/.test(context.getExecutionId() ?? '');
}

/** Whether another execution waits for the output of this one. */
export function isAwaited(context: IExecuteFunctions): boolean {
	const parent = internalsOf(context)?.parentExecution;
	return parent !== undefined && parent.shouldResume !== false;
}

/** What an execution and its retries have in common, and no other execution has. n8n 2.8 has nothing of that kind. */
export function resumeTokenOf(context: IExecuteFunctions): string | undefined {
	const token = internalsOf(context)?.resumeToken;
	return typeof token === 'string' && token !== '' ? token : undefined;
}

/** What the node has stored in the execution that is to go on. */
export function storedContext(context: IWebhookFunctions, node: INode): NodeContext {
	const data = internalsOf(context);
	if (!data?.executionData) return {};
	return NodeHelpers.getContext(data as unknown as IRunExecutionData, 'node', node);
}
