import { asObject, expectObject, isObject, textOf } from '../answers';
import type { Client } from '../client';
import { RunComfyError } from '../errors';
import { exchange, USER_AGENT, type CallOptions } from '../exchange';
import type { WorkflowApiJson } from '../overrides';
import { deploymentUrl } from '../paths';
import { READ_RETRIES } from '../retry';
import { READ_TIMEOUT_MS } from '../status';
import { readObjectInfo, type ObjectInfo } from './objectInfo';

/** A deployment's own workflow, and what ComfyUI says of its inputs. */
export interface LoadedWorkflow {
	workflow: WorkflowApiJson;
	/** Empty when it could not be had: then types are read off the saved values. */
	info: ObjectInfo;
	/** Why `info` is empty, for the user. */
	warning?: string;
}

/** Bytes past which an object_info is not read: it would cost more than the types are worth. */
const MAX_OBJECT_INFO_BYTES = 10 * 1024 * 1024;

/** Milliseconds: a form must not wait longer for types. */
const OBJECT_INFO_TIMEOUT_MS = 8_000;

/**
 * `GET /prod/v2/deployments/{id}?includes=payload`, then its `object_info_url`. Large integers in
 * the workflow (seeds) come as `bigint`.
 * @throws RunComfyError when the deployment cannot be read, or holds no workflow (`bad_response`).
 * A missing or huge object_info is no error.
 */
export async function loadWorkflow(
	client: Client,
	deploymentId: string,
	options: CallOptions = {},
): Promise<LoadedWorkflow> {
	const payload = await exchange(
		client,
		{
			method: 'GET',
			url: `${deploymentUrl(client, deploymentId)}?includes=payload`,
			timeoutMs: READ_TIMEOUT_MS,
			facts: { deploymentId },
			exactIntegers: true,
			read: (body) => asObject(expectObject(body, 'deployment')['payload']),
		},
		{ ...options, retries: options.retries ?? READ_RETRIES },
	);
	const workflow = payload['workflow_api_json'];
	if (!isObject(workflow) || Object.keys(workflow).length === 0) {
		throw new RunComfyError('bad_response', 'The deployment shows no workflow of its own', {
			deploymentId,
			retryable: false,
			hint: 'Give the inputs as JSON (input mode JSON) instead.',
		});
	}
	const nodes = workflow as WorkflowApiJson;
	const url = textOf(payload['object_info_url']);
	return { workflow: nodes, ...(await loadObjectInfo(client, url, nodes, options.signal)) };
}

async function loadObjectInfo(
	client: Client,
	url: string | undefined,
	workflow: WorkflowApiJson,
	signal: AbortSignal | undefined,
): Promise<Pick<LoadedWorkflow, 'info' | 'warning'>> {
	if (!url || !URL.canParse(url)) return { info: {}, warning: WITHOUT_TYPES };
	try {
		const response = await client.host.request({
			method: 'GET',
			url,
			headers: { accept: 'application/json', 'user-agent': USER_AGENT },
			// The address comes from an answer: it gets the token only on the API's own origin.
			authenticate: new URL(url).origin === new URL(client.baseUrl).origin,
			expect: 'stream',
			timeoutMs: OBJECT_INFO_TIMEOUT_MS,
			...(signal ? { signal } : {}),
		});
		const text = response.status === 200 ? await readText(response.stream) : undefined;
		if (text === undefined) return { info: {}, warning: WITHOUT_TYPES };
		const classTypes = Object.values(workflow).map((node) => node.class_type);
		return { info: readObjectInfo(JSON.parse(text), classTypes) };
	} catch {
		return { info: {}, warning: WITHOUT_TYPES };
	}
}

const WITHOUT_TYPES =
	'The types and choices of the inputs could not be loaded; they are read off the saved values.';

/** The text, or undefined past the limit. Leaving the loop closes the connection. */
async function readText(
	stream: AsyncIterable<Uint8Array> | undefined,
): Promise<string | undefined> {
	const decoder = new TextDecoder();
	const parts: string[] = [];
	let bytes = 0;
	for await (const chunk of stream ?? []) {
		bytes += chunk.length;
		if (bytes > MAX_OBJECT_INFO_BYTES) return undefined;
		parts.push(decoder.decode(chunk, { stream: true }));
	}
	return parts.join('') + decoder.decode();
}
