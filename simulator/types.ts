import type { Fault } from './fault-table';
import type { RouteName } from './routes/endpoints';

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
	/** For a graph that ComfyUI rejects. */
	node_errors?: NodeErrors;
}

/** ComfyUI's errors by node, from its answer to a prompt. */
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

/** Formats with one sample file each; other pictures are drawn. */
export type SampleFormat = 'apng' | 'jpeg' | 'webp' | 'mp4' | 'webm' | 'flac' | 'glb';

/** The recipe of a picture. */
export interface PictureSpec {
	media: 'png';
	width: number;
	height: number;
	prompt: string;
	seed: string;
}

/** The recipe of a hosted file, which is rendered only on download. */
export type MediaSpec = PictureSpec | { media: SampleFormat };

/** One file entry of an output channel. `hosted: false` gives an entry without `url`. */
export interface OutputFile {
	filename: string;
	subfolder: string;
	/** The ComfyUI folder that contains it. */
	type: 'output' | 'temp' | 'input';
	hosted: boolean;
	/** Absent if a ComfyUI stores the file. */
	spec?: MediaSpec;
	extra?: JsonObject;
}

/** Channels contain files, and any other JSON values that ComfyUI nodes put into their `ui`. */
export type OutputEntry = { file: OutputFile } | { value: unknown };
export type Outputs = Record<string, Record<string, OutputEntry[]>>;

export type Outcome =
	| { kind: 'succeeded'; outputs: Outputs }
	| { kind: 'failed'; error: RunError[]; shape: 'array' | 'object' | 'string'; logUrl?: string }
	| { kind: 'canceled' };

/** A request. Times are milliseconds of the simulator's clock. */
export interface Job {
	readonly requestId: string;
	/** Empty for a hosted model's request. */
	readonly deploymentId: string;
	/** The hosted model that runs it. */
	readonly modelId?: string;
	/** Price of a hosted model's run, in dollars. */
	readonly cost?: number;
	readonly createdAt: number;
	state: JobState;
	startedAt?: number;
	finishedAt?: number;
	instanceId?: string;
	/** When an accepted cancellation arrived. The run may still finish first. */
	cancelRequestedAt?: number;
	/**
	 * The inputs of a hosted model or a LoRA. Here and in `graph` and `extraData`, texts over 10,000 characters are
	 * replaced by digests.
	 */
	readonly overrides: JsonObject;
	/** The saved or inline graph with the overrides applied; empty if a ComfyUI runs it. */
	readonly graph: Graph;
	readonly extraData?: JsonObject;
	readonly webhook?: string;
	/** How the run ends unless it is canceled first; with a ComfyUI, known only at the end. */
	outcome: Outcome;
	/** Errors of outputs that ComfyUI left out while it ran the others. */
	readonly nodeErrors?: NodeErrors;
	/** Position in a ComfyUI's queue, starting at 1. */
	position?: number;
	/** Run time in milliseconds; overrides `latencyMs`. */
	readonly runMs?: number;
	/**
	 * The result has `output`, keyed by name, instead of `outputs`, keyed by node; stored as the outputs of a node
	 * `output`.
	 */
	readonly flatOutput?: boolean;
	/** File entries have no `url`. */
	readonly withoutUrls?: boolean;
}

/** A field of the flat body, and the workflow input that it sets. */
interface LoraField {
	node: string;
	input: string;
	required?: true;
}

/** The inputs and outputs of a LoRA deployment. */
export interface LoraSpec {
	fields: Record<string, LoraField>;
	/** Name of the files in `output`: `video` is a single URL, `images` a list. */
	output: 'images' | 'video';
	/** The deployment's `payload` in place of its hidden workflow. */
	payload: JsonObject | null;
}

/** One run of a model. */
export interface ModelRun {
	inputs: JsonObject;
	prompt: string;
	/** The seed of the submit, or a random one. */
	seed: number | bigint;
}

/** Returns the outputs of a run, by name. */
export type Produce = (run: ModelRun) => Record<string, OutputEntry[]>;

/** A hosted model. */
export interface Model {
	model_id: string;
	display_name: string;
	description: string;
	categories: string[];
	/** The price of one unit; null if unknown. */
	base_price_usd: number | null;
	price_unit: string | null;
	/** Number of units in a run. */
	units: (inputs: JsonObject) => number;
	schema?: JsonObject;
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
	/** HTTP status of the answer; 0 while there is none, or if the socket was destroyed. */
	status: number;
	/** Names of the faults that shaped the answer. */
	faults: string[];
	/** Whether the request had an Authorization header. Its value is not logged. */
	authorized: boolean;
	/** Request headers without `authorization`. */
	headers: Record<string, string>;
	/**
	 * Parsed JSON, or else text; of bodies over 1 MiB, only the first KiB. Integers
	 * beyond 2^53 are BigInt.
	 */
	body: unknown;
}

export interface SimulatorOptions {
	/** Address to listen on. Default 127.0.0.1. */
	host?: string;
	/** Default 0: any free port. */
	port?: number;
	/** Default `runcomfy-simulator-token`. Every API call must carry `Bearer <token>`. */
	token?: string;
	/** Run time on an instance, in milliseconds. Default 1000. */
	latencyMs?: number;
	/** Time in the queue while an instance boots, if none is warm. Default 0. */
	coldStartMs?: number;
	/** Minimum time in the queue. Default 0. */
	queueMs?: number;
	/** Instances per deployment; further requests are queued. Default 10. */
	maxInstances?: number;
	/** Pads every PNG output to this many bytes. Viewers skip the padding. */
	outputBytes?: number;
	/** The account's balance in dollars, reduced by runs of hosted models. Default 25. */
	balanceUsd?: number;
	faults?: Fault[];
	/** Milliseconds since the epoch. With your own clock, nothing happens by itself: see `settle`. */
	now?: () => number;
	/** First pause before a webhook is retried; doubles each time. Default 1000. */
	webhookRetryMs?: number;
	/** Origin of the URLs in answers, if clients reach the simulator at another address. */
	publicUrl?: string;
	/** Number of latest requests that `requests` keeps. Default: all. */
	keepRequests?: number;
	/** Number of jobs that `jobs` keeps: beyond it, the oldest ended job is removed. Default: all. */
	keepJobs?: number;
	/** Runs requests on your own ComfyUI, with your workflows as deployments. */
	comfyui?: ComfyuiOptions;
	/** Receives one line per event, for people to read. */
	log?: (line: string) => void;
}

export interface ComfyuiOptions {
	/** For example `http://127.0.0.1:8188`, without a trailing slash. */
	url: string;
	/** Default: one that draws a plain picture. */
	workflows?: ComfyuiWorkflow[];
}

/** A workflow as a deployment. */
export interface ComfyuiWorkflow {
	/** For example the id of a deployment on RunComfy, so that a flow can move there unchanged. */
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
