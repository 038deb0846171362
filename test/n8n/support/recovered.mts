// What n8n makes of the data of an execution outside of its engine, as its execution-recovery.service.ts
// and execution.service.ts have it (2.41).
import type { INode, IRunExecutionData } from 'n8n-workflow';

/** n8n was killed while this node ran, and notes so at its next start. */
export function noteCrash({ resultData }: IRunExecutionData, node: string): void {
	const { runData } = resultData;
	const error = { name: 'Error', message: 'Node crashed, possible out-of-memory issue' };
	if (runData[node] === undefined) {
		runData[node] = [{ executionStatus: 'crashed', error, source: [null] } as never];
		resultData.lastNodeExecuted = node;
	}
	resultData.error = error as never;
}

/**
 * *Executions > Retry*; with `saved`, *Retry with currently saved workflow*.
 * @throws Error that names a node which that workflow does not have
 */
export function makeRetry(
	{ resultData, executionData }: IRunExecutionData,
	saved?: { getNode(name: string): INode | null },
): void {
	const { lastNodeExecuted, runData } = resultData;
	if (lastNodeExecuted !== undefined) {
		delete resultData.error;
		const runs = runData[lastNodeExecuted];
		if (runs?.at(-1)?.error !== undefined) runs.pop();
	}
	for (const entry of saved ? executionData!.nodeExecutionStack : []) {
		const { name } = entry.node;
		const node = saved!.getNode(name);
		if (node === null) throw new Error(`Could not find the node "${name}" in workflow.`);
		entry.node = node;
	}
}
