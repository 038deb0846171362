import type { IExecuteFunctions } from 'n8n-workflow';
import type { NodeRun } from './entries';

/**
 * A run that goes on under another index. Where an agent calls its tools itself, each try counts as
 * another run: the one to go on with is the failed call with the same input. In a retry of an execution
 * that n8n was killed in after it had gone on with it, the wait may still count as a run of its own.
 */
export function takeOver(
	context: IExecuteFunctions,
	runs: Record<string, NodeRun>,
	fingerprint: (itemIndex: number) => string,
): NodeRun | undefined {
	const isTool = context.isToolExecution?.() === true;
	if (!isTool && context.getMode() !== 'retry') return undefined;
	const executionId = context.getExecutionId();
	for (const [index, run] of Object.entries(runs)) {
		const { failed, parked, entries } = run;
		const left = isTool ? failed : parked !== undefined && parked.executionId !== executionId;
		const known = Object.entries(entries).some(
			([item, entry]) => entry.fingerprint === fingerprint(Number(item)),
		);
		if (!left || !known) continue;
		delete runs[index];
		return run;
	}
	return undefined;
}
