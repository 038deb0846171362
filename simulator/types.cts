import type { Fault } from './fault-table.cjs';
import type { RouteName } from './routes/endpoints.cjs';

export type { RouteName };

export type JsonObject = Record<string, unknown>;

export interface GraphNode {
	class_type: string;
	inputs: JsonObject;
	_meta?: { title?: string };
}

/** A ComfyUI workflow in API format: node id → node. */
export type Graph = Record<string, GraphNode>;

export type JobState = 'in_queue' | 'in_progress' | 'succeeded' | 'failed' | 'canceled';

/** One entry of `result.error`. */
export interface RunError {
	error: string;
	details: string;
	debugInfo: string;
	errorCode: number;
	/** For a graph that ComfyUI does not run. */
	node_errors?: NodeErrors;
}

/** What ComfyUI says of the nodes that it does not run, in its answer to a prompt. */
export type NodeErrors = Record<
	string,
	{ errors: NodeError[]; dependent_outputs: string[]; class_type: string }
>;

export interface NodeError {
	type: string;
	message: string;
	details: string;
	extra_info: JsonObject;
}

/** There is one small file for each of these; still pictures are drawn. */
export type SampleFormat = 'apng' | 'jpeg' | 'webp' | 'mp4' | 'webm' | 'flac' | 'glb';

/** What one hosted file is made from. The file itself is made only when it is downloaded. */
export type MediaSpec = { prompt: string; seed: string } & (
	| { media: 'png'; width: number; height: number; facts: string[] }
	| { media: SampleFormat }
);

/** One file entry of an output channel. `hosted: false` gives an entry without `url`. */
export interface OutputFile {
	filename: string;
	subfolder: string;
	/** ComfyUI's folder that it is in. */
	type: 'output' | 'temp' | 'input';
	hosted: boolean;
	/** Absent if the file lies in a ComfyUI. */
	spec?: MediaSpec;
	extra?: JsonObject;
}

/** A channel holds files, and any other JSON value that ComfyUI nodes put into their `ui`. */
export type OutputEntry = { file: OutputFile } | { value: unknown };
export type Outputs = Record<string, Record<string, OutputEntry[]>>;

export type Outcome =
	| { kind: 'succeeded'; outputs: Outputs }
	| { kind: 'failed'; error: RunError[]; shape: 'array' | 'object' | 'string'; logUrl?: string }
	| { kind: 'canceled' };

/** One request, as of the moment it was read. Times are milliseconds of the simulator's clock. */
export interface Job {
	readonly requestId: string;
	/** Empty if a hosted model runs it. */
	readonly deploymentId: string;
	/** The hosted model that runs it. */
	readonly modelId?: string;
	/** What a hosted model takes for it, in dollars. */
	readonly cost?: number;
	readonly createdAt: number;
	state: JobState;
	startedAt?: number;
	finishedAt?: number;
	instanceId?: string;
	/** When an accepted cancellation arrived (the run may still win the race). */
	cancelRequestedAt?: number;
	/** The inputs, for a hosted model or a LoRA. Here as in `graph` and `extraData`, texts over 10,000 characters are digests. */
	readonly overrides: JsonObject;
	/** The saved or inline graph with the overrides applied; empty if a ComfyUI runs it. */
	readonly graph: Graph;
	readonly extraData?: JsonObject;
	readonly webhook?: { url: string; intermediate: boolean };
	/** What the run ends with unless it is cancelled first. In front of a ComfyUI: known at its end. */
	outcome: Outcome;
	/** Outputs that ComfyUI has left out, while it runs others. */
	readonly nodeErrors?: NodeErrors;
	/** Place in a ComfyUI's queue, from 1. */
	position?: number;
	/** Run time in milliseconds; overrides `latencyMs`. */
	readonly runMs?: number;
	/** The result has `output`, by name, instead of `outputs`, by node: as the outputs of a node `output`. */
	readonly flatOutput?: boolean;
	/** The result has null in place of its outputs. */
	readonly withoutOutput?: boolean;
	/** Channels' file entries come without `url`. */
	readonly withoutUrls?: boolean;
	/** Number in the signed query of the file URLs; URLs with a smaller one answer 403. */
	signature: number;
	expiredBelow: number;
}

/** A field of the flat body, and the input of the workflow behind it that it sets. */
interface LoraField {
	node: string;
	input: string;
	required?: true;
}

