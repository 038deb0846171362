import type { Client } from '../http/client';
import type { Body, CallOptions } from '../http/exchange';
import { asNumber, asText, compact, expectState, type JsonObject } from '../json/objects';
import { idsOf, type RequestIds, type RequestRef } from '../target/ref';
import { ask } from './ask';
import { type JobState, jobState } from './state';

export interface StatusAnswer extends RequestIds {
	status: JobState;
	/** The service's own word, when it is one that this client does not know. */
	reported_status?: string;
	/** For display only: RunComfy does not document whether it counts from 0 or 1. */
	queue_position?: number;
	/** The machine that runs it, for the instance proxy; only while it lives. */
	instance_id?: string;
	/** The answer as it came. */
	raw: JsonObject;
}

/**
 * `GET …/requests/{request_id}/status` (docs.runcomfy.com/serverless/async-queue-endpoints, and model-apis).
 * @throws RunComfyError
 */
export async function getStatus(
	client: Client,
	ref: RequestRef,
	options: CallOptions = {},
): Promise<StatusAnswer> {
	return ask(client, ref, 'status', { read: readStatus }, options);
}

function readStatus(ref: RequestRef, body: Body): StatusAnswer {
	const raw = expectState(body);
	const status = jobState(raw.status);
	return {
		...idsOf(ref),
		status,
		...compact({
			reported_status: status === 'unknown' ? raw.status : undefined,
			queue_position: asNumber(raw['queue_position']),
			instance_id: asText(raw['instance_id']),
		}),
		raw,
	};
}
