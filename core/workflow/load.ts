import { type Deployment, getDeployment, isLora } from '../deployments/read';
import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { checkId } from '../http/paths';
import { asObject, asText, isObject } from '../json/objects';
import { recall, remember, type WorkflowCache } from './cache';
import { classTypesOf, type SavedWorkflow, type WorkflowApiJson } from './graph';
import { loadObjectInfo } from './loadObjectInfo';
import type { ObjectInfo } from './objectInfo';

export interface LoadedWorkflow extends SavedWorkflow {
	/** Empty when it could not be had: then types are read off the saved values. */
	info: ObjectInfo;
	/** For people, why types and choices are guessed; absent if ComfyUI tells them. */
	guessed?: string;
}

export interface LoadOptions extends CallOptions {
	/** Of one account. Without it, each call asks RunComfy. */
	cache?: WorkflowCache | undefined;
	/** Asks for the deployment even if the cache still has it. */
	fresh?: boolean;
}

/**
 * A deployment's workflow and what ComfyUI says of its inputs.
 * @throws RunComfyError those of `loadSaved`. A missing or huge object_info is not an error.
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
 * What a deployment runs. Large integers in the workflow (seeds) come as `bigint`.
 * @throws RunComfyError when the deployment cannot be read, or holds no workflow (`bad_response`; of a
 * LoRA deployment `details.reason` is `lora`).
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
	const saved = savedIn(await getDeployment(client, id, { includes: ['payload'] }, options));
	remember(cache?.workflows, id, saved, client.host.monotonic());
	return saved;
}

function savedIn(deployment: Deployment): SavedWorkflow {
	const { id: deploymentId, name, payload = {}, workflow_id, workflow_version } = deployment;
	const nodes = Object.entries(asObject(payload.workflow_api_json)).filter(
		([, node]) => isObject(node) && asText(node['class_type']) !== undefined,
	);
	if (isLora(deployment)) {
		throw new RunComfyError('bad_response', 'This is a LoRA deployment, which has no workflow', {
			...{ deploymentId, retryable: false, details: { reason: 'lora' } },
			hint: 'Give its inputs directly, by name: in rows or as JSON.',
		});
	}
	if (nodes.length === 0) {
		throw new RunComfyError('bad_response', 'The deployment shows no workflow of its own', {
			deploymentId,
			retryable: false,
			hint: 'Give the inputs as JSON instead.',
		});
	}
	const url = asText(payload.object_info_url);
	const [id, label] = [workflow_id, workflow_version].map(asText);
	return {
		name,
		workflow: Object.fromEntries(nodes) as WorkflowApiJson,
		...(url === undefined ? {} : { objectInfoUrl: url }),
		...(id === undefined || label === undefined ? {} : { version: `${id} ${label}` }),
	};
}
