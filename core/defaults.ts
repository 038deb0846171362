import { MB } from './text';

/** The defaults of each host, side by side, to see where they differ, and why. */
interface HostDefaults {
	/** Seconds to wait for a request, from the submit. Fits a cold start and a long video. */
	timeoutS: number;
	/** Requests of one account (Node-RED) or one node (n8n) under way at the same time. */
	concurrency: number;
	/** Largest output file that is downloaded; of a larger one you get the address. */
	maxFileMb: number;
	/** Output files of one request that are downloaded at the same time. */
	downloadsAtOnce: number;
}

/** The defaults of both hosts. */
export const DEFAULTS = {
	n8n: {
		timeoutS: 3600,
		concurrency: 10,
		// Files stream into n8n's store. RunComfy's own command-line tool fetches as many.
		maxFileMb: 2048,
		downloadsAtOnce: 4,
	},
	nodeRed: {
		timeoutS: 3600,
		concurrency: 10,
		// Buffers live in memory, and small machines run Node-RED.
		maxFileMb: 200,
		downloadsAtOnce: 3,
	},
} as const satisfies Record<string, HostDefaults>;

/**
 * Largest input file that goes into the body of a submit, which it makes a third larger. The bodies that RunComfy's
 * own nodes for ComfyUI send have 64 MB at most.
 */
export const INPUT_FILE_BYTES = 50 * MB;

/** Bytes, unpacked, of the largest answer of the API that a host reads into memory, by its subject. */
export const ANSWER_BYTES = {
	/** Ids, states, a balance. */
	plain: MB,
	/** It holds the texts that a run has written, but not the files. */
	result: 8 * MB,
	/** Deployments, each with its workflow if that was asked for. */
	deployments: 16 * MB,
	/** The answer to whatever a user asks ComfyUI for, such as its node classes: 20 MB and more. */
	instance: 64 * MB,
} as const;

/**
 * For the values in the JSON of an answer: a few kilobytes, packed, can hold so many that the process dies. An
 * empty object takes about 60 bytes of memory: at 16 bytes of text each, four times the size of the text.
 */
export const ANSWER_VALUES = { most: 1_000_000, bytesEach: 16, levels: 64_000 } as const;

/** A user's JSON may hold as many values as an answer of that size. Its texts, such as files, may be larger. */
export const USER_JSON_BYTES = ANSWER_BYTES.result;

/** How much of the outputs of one run is listed: the result itself has the rest. */
export const OUTPUTS = { entries: 10_000, warnings: 100 } as const;

/** How much a form gets of what others have written: schemas, node classes, names in a catalog. */
export const FORM = {
	nodes: 2_000,
	inputs: 5_000,
	/** Entries of one list of choices. A model is read to that many, too, and none is refused by a list that has more. */
	choices: 1_000,
	choicesInAll: 100_000,
	/** Characters of a title, an id or a choice, of a description, and of a value. */
	name: 200,
	description: 2_000,
	value: 4_000,
} as const;

/** Code of the error with which a host rejects a larger one. */
export const ANSWER_TOO_LARGE = 'EMSGSIZE';

/** A size that a user gave in megabytes, in bytes; 0 means no limit. */
export function bytesOfMb(megabytes: number): number | undefined {
	return megabytes > 0 ? megabytes * MB : undefined;
}
