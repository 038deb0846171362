import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkId, deploymentUrl } from '../http/paths';
import { asObject, expectObject, isObject, textOf } from '../json/read';
import { recall, remember, type WorkflowCache } from './cache';
import { classTypesOf, type SavedWorkflow, type WorkflowApiJson } from './graph';
import { loadObjectInfo } from './loadObjectInfo';
import type { ObjectInfo } from './objectInfo';

export interface LoadedWorkflow extends SavedWorkflow {
	/** Empty when it could not be had: then types are read off the saved values. */
	info: ObjectInfo;
	/** For people, why types and choices are guessed; absent where ComfyUI tells them. */
	guessed?: string;
}

export interface LoadOptions extends CallOptions {
	/** Of one account; without it everything is asked for anew. */
	cache?: WorkflowCache | undefined;
	/** Asks for the deployment even where the cache still has it. */
	fresh?: boolean;
}

/**
 * A deployment's workflow and what ComfyUI says of its inputs.
 * @throws RunComfyError those of `loadSaved`. A missing or huge object_info is no error.
 */
export async function loadWorkflow(
	client: Client,
	deploymentId: string,
	options: LoadOptions = {},
): Promise<LoadedWorkflow> {
	const saved = await loadSaved(client, deploymentId, options);
	const classTypes = classTypesOf(saved.workflow);
	const { cache, signal } = options;
	const source = { url: saved.objectInfoUrl, version: saved.version };
	const { info, problem } = await loadObjectInfo(client, source, classTypes, { cache, signal });
	return { ...saved, info, ...(problem === undefined ? {} : { guessed: guessedBecause(problem) }) };
}

/** For people: that nothing but the saved values tells what the inputs take. */
export function guessedBecause(problem: string): string {
	return `Types and choices of the inputs are guessed from the saved values: ComfyUI’s list of node classes (object_info) ${problem}`;
}

/**
 * `GET /prod/v2/deployments/{id}?includes=payload` (docs.runcomfy.com/mcp/tool-reference). Large integers in the workflow (seeds) come as
 * `bigint`.
 * @throws RunComfyError when the deployment cannot be read, or holds no workflow (`bad_response`).
 */
export async function loadSaved(
	client: Client,
	deploymentId: string,
	options: LoadOptions = {},
): Promise<SavedWorkflow> {
	const id = checkId(deploymentId, 'deployment id');
	const { cache, fresh = false } = options;
	const known = fresh ? undefined : recall(cache?.workflows, id, client.host.monotonic());
	if (known) return known;
	const saved = await exchange(
		client,
		{
			method: 'GET',
			url: `${deploymentUrl(client, id)}?includes=payload`,
			facts: { deploymentId: id },
			exactIntegers: true,
			read: (body) => readPayload(expectObject(body, 'deployment')),
		},
		options,
	);
	remember(cache?.workflows, id, saved, client.host.monotonic());
	return saved;
}

function readPayload(deployment: Record<string, unknown>): SavedWorkflow {
	const payload = asObject(deployment['payload']);
	const nodes = Object.entries(asObject(payload['workflow_api_json'])).filter(
		([, node]) => isObject(node) && textOf(node['class_type']) !== undefined,
	);
	if (nodes.length === 0) {
		throw new RunComfyError('bad_response', 'The deployment shows no workflow of its own', {
			retryable: false,
			hint: 'Give the inputs as JSON instead.',
		});
	}
	const url = textOf(payload['object_info_url']);
	const version = versionOf(deployment);
	return {
		workflow: Object.fromEntries(nodes) as WorkflowApiJson,
		...(url === undefined ? {} : { objectInfoUrl: url }),
		...(version === undefined ? {} : { version }),
	};
}

function versionOf(deployment: Record<string, unknown>): string | undefined {
	const [id, version] = [deployment['workflow_id'], deployment['workflow_version']].map(textOf);
	return id === undefined || version === undefined ? undefined : `${id} ${version}`;
}
