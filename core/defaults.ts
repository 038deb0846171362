import { MB } from './text';

/** The defaults of the hosts, side by side, to show where they differ and why. */
interface HostDefaults {
	/** Seconds to wait for a request, counted from the submit. Long enough for a cold start and a long video. */
	timeoutS: number;
	/** How many requests of one account (Node-RED) or one node (n8n) may run at the same time. */
	concurrency: number;
	/** How many output files of one request are downloaded at the same time. */
	downloadsAtOnce: number;
}

/** The defaults of both hosts. */
export const DEFAULTS = {
	n8n: {
		timeoutS: 3600,
		concurrency: 10,
		// RunComfy's command-line tool downloads as many at once.
		downloadsAtOnce: 4,
	},
	nodeRed: {
		timeoutS: 3600,
		concurrency: 10,
		downloadsAtOnce: 3,
	},
} as const satisfies Record<string, HostDefaults>;

/**
 * The largest input file to embed in the body of a submit. Base64 makes the file a third larger, and RunComfy's own
 * nodes for ComfyUI send bodies of at most 64 MB.
 */
export const INPUT_FILE_BYTES = 50 * MB;

/** The largest output file to download, by where its bytes go. For a larger file, you get only the URL. */
export const OUTPUT_FILE_BYTES = { streamed: 2048 * MB, buffered: 200 * MB } as const;

/** Maximum size of an API answer that a host reads into memory, in uncompressed bytes, by subject. */
export const ANSWER_BYTES = {
	/** Ids, states, a balance. */
	plain: MB,
	/** Includes the texts that a run has produced, but not the files. */
	result: 8 * MB,
	/** Deployments, with their workflows if requested. */
	deployments: 16 * MB,
} as const;

/** What a process keeps of the deployments and models of an account, times in milliseconds. */
export const CACHE = {
	/** Of each kind. A workflow with hundreds of nodes, and its node classes, take a lot of memory. */
	entries: 50,
	/** Long enough for the items of a flow, short enough for a user who changes a deployment. */
	goodForMs: 60_000,
	/** For the node classes of a saved version of a workflow, which do not change. */
	versionGoodForMs: 6 * 3_600_000,
	/** A check that saves money must not take long when RunComfy does not respond. */
	loadMs: 10_000,
} as const;

/** Limits for what a form shows of schemas, node classes and catalogs. */
export const FORM = {
	nodes: 2_000,
	inputs: 5_000,
	/** Entries in one list of choices. Models are read up to the same limit. If a list is longer, no choice is refused. */
	choices: 1_000,
	/** Maximum characters of a title (`name`), of a description, and of a value. */
	name: 200,
	description: 2_000,
	value: 4_000,
} as const;

/** The code of the error that a host throws for an answer above its limit. */
export const ANSWER_TOO_LARGE = 'EMSGSIZE';
