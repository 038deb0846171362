// The fields of each node as a flow file holds them. A field `x` that can come from several sources
// has its source beside it, in `xType`.
import type { Row } from './dialog.cjs';

interface NodeFields {
	name: string;
	/** The shape of the fields; older ones are brought to it (`runtime/node/migrate`). */
	schemaVersion: number;
	/** The id of the account. */
	config: string;
}

interface DeploymentFields {
	deploymentId: string;
	deploymentIdType: string;
}

interface RequestFields extends DeploymentFields {
	requestId: string;
	requestIdType: string;
}

/** What a node that submits requests sends. */
interface InputFields extends DeploymentFields {
	inputMode: 'rows' | 'json';
	rows: Row[];
	overrides: string;
	overridesType: string;
	checkInputs: boolean;
	workflow: string;
	workflowType: string;
	/** Whether every seed of that workflow is drawn anew for each run. */
	randomSeeds: boolean;
	extraData: string;
	extraDataType: string;
	webhook: string;
	webhookType: string;
	/** MB of the largest file that goes into the request; 0 for no limit. */
	maxInputFileSize: string;
	maxInputFileSizeType: string;
}

/** What a node makes of a result. */
interface OutputFields {
	output: 'files' | 'texts' | 'buffer' | 'buffers' | 'saved';
	directory: string;
	directoryType: string;
	/** MB. */
	maxFileSize: string;
	maxFileSizeType: string;
	/** Seconds for one file. */
	downloadTimeout: string;
	downloadTimeoutType: string;
	outputNodes: string;
	outputNodesType: string;
	includeTemp: boolean;
	split: boolean;
	/** Whether the type of the first file goes into `msg.headers`. */
	setHeaders: boolean;
}

interface TimeoutFields {
	/** Seconds; 0 for none. */
	timeout: string;
	timeoutType: string;
	cancelOnTimeout: boolean;
}

export interface SubmitFields extends NodeFields, InputFields {
	/** Names of the message properties that come back with the result; empty for all plain ones. */
	keep: string;
}

export interface StatusFields extends NodeFields, RequestFields {}

export interface ResultFields extends NodeFields, RequestFields, OutputFields, TimeoutFields {
	wait: boolean;
}

export interface DeploymentNodeFields extends NodeFields, DeploymentFields {
	operation: 'list' | 'get' | 'enable' | 'disable' | 'update' | 'create' | 'delete' | 'free';
	/** What the deployment is called in lists, not the node. */
	deploymentName: string;
	deploymentNameType: string;
	/** Of a workflow saved in the account. */
	workflowId: string;
	workflowIdType: string;
	/** A SKU such as `AMPERE_48`; as those below it, empty where it stays as it is, or is the default. */
	hardware: string;
	hardwareType: string;
	minInstances: string;
	minInstancesType: string;
	maxInstances: string;
	maxInstancesType: string;
	queueSize: string;
	queueSizeType: string;
	/** Seconds. */
	keepWarm: string;
	keepWarmType: string;
	workflowVersion: string;
	workflowVersionType: string;
	/** The machine whose memory is freed. */
	instanceId: string;
	instanceIdType: string;
	/** Whether a message may delete a deployment. */
	confirmDelete: boolean;
}

export interface CancelFields extends NodeFields, RequestFields {
	target: 'request' | 'topic' | 'node' | 'all';
	runNode: string;
	runNodeType: string;
}

export interface RunFields extends NodeFields, InputFields, OutputFields, TimeoutFields {
	/** Whether there is a second output, with progress. */
	progress: boolean;
	outputs: number;
	onRedeploy: 'keep' | 'cancel';
	onDelete: 'cancel' | 'detach';
	onShutdown: 'leave' | 'cancel';
	onRestart: 'resume' | 'forget';
}

export interface WebhookFields extends NodeFields, OutputFields {
	path: string;
	/** Whether requests that have not ended make messages, too. */
	intermediate: boolean;
	/** Whether requests that a node of this Node-RED waits for make messages, too. */
	alsoAwaited: boolean;
}

/** The account. */
export interface ConfigFields extends Omit<NodeFields, 'config'> {
	baseUrl: string;
	apiVersion: 'v1' | 'v2';
	concurrency: number;
	overflow: 'wait' | 'error' | 'drop';
	queueLimit: number;
	latestWins: boolean;
	allowPrivate: boolean;
}
