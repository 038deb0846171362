import { randomUUID } from 'node:crypto';
import { isObject, toJson } from '../json';
import type { Refusal } from '../run/check';
import { refusalError, runError } from '../run/check';
import type { Submission } from '../run/submission';
import type {
	Graph,
	Job,
	JsonObject,
	NodeErrors,
	Outcome,
	OutputEntry,
	Outputs,
	RunError,
} from '../types';
import type { World } from '../world';

/** Key in a prompt's `extra_data` for the data that the simulator needs again after a restart. */
export const MEMO = 'runcomfy_simulator';

/** One prompt in ComfyUI's queue. */
export interface QueueEntry {
	id: string;
	/** Starts at 1; absent while the prompt runs. */
	position?: number;
	/** `[number, prompt id, prompt, extra data, outputs]` */
	item: unknown[];
}

/**
 * Parses ComfyUI's answer to `GET /queue`: running prompts first, then waiting ones in order (ComfyUI lists them as a
 * heap).
 */
export function listQueue(body: unknown): QueueEntry[] {
	const { queue_running, queue_pending } = isObject(body) ? body : ({} as Record<string, unknown>);
	const waiting = itemsIn(queue_pending).sort(([a], [b]) => Number(a) - Number(b));
	return [
		...itemsIn(queue_running).map((item) => ({ id: String(item[1]), item })),
		...waiting.map((item, index) => ({ id: String(item[1]), item, position: index + 1 })),
	];
}

const itemsIn = (list: unknown): unknown[][] =>
	Array.isArray(list) ? list.filter((item): item is unknown[] => Array.isArray(item)) : [];

type Fields = Submission & Pick<Job, 'deploymentId' | 'createdAt' | 'nodeErrors'>;

export const createJob = (fields: Fields, requestId: string = randomUUID()): Job => ({
	...fields,
	// Left empty: ComfyUI has the prompt, and files embedded as text would fill the memory.
	graph: {},
	requestId,
	state: 'in_queue',
	outcome: { kind: 'succeeded', outputs: {} },
});

/**
 * Restores the job of a prompt that an earlier simulator submitted; undefined if there was none, or if its deployment
 * is missing.
 */
export function recallJob([, id, graph, extra]: unknown[], world: World): Job | undefined {
	const memo = isObject(extra) ? extra[MEMO] : undefined;
	if (!isObject(memo) || !isObject(graph)) return undefined;
	const { deployment_id, created_at, webhook } = memo;
	const deploymentId = String(deployment_id);
	if (!world.deployments.has(deploymentId)) return undefined;
	const fields: Fields = {
		deploymentId,
		createdAt: Number(created_at),
		graph: graph as Graph,
		overrides: {},
		...(typeof webhook === 'string' && { webhook }),
	};
	return createJob(fields, String(id));
}

/** How and when a run ended, in milliseconds since the epoch. */
export interface Ending {
	outcome: Outcome;
	startedAt?: number;
	finishedAt?: number;
}

export const failed = (error: RunError): Outcome => ({
	kind: 'failed',
	shape: 'array',
	error: [error],
});

/** Reads how a run ended from its entry in ComfyUI's history. */
export function readEnding({ status, outputs }: JsonObject): Ending {
	const { status_str, messages } = isObject(status) ? status : ({} as JsonObject);
	const events = (Array.isArray(messages) ? messages : []).flatMap((event: unknown) =>
		Array.isArray(event) && isObject(event[1]) ? [{ name: String(event[0]), ...event[1] }] : [],
	) as Array<JsonObject & { name: string }>;
	const find = (wanted: string) => events.find(({ name }) => name === wanted);
	return {
		outcome: readOutcome(status_str, outputs, find),
		...timeOf('startedAt', find('execution_start')),
		...timeOf('finishedAt', events.at(-1)),
	};
}

function readOutcome(
	status: unknown,
	outputs: unknown,
	find: (name: string) => JsonObject | undefined,
): Outcome {
	if (find('execution_interrupted')) return { kind: 'canceled' };
	const error = find('execution_error');
	if (error === undefined && status !== 'error') {
		return { kind: 'succeeded', outputs: readOutputs(outputs) };
	}
	const { node_id, node_type, exception_type, exception_message, traceback } = error ?? {};
	const message = String(exception_message ?? 'ComfyUI gave no reason').trim();
	const trace = Array.isArray(traceback) ? traceback.join('') : '';
	const node = node_id === undefined ? '' : `Node ${String(node_id)} (${String(node_type)}): `;
	return failed(runError(String(exception_type ?? 'Exception'), node + message, trace));
}

const timeOf = (name: 'startedAt' | 'finishedAt', event: JsonObject | undefined): object =>
	typeof event?.['timestamp'] === 'number' ? { [name]: event['timestamp'] } : {};

/** Node → channel → entries; an entry with a name and a type is a file. */
function readOutputs(outputs: unknown): Outputs {
	const nodes = Object.entries(isObject(outputs) ? outputs : {});
	return Object.fromEntries(
		nodes.map(([id, channels]) => [
			id,
			Object.fromEntries(
				Object.entries(isObject(channels) ? channels : {}).map(([channel, value]) => [
					channel,
					[value].flat().map(readEntry),
				]),
			),
		]),
	);
}

const FOLDERS = ['output', 'temp', 'input'] as const;

function readEntry(value: unknown): OutputEntry {
	if (!isObject(value)) return { value };
	const { filename, subfolder = '', type: folder, ...extra } = value;
	const type = FOLDERS.find((one) => one === folder);
	if (typeof filename !== 'string' || type === undefined) return { value };
	return { file: { filename, subfolder: String(subfolder), type, hosted: true, extra } };
}

/** Reads ComfyUI's `node_errors`, leaving out anything malformed. */
export function readNodeErrors(value: unknown): NodeErrors {
	const nodes = Object.entries(isObject(value) ? value : {});
	return Object.fromEntries(
		nodes.filter(([, node]) => isObject(node) && Array.isArray(node['errors'])),
	) as NodeErrors;
}

/** Reads why ComfyUI rejected a prompt: usually a 400 that names the nodes. */
export function readRefusal(status: number, body: unknown): RunError {
	const { error, node_errors } = isObject(body) ? body : ({} as JsonObject);
	if (isObject(error) && typeof error['message'] === 'string') {
		return refusalError({ error, node_errors: readNodeErrors(node_errors) } as Refusal);
	}
	const said = typeof body === 'string' ? body : toJson(body);
	const text = `ComfyUI answered HTTP ${status}: ${said.slice(0, 500)}`;
	return runError('ComfyUIQueuePromptError', text, '');
}
