import { ANSWER_BYTES } from '../defaults';
import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import {
	asObject,
	asString,
	compact,
	expectState,
	isObject,
	type JsonObject,
	toNumber,
} from '../json/objects';
import { idsOf, kindOf, refOf, type RequestIds, type RequestRef } from '../target';
import { ask, type Question } from './calls';
import {
	describeFailures,
	droppedOutputs,
	hintFor,
	readFailures,
	type RunFailure,
	warnOfDropped,
} from './failures';
import { type ResultState, resultState } from './state';

/** The part of a result that differs between kinds of target. */
export interface TargetResult {
	/** Node id → channel → list of items, as in ComfyUI's history, with hosted URLs. */
	outputs?: JsonObject;
	/** The unchanged output of a LoRA deployment or a model: URLs, texts and numbers. */
	output?: unknown;
	/** The cost of a model's request in US dollars. */
	cost?: number;
	warnings?: string[];
}

/** The answer to a call for the result, in any state of the request. */
export interface ResultAnswer extends RequestIds, TargetResult {
	status: ResultState;
	/** The status word of the answer, if this client does not know it. */
	reported_status?: string;
	/** Why the run failed: always a list, whatever the form of the answer. */
	error?: RunFailure[];
	/** Warnings for the user, for example about outputs that ComfyUI left out. */
	warnings?: string[];
	/** ISO 8601. */
	created_at?: string;
	finished_at?: string;
	instance_id?: string;
	log_url?: string;
	/** The parsed answer, unchanged. */
	raw: JsonObject;
}

/**
 * `GET …/requests/{request_id}/result` (docs.runcomfy.com/serverless/async-queue-endpoints). If the request has not
 * ended, the answer has its state and no outputs; if the run failed, `status` is `failed`. Neither throws.
 * @throws RunComfyError if the result could not be read
 */
export async function getResult(
	client: Client,
	ref: RequestRef,
	options: CallOptions = {},
): Promise<ResultAnswer> {
	const question: Question<ResultAnswer> = {
		maxBytes: ANSWER_BYTES.result,
		exactIntegers: true,
		// In a failed result, `error_code` says why the run failed, not why the result is missing.
		acceptsErrorCode: (body) => resultState(asObject(body)['status']) === 'failed',
		read: (asked, body) => readResult(asked, expectState(body)),
	};
	return ask(client, ref, 'result', question, options);
}

export function readResult(ref: RequestRef, raw: JsonObject): ResultAnswer {
	const isModel = kindOf(ref) === 'model';
	const status = resultState(raw['status']);
	const succeeded = status === 'succeeded';
	const { warnings: strange = [], ...ofTarget } = isModel
		? modelResult(raw, succeeded)
		: deploymentResult(raw);
	const dropped = succeeded ? partsWithErrors(raw).flatMap(warnOfDropped) : [];
	const warnings = [...strange, ...dropped];
	return {
		...idsOf(ref),
		...(isModel ? compact({ model_id: asString(raw['model_id']) }) : {}),
		status,
		...ofTarget,
		...compact({
			reported_status: status === 'unknown' ? asString(raw['status']) : undefined,
			error: status === 'failed' ? readReasons(raw) : undefined,
			warnings: warnings.length > 0 ? warnings : undefined,
			created_at: asString(raw['created_at']),
			finished_at: asString(raw['finished_at']),
			instance_id: asString(raw['instance_id']),
			log_url: asString(raw['log_url']),
		}),
		raw,
	};
}

/**
 * Reads `outputs`, unless it is empty. LoRA deployments answer with `output`; `outputs` that are not an object
 * count as `output`, too.
 */
function deploymentResult(raw: JsonObject): TargetResult {
	const { outputs, output: own } = raw;
	if (isObject(outputs) && Object.keys(outputs).length > 0) return { outputs };
	const isEmpty = isObject(outputs) || (Array.isArray(outputs) && outputs.length === 0);
	const output = own ?? (isEmpty ? own : (outputs ?? own));
	const shown = isObject(output) ? output : outputs;
	return {
		...(isObject(shown) ? { outputs: shown } : {}),
		...(output === undefined ? {} : { output }),
	};
}

/** Reads `output` and, with `include_cost=true`, `cost` (docs.runcomfy.com/model-apis). */
function modelResult(raw: JsonObject, succeeded: boolean): TargetResult {
	const { cost: reported } = raw;
	const output = raw['output'] ?? raw['outputs'] ?? (succeeded ? null : undefined);
	const cost = toNumber(reported);
	const isCost = Number.isFinite(cost) && cost >= 0;
	const strange = !isCost && reported !== undefined && reported !== null;
	return {
		...(output === undefined ? {} : { output }),
		...(isCost ? { cost } : {}),
		...(strange ? { warnings: [NO_COST] } : {}),
	};
}

const NO_COST = 'RunComfy reported a cost that is not a number, so it is left out.';

/** The ids of the outputs that ComfyUI left out, although the run succeeded. */
export function outputsLeftOut({ raw }: Pick<ResultAnswer, 'raw'>): string[] {
	return partsWithErrors(raw).flatMap(droppedOutputs);
}

function partsWithErrors(raw: JsonObject): unknown[] {
	return [raw, raw['error']];
}

// From the result's own field, or else from the fields in which any answer may report an error.
function readReasons(raw: JsonObject): RunFailure[] {
	const failures = readFailures(raw['error'] ?? raw['errors']);
	const message = asString(raw['error_message']) ?? asString(raw['message']);
	if (failures.length > 0 || message === undefined) return failures;
	return readFailures({ message, code: raw['error_code'] });
}

/**
 * Throws if the run failed or was canceled; otherwise returns the result. @throws RunComfyError `run_failed`,
 * `run_canceled`
 */
export function expectSuccess(result: ResultAnswer): ResultAnswer {
	const facts = refOf(result);
	if (result.status === 'canceled') {
		throw new RunComfyError('run_canceled', 'The request was canceled', facts);
	}
	if (result.status !== 'failed') return result;
	const failures = result.error ?? [];
	throw new RunComfyError('run_failed', describeFailures(failures), {
		...facts,
		hint: hintFor(failures),
		details: compact({
			failures,
			node: failures.find((failure) => failure.node)?.node,
			log_url: result.log_url,
		}),
	});
}
