import { ifLora } from '../deployments/lora';
import type { RunComfyError } from '../errors';
import type { Host } from '../host';
import type { Client } from '../http/client';
import { type Leaf, modelRequestUrl, modelUrl, requestUrl, submitUrl } from '../http/paths';
import { isObject, type JsonObject, toNumber } from '../json/objects';
import type { RequestRef, Service } from '../targets';
import {
	deploymentBody,
	type ModelInput,
	namedInputs,
	type SubmitInput,
	type SubmitParts,
} from './body';
import { serviceOf, type Target, type TargetOf } from './ref';

/** What differs between RunComfy's APIs, besides their `Traits`. Everything else about a request is the same. */
interface TargetKind<T = Target> {
	submitUrl(client: Client, target: Target): string;
	requestUrl(client: Client, ref: RequestRef, leaf: Leaf): string;
	/** Builds the input of a submit from its prepared parts. */
	input(target: T, byName: boolean, parts: SubmitParts): SubmitInput;
	/** The body of a submit, before it is serialized as JSON. */
	body(input: SubmitInput, host: Host): object;
	readResult(raw: JsonObject, succeeded: boolean): TargetResult;
}

const KINDS: { [S in Service]: TargetKind<TargetOf<S>> } = {
	deployment: {
		submitUrl: (client, { deploymentId = '' }) => submitUrl(client, deploymentId),
		requestUrl: (client, { deploymentId = '', requestId }, leaf) =>
			requestUrl(client, deploymentId, requestId, leaf),
		input: (target, byName, parts) =>
			byName
				? { ...target, inputs: namedInputs(parts), webhook: parts.webhook }
				: { ...target, ...parts },
		body: deploymentBody,
		readResult: deploymentResult,
	},
	model: {
		submitUrl: (client, { modelId = '' }) => modelUrl(client, modelId),
		requestUrl: (client, { requestId }, leaf) => modelRequestUrl(client, requestId, leaf),
		input: (target, _byName, parts) => ({ ...target, inputs: namedInputs(parts) }),
		body: ({ inputs }: ModelInput) => inputs,
		readResult: modelResult,
	},
};

export function kindOf(of: { service?: unknown }): TargetKind {
	return KINDS[serviceOf(of)] as TargetKind;
}

/**
 * A refused submit. A LoRA deployment refuses overrides, so the hint mentions that case, unless the refusal names a node:
 * then it is about a workflow.
 */
export function explainRefusal(
	{ labels }: Host,
	refusal: RunComfyError,
	{ inputs }: SubmitInput,
): RunComfyError {
	const { details, httpStatus, message, hint } = refusal;
	const ofInputs = /^422/.test(String(details?.['error_code'] ?? httpStatus));
	if (inputs || !ofInputs || /\bnode\b/i.test(message)) return refusal;
	return refusal.with({ hint: `${hint} ${ifLora(labels)}` });
}

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

/**
 * Reads `outputs`, unless it is empty. LoRA deployments answer with `output`; `outputs` that are not an object
 * count as `output`, too.
 */
function deploymentResult(raw: JsonObject, succeeded: boolean): TargetResult {
	const { outputs, output: own } = raw;
	if (isObject(outputs) && Object.keys(outputs).length > 0) return { outputs };
	const isList = Array.isArray(outputs) && outputs.length > 0;
	const bare = typeof outputs === 'object' && !isList ? undefined : outputs;
	const output = own ?? bare ?? own;
	const hasOutput = succeeded ? output !== undefined : (output ?? undefined) !== undefined;
	const shown = isObject(output) ? output : outputs;
	return { ...(isObject(shown) ? { outputs: shown } : {}), ...(hasOutput ? { output } : {}) };
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
