import type { ErrorCode, RunComfyError } from '../errors';
import type { Host } from '../host';
import type { Client } from '../http/client';
import { type Leaf, modelRequestUrl, modelUrl, requestUrl, submitUrl } from '../http/paths';
import type { JsonObject } from '../json/objects';
import { withNearest } from '../models/model';
import { deploymentBody, type ModelInput, type SubmitInput } from './body';
import { type RequestRef, type Service, serviceOf, type Target } from './ref';
import { deploymentResult, type Given, modelResult } from './result';

/** What RunComfy's APIs have each in a way of their own; everything else about a request is said once. */
export interface Kind {
	submitUrl(client: Client, target: Target): string;
	requestUrl(client: Client, ref: RequestRef, leaf: Leaf): string;
	/** What a submit sends, before it is written as JSON. */
	body(input: SubmitInput, host: Host): object;
	readResult(raw: JsonObject, succeeded: boolean): Given;
	/** In place of a code's own hint, in answers about a request. */
	hints: Partial<Record<ErrorCode, string>>;
	/** Where a user sees on RunComfy what runs. */
	requests: string;
	/** What a user should know if a cancel is refused. */
	notCancellable: string;
	/** Says more of a target that RunComfy does not know. Never throws. */
	explainUnknown?(client: Client, error: RunComfyError, id: string): Promise<RunComfyError>;
}

const KINDS: Record<Service, Kind> = {
	deployment: {
		submitUrl: (client, { deploymentId = '' }) => submitUrl(client, deploymentId),
		requestUrl: (client, { deploymentId = '', requestId }, leaf) =>
			requestUrl(client, deploymentId, requestId, leaf),
		body: deploymentBody,
		readResult: deploymentResult,
		hints: {
			not_found:
				'Check the deployment id and the request id. RunComfy keeps a request for 7 days. A request of a hosted model is found only if it is asked for as one of a model: the two do not mix.',
		},
		requests: 'the deployment’s requests',
		notCancellable:
			'The request had already ended before the cancel. Fetch its result by its request id.',
	},
	model: {
		submitUrl: (client, { modelId = '' }) => modelUrl(client, modelId),
		requestUrl: (client, { requestId }, leaf) => modelRequestUrl(client, requestId, leaf),
		body: ({ inputs }: ModelInput) => inputs,
		readResult: modelResult,
		hints: {
			not_found:
				'Check the request id. RunComfy keeps a request for 7 days. A request of a deployment is found only if it is asked for as one of that deployment: the two do not mix.',
			insufficient_funds: 'Top up your RunComfy balance, then run it again.',
			run_failed: 'Change the inputs as the message says, or choose another model.',
		},
		requests: 'your requests',
		notCancellable:
			'A hosted model’s request can be canceled only while it is queued: this one runs, or has ended. Fetch its result by its request id.',
		explainUnknown: withNearest,
	},
};

export function kindOf(of: { service?: unknown }): Kind {
	return KINDS[serviceOf(of)];
}
