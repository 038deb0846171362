import { asObject, compact, isObject, numberOf, textOf, type JsonObject } from './answers';
import type { Client } from './client';
import { redact, RunComfyError } from './errors';
import { exchange, type CallOptions } from './exchange';
import { requestUrl, type RequestRef } from './paths';
import { READ_RETRIES } from './retry';
import { resultState, type ResultState } from './state';
import { READ_TIMEOUT_MS } from './status';

export interface ResultAnswer {
	request_id: string;
	deployment_id: string;
	status: ResultState;
	/** The service's own word, when it is one that this client does not know. */
	reported_status?: string;
	/** Node id → channel → list of items, as ComfyUI's history has it, with hosted URLs. */
	outputs?: JsonObject;
	/** Why the run failed: a list, whatever the answer's own form. */
	error?: RunFailure[];
	/** ISO 8601, as it came. */
	created_at?: string;
	finished_at?: string;
	instance_id?: string;
	log_url?: string;
	/** The answer as it came. */
	raw: JsonObject;
}

/** One reason of a failed run, in the service's own words. */
export interface RunFailure {
	/** Name such as `OutOfMemory`. */
	error?: string;
	/** What happened, for people. */
	details?: string;
	/** Where it happened, often a stack trace. */
	debug_info?: string;
	error_code?: number;
	/** The ComfyUI node at fault, as far as the answer names it. */
	node?: FailedNode;
}

export interface FailedNode {
	id?: string;
	class_type?: string;
	title?: string;
}

/**
 * `GET …/requests/{request_id}/result`. A request that has not ended answers with its state and no
 * outputs; a failed one with `status: 'failed'`: neither is an exception here.
 * @throws RunComfyError when the result could not be read.
 */
export async function getResult(
	client: Client,
	ref: RequestRef,
	options: CallOptions = {},
): Promise<ResultAnswer> {
	const body = await exchange(
		client,
		{
			method: 'GET',
			url: requestUrl(client, ref, 'result'),
			timeoutMs: READ_TIMEOUT_MS,
			facts: ref,
		},
		{ ...options, retries: options.retries ?? READ_RETRIES },
	);
	return readResult(ref, asObject(body));
}

export function readResult(ref: RequestRef, raw: JsonObject): ResultAnswer {
	const status = resultState(raw['status']);
	return {
		request_id: ref.requestId.trim(),
		deployment_id: ref.deploymentId.trim(),
		status,
		...compact({
			reported_status: status === 'unknown' ? String(raw['status'] ?? '') : undefined,
			outputs: readOutputsField(raw),
			error: status === 'failed' ? readFailures(raw['error'] ?? raw['errors']) : undefined,
			created_at: textOf(raw['created_at']),
			finished_at: textOf(raw['finished_at']),
			instance_id: textOf(raw['instance_id']),
			log_url: textOf(raw['log_url']),
		}),
		raw,
	};
}

// LoRA deployments and one revision of the webhook page say `output`.
function readOutputsField(raw: JsonObject): JsonObject | undefined {
	if (isObject(raw['outputs'])) return raw['outputs'];
	return isObject(raw['output']) ? raw['output'] : undefined;
}

/** The result of a run that went well. @throws RunComfyError `run_failed`, `run_canceled`. */
export function expectSuccess(result: ResultAnswer): ResultAnswer {
	const facts = { requestId: result.request_id, deploymentId: result.deployment_id };
	if (result.status === 'canceled') {
		throw new RunComfyError('run_canceled', 'The request was canceled', facts);
	}
	if (result.status !== 'failed') return result;
	const failures = result.error ?? [];
	throw new RunComfyError('run_failed', describe(failures), {
		...facts,
		details: compact({
			failures,
			node: failures.find((failure) => failure.node)?.node,
			log_url: result.log_url,
		}),
	});
}

function describe(failures: RunFailure[]): string {
	const lines = failures.map((failure) => {
		const said = failure.details ?? failure.error ?? '';
		const node = failure.node ? `node ${nodeName(failure.node)}: ` : '';
		const name = failure.error && failure.error !== said ? `${failure.error}, ` : '';
		return `${node}${name}${said}`.slice(0, 600);
	});
	const text = lines.filter(Boolean).join('; ');
	return text ? `The run failed: ${text}` : 'The run failed, and RunComfy gave no reason';
}

function nodeName({ id, class_type, title }: FailedNode): string {
	return [id, title && `"${title}"`, class_type].filter(Boolean).join(' ');
}

// Seen as a list of objects, one object, a text, and a text that holds JSON.
function readFailures(error: unknown): RunFailure[] {
	if (error === undefined || error === null || error === '') return [];
	if (Array.isArray(error)) return error.flatMap(readFailures);
	if (typeof error === 'string') {
		const inner = parseInner(error);
		return inner === undefined ? [withNode({ details: redact(error) })] : readFailures(inner);
	}
	if (!isObject(error)) return [{ details: String(error) }];
	if (Array.isArray(error['errors'])) return readFailures(error['errors']);
	return [
		withNode(
			compact({
				error: textOf(error['error']) ?? textOf(error['type']) ?? textOf(error['exception_type']),
				details:
					textOf(error['details']) ??
					textOf(error['message']) ??
					textOf(error['exception_message']),
				debug_info: textOf(error['debugInfo']) ?? textOf(error['debug_info']),
				error_code: numberOf(error['errorCode']) ?? numberOf(error['code']),
				node: readNode(error),
			}),
		),
	];
}

function parseInner(text: string): unknown {
	if (!/^\s*[[{]/.test(text)) return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function readNode(error: JsonObject): FailedNode | undefined {
	const id = error['node_id'] ?? error['nodeId'];
	const classType = textOf(error['node_type']) ?? textOf(error['class_type']);
	if (id === undefined && classType === undefined) return undefined;
	return compact({ id: id === undefined ? undefined : String(id), class_type: classType });
}

// Where no field names the node, the words often do: "node 56 KSampler …", "Node ID: 56".
function withNode(failure: RunFailure): RunFailure {
	if (failure.node) return failure;
	const text = `${failure.details ?? ''}\n${failure.debug_info ?? ''}`;
	const found = /\bnode(?:\s+id)?\s*[:#]?\s*["'(]?#?(\d+(?::\d+)*)["')]?[\s,:(]*([A-Z]\w*)?/i.exec(
		text,
	);
	if (!found?.[1]) return failure;
	return { ...failure, node: compact({ id: found[1], class_type: classOf(found[2]) }) };
}

function classOf(word: string | undefined): string | undefined {
	return word && /^[A-Z]/.test(word) ? word : undefined;
}

/** Adds to each failure what the workflow knows of its node: class and title. */
export function nameNodes(
	result: ResultAnswer,
	workflow: Record<string, { class_type?: unknown; _meta?: unknown }> | undefined,
): ResultAnswer {
	if (!workflow || !result.error) return result;
	return {
		...result,
		error: result.error.map((failure) => {
			const known = failure.node?.id === undefined ? undefined : workflow[failure.node.id];
			if (!known) return failure;
			const node = compact({
				...failure.node,
				class_type: textOf(known.class_type) ?? failure.node?.class_type,
				title: textOf(asObject(known._meta)['title']),
			});
			return { ...failure, node };
		}),
	};
}