/** What a LoRA deployment takes and gives. */
export interface LoraSpec {
	fields: Record<string, LoraField>;
	/** The name in `output` under which its files come: `video` is one address, `images` a list. */
	output: 'images' | 'video';
	/** The inputs that the page's button runs it with. */
	example: JsonObject;
	/** What the deployment shows in place of a workflow. */
	payload: JsonObject | null;
}

/** One run of a model. */
export interface ModelRun {
	inputs: JsonObject;
	prompt: string;
	/** The seed that was given; otherwise a random one. */
	seed: number | bigint;
	/** One line for each file that the run received. */
	facts: string[];
}

/** What the run puts out, by name. */
export type Produce = (run: ModelRun) => Record<string, OutputEntry[]>;

/** A hosted model. */
export interface Model {
	model_id: string;
	display_name: string;
	description: string;
	categories: string[];
	/** The price of one unit; null if it is not known. */
	base_price_usd: number | null;
	price_unit: string | null;
	/** How many units a run takes. */
	units: (inputs: JsonObject) => number;
	schema?: JsonObject;
	/** The inputs that the page's button runs it with. */
	example: JsonObject;
	produce: Produce;
}

export interface LoggedRequest {
	/** Milliseconds of the simulator's clock. */
	at: number;
	method: string;
	/** Path with query, as it arrived. */
	path: string;
	route: RouteName;
	requestId?: string;
	deploymentId?: string;
	modelId?: string;
	/** HTTP status answered; 0 while unanswered or when the socket was destroyed instead. */
	status: number;
	/** Names of the faults that shaped the answer. */
	faults: string[];
	/** Whether an Authorization header arrived. The log does not hold its value. */
	authorized: boolean;
	/** Request headers without `authorization`. */
	headers: Record<string, string>;
	/** Parsed JSON, else text; of a form, how many bytes; bodies over 1 MiB are kept as their first KiB. Integers beyond 2^53 are BigInt. */
	body: unknown;
}

export interface SimulatorOptions {
	/** Address to listen on. Default 127.0.0.1. */
	host?: string;
	/** Default 0: any free port. */
	port?: number;
	/** Default `simulator-token`. Every API call must carry `Bearer <token>`. */
	token?: string;
	/** How long a run takes on an instance, in milliseconds. Default 1000. */
	latencyMs?: number;
	/** Time in queue while an instance boots, when none is warm. Default 0. */
	coldStartMs?: number;
	/** Least time in queue. Default 0. */
	queueMs?: number;
	/** Slots per deployment; what exceeds them queues. Default 10. */
	maxInstances?: number;
	/** Pads every PNG output to this many bytes (streamed; viewers skip what stands behind its end). */
	outputBytes?: number;
	/** The account's balance, which the runs of hosted models use up. Default 25. */
	balanceUsd?: number;
	faults?: Fault[];
	/** Milliseconds since the epoch. With a clock of your own, nothing happens by itself: see `settle`. */
	now?: () => number;
	/** First pause before a webhook is sent again; doubles each time. Default 1000. */
	webhookRetryMs?: number;
	/** Origin of the URLs in answers, if clients reach the simulator at another address. */
	publicUrl?: string;
	/** How many of the latest requests `requests` keeps. Default: all. */
	keepRequests?: number;
	/** How many jobs `jobs` keeps: once there are more, the oldest that has ended is forgotten. Default: all. */
	keepJobs?: number;
	/** Your own ComfyUI runs what is submitted, and the deployments are its workflows. */
	comfyui?: ComfyuiOptions;
	/** One human-readable line per event. */
	log?: (line: string) => void;
}

export interface ComfyuiOptions {
	/** Such as `http://127.0.0.1:8188`, without a trailing slash. */
	url: string;
	/** Default: one that draws a plain picture. */
	workflows?: ComfyuiWorkflow[];
}

/** A workflow as a deployment. */
export interface ComfyuiWorkflow {
	/** Such as that of a deployment on RunComfy, so that a flow needs no change to move there. */
	id: string;
	name: string;
	graph: Graph;
}

export type LiveOptions = Partial<
	Pick<
		SimulatorOptions,
		'latencyMs' | 'coldStartMs' | 'queueMs' | 'maxInstances' | 'outputBytes' | 'balanceUsd'
	>
>;

/** What clients have put into the input folder of a deployment's machines, by name. */
export type Uploads = Map<string, { bytes: number; type: string }>;
