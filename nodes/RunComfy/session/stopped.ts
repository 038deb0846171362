import type { IExecuteFunctions } from 'n8n-workflow';
import { runtime } from '../runtime';
import { type NodeRun, unfinished } from './entries';

/**
 * Keeps what the run has submitted if its execution is stopped, now or in a later node. n8n without workers
 * stores nothing of that: *Executions > Retry* starts again with the trigger, in the same process.
 */
export function keepIfStopped(context: IExecuteFunctions, index: string, run: NodeRun): void {
	const key = keyOf(context, index);
	if (key === undefined) return;
	context
		.getExecutionCancelSignal()
		?.addEventListener('abort', () => runtime.stopped.set(key, run), { once: true });
}

/** What a retry of a stopped execution takes up. Another execution may have begun in the same millisecond. */
export function takeStopped(context: IExecuteFunctions, index: string): NodeRun | undefined {
	if (context.getMode() !== 'retry') return undefined;
	const run = runtime.stopped.get(keyOf(context, index) ?? '');
	return run && { tries: 0, failed: true, entries: unfinished(run) };
}

/** A retry has the same: n8n stores with an execution when it began. Undefined in an n8n that does not. */
function keyOf(context: IExecuteFunctions, index: string): string | undefined {
	const begun = (context as Partial<IExecuteFunctions>).getExecutionContext?.()?.establishedAt;
	if (begun === undefined) return undefined;
	return [begun, context.getWorkflow().id, context.getNode().id, index].join(' ');
}
