// What a test does with executions, and sees of them.
import type {
	IDataObject,
	INodeExecutionData,
	IRunExecutionData,
	ITaskData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import type { Park } from '../../../nodes/RunComfy/session/ledger.ts';
import type { ExecutionFault, WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';
import type { Answer } from './waitingWebhook.mjs';

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

export interface SmallN8n {
	start(
		json: WorkflowJson,
		options?: { inputs?: IDataObject[]; mode?: WorkflowExecuteMode },
	): Started;
	read(id: string): Stored;
	/** Puts an execution into the store, as an earlier n8n has left it there. */
	take(left: { id: string; workflow: WorkflowJson; state: Status; execution: string }): Started;
	/** What n8n's timer does when the time of a parked execution has come. */
	timer(id: string): Promise<void>;
	/** A call of the resume address, from anybody. */
	post(id: string, body?: unknown): Promise<Answer>;
	/** What the watcher of a parked execution calls with. */
	wake(id: string, ended?: readonly string[]): Promise<Answer>;
	/** The executions whose resume address was called so far. */
	calls: string[];
	/**
	 * A worker still stores what the node leaves after that; n8n without workers does not.
	 * @returns once the node has ended, or its process
	 */
	stop(id: string, by?: 'worker' | 'main'): Promise<void>;
	remove(id: string): void;
	/** n8n is killed while this node runs, and started again. */
	crash(id: string, node: string): Promise<void>;
	/** What *Executions > Retry* does, also with a workflow that was saved since. */
	retry(id: string, saved?: WorkflowJson): Started;
	/** All that was in memory is lost; the store is kept, and the address where that is asked for. */
	restart(keepsAddress?: boolean): Promise<void>;
	/** Whether the resume address answers. */
	reachable: boolean;
	/** What an expression has as `$vars`. */
	variables: Record<string, string>;
	/** Changes what is stored of a parked execution. */
	edit(id: string, change: (park: Park) => void): void;
	/** Changes the data that the engine is about to run with. */
	tamper: ((data: IRunExecutionData) => void) | undefined;
}
