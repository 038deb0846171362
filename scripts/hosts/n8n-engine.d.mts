import type {
	IDataObject,
	IRunExecutionData,
	INodeExecutionData,
	INodeType,
	INodeTypes,
	ITaskData,
	IWorkflowExecuteAdditionalData,
	LoadedClass,
	ICredentialType,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

/** The nodes of n8n's own that workflows may use here, by full name. */
export const STAND_INS: Record<string, INodeType>;

export interface EngineOptions {
	/** Folder of the built package: the one with its package.json. */
	packageDir: string;
	/** Fields by credential type; every node that asks for a type gets these. */
	credentials: Record<string, Record<string, string>>;
	/** Folder for binary data; without it, binary data stays in memory. */
	binaryDir?: string;
	/** Further node types, by full name. */
	nodeTypes?: Record<string, INodeType>;
}

/** A workflow as n8n exports it. */
export interface WorkflowJson {
	id?: string;
	name: string;
	nodes: WorkflowNode[];
	connections: object;
	settings?: object;
}

export interface WorkflowNode {
	name: string;
	type: string;
	parameters: Record<string, unknown>;
	[field: string]: unknown;
}

export interface RunOptions {
	/** The fields of the trigger's items; one empty item by default. */
	inputs?: IDataObject[];
	/** The trigger's items in place of `inputs`, where they hold files. */
	items?: INodeExecutionData[];
	/** `manual` by default. */
	mode?: WorkflowExecuteMode;
	/** An execution that failed, to be retried as n8n's "Retry" does. The trigger is not run again. */
	retryOf?: Outcome;
}

export interface Outcome {
	status: 'success' | 'error' | 'canceled' | 'waiting';
	/** What ended the workflow. */
	error: ExecutionFault | undefined;
	/** What a node put out in its last run. */
	items(nodeName: string, output?: number): INodeExecutionData[];
	runData: Record<string, ITaskData[]>;
	/** What n8n stores of the execution. */
	stored: IRunExecutionData;
}

export interface ExecutionFault extends Error {
	description?: string | null;
	httpCode?: string | null;
	context?: { itemIndex?: number; data?: Record<string, unknown> };
}

export interface Run {
	outcome: Promise<Outcome>;
	/** What n8n's Stop does. */
	cancel(): void;
}

export interface Engine {
	run(workflow: WorkflowJson, options?: RunOptions): Run;
	/** Bytes of a binary field, `data` by default. */
	binary(item: INodeExecutionData, property?: string): Promise<Buffer>;
	/** The file of a binary field, when there is one. */
	binaryPath(item: INodeExecutionData, property?: string): string | undefined;
	/** For what runs outside of an execution: dropdowns, credential tests. */
	internals: {
		loader: { getCredential(type: string): LoadedClass<ICredentialType> };
		nodeTypes: INodeTypes;
		additionalData(workflow: WorkflowJson): IWorkflowExecuteAdditionalData;
		workflow(json: WorkflowJson): Workflow;
	};
}

/** One per process: n8n keeps its binary data and its settings in singletons. */
export function createEngine(options: EngineOptions): Promise<Engine>;
