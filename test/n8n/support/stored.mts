// An execution as a test sees it.
import type { INodeExecutionData, IRunExecutionData, ITaskData } from 'n8n-workflow';
import type { ExecutionFault } from '../../../scripts/hosts/n8n-engine.mjs';

export type Status = 'running' | 'waiting' | 'success' | 'error' | 'canceled';

export interface Started {
	id: string;
	/** Once it is neither running nor, unless asked for, waiting. */
	until(...states: Status[]): Promise<Stored>;
}

export interface Stored {
	status: Status;
	error: ExecutionFault | undefined;
	runData: Record<string, ITaskData[]>;
	items(node: string, output?: number): INodeExecutionData[];
	stored: IRunExecutionData;
	waitTill: Date | undefined;
	entries: number;
}
