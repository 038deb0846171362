import { classTypesOf, type SavedWorkflow, type WorkflowApiJson } from '../comfyui/graph';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { type ErrorReason, RunComfyError } from '../errors';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { checkId } from '../http/paths';
import { type LookedUp, lookUp, type LookUpOptions, notChecked } from '../http/retry';
import { asObject, asString, compact, isObject } from '../json/objects';
import { recall, remember } from '../recent';
import { giveByName, ifLora } from './lora';
import { loadObjectInfo, type WorkflowCache } from './objectInfo';
import { type Deployment, getDeployment, isLora } from './read';

/** A deployment's workflow, with ComfyUI's declarations of its node classes. */
export interface LoadedWorkflow extends SavedWorkflow {
	/** Empty if ComfyUI's list of node classes could not be read. Types are then guessed from the saved values. */
	info: ObjectInfo;
	/** Says why types and choices are guessed; absent if ComfyUI lists them. */
	guessed?: string;
}

interface LoadOptions extends CallOptions {
	/** The cache of one account. Without it, each call asks RunComfy. */
	cache?: WorkflowCache | undefined;
	/** Reads the deployment from RunComfy even if it is cached. */
	fresh?: boolean;
}

/**
 * Loads a deployment's workflow and ComfyUI's declarations of its node classes.
 * @throws RunComfyError as `loadSaved` does. A missing or huge object_info is not an error.
 */
export async function loadWorkflow(
	client: Client,
	deploymentId: string,
	options: LoadOptions = {},
): Promise<LoadedWorkflow> {
	const saved = await loadSaved(client, deploymentId, options);
	const classTypes = classTypesOf(saved.workflow);
	const { cache, signal } = options;
	const { info, problem } = await loadObjectInfo(client, saved, classTypes, { cache, signal });
	return { ...saved, info, ...(problem === undefined ? {} : { guessed: guessedBecause(problem) }) };
}

function guessedBecause(problem: string): string {
	return `Types and choices of the inputs are guessed from the saved values: ComfyUI’s list of node classes (object_info) ${problem}`;
}

/**
 * Loads the workflow that a deployment runs. Large integers (seeds) are `bigint`.
 * @throws RunComfyError; `bad_response` if there is no workflow (`details.reason` is `lora` or, if that is not
 * certain, `no_workflow`)
 */
async function loadSaved(
	client: Client,
	deploymentId: string,
	options: LoadOptions & Pick<LookUpOptions, 'onAsk'> = {},
): Promise<CachedWorkflow> {
	const id = checkId(deploymentId, 'deployment id');
	const { cache, fresh = false, onAsk } = options;
	const before = fresh ? undefined : recall(cache?.workflows, id, client.host.monotonic());
	if (before) return { ...before, cached: true };
	onAsk?.();
	const deployment = await getDeployment(client, id, { includes: ['payload'] }, options);
	const saved = savedIn(deployment, client.host.labels);
	remember(cache?.workflows, id, saved, client.host.monotonic());
	return { ...saved, cached: false };
}

/** `cached`: the workflow comes from the cache and may be out of date. */
type CachedWorkflow = SavedWorkflow & { cached: boolean };

function savedIn(deployment: Deployment, labels: HostLabels | undefined): SavedWorkflow {
	const { name, payload = {}, workflow_id, workflow_version } = deployment;
	const nodes = Object.entries(asObject(payload.workflow_api_json)).filter(
		([, node]) => isObject(node) && asString(node['class_type']) !== undefined,
	);
	if (nodes.length === 0) throw withoutWorkflow(deployment, labels);
	const [id, label] = [workflow_id, workflow_version].map(asString);
	return {
		name,
		workflow: Object.fromEntries(nodes) as WorkflowApiJson,
		...compact({
			objectInfoUrl: asString(payload.object_info_url),
			version: id === undefined || label === undefined ? undefined : `${id} ${label}`,
		}),
	};
}

function withoutWorkflow(deployment: Deployment, labels: HostLabels | undefined): RunComfyError {
	const facts = { deploymentId: deployment.id, retryable: false };
	if (isLora(deployment)) {
		return new RunComfyError('bad_response', 'This is a LoRA deployment, which has no workflow', {
			...facts,
			details: { reason: 'lora' },
			hint: giveByName(labels),
		});
	}
	return new RunComfyError('bad_response', 'The deployment shows no workflow', {
		...facts,
		details: { reason: 'no_workflow' },
		hint: `${ifLora(labels)} Otherwise give the inputs as JSON.`,
	});
}

export interface KnownWorkflow {
	/** The workflow sent along, or else the deployment's own; undefined if that cannot be read. */
	workflow?: WorkflowApiJson;
	info: ObjectInfo;
	/** Whether `info` is complete, so that the machine lacks every class that `info` lacks. */
	typed?: boolean;
	/** The deployment's own workflow, which the machine is known to run. */
	saved?: WorkflowApiJson;
	/** Warnings that tell the user why the workflow, or the types of its inputs, are not known. */
	warnings: string[];
	/** Why the deployment's own workflow could not be read. */
	unread?: string;
	/** Set if the deployment is, or may be, a LoRA deployment, which has no workflow. */
	lora?: 'certain' | 'possible';
	/** Whether the workflow comes from the cache and may be out of date. */
	cached?: boolean;
}

/** Keyed by the reason why a deployment's workflow could not be read. */
const LORA: Partial<Record<ErrorReason, KnownWorkflow['lora']>> = {
	lora: 'certain',
	no_workflow: 'possible',
};

interface WorkflowChoice {
	deploymentId: string;
	workflowApiJson?: WorkflowApiJson | undefined;
}

/** Reads a workflow. `fresh` asks the service even if the workflow is cached. */
export type WorkflowReader = (input: WorkflowChoice, fresh?: boolean) => Promise<KnownWorkflow>;

/**
 * Creates a reader for the workflows that one flow needs. Each deployment is read once, however many items ask for
 * it. A deployment that cannot be read is a warning, never an error.
 * @throws RunComfyError (when reading) `aborted`; `invalid_input` for a malformed id
 */
export function createWorkflowReader(
	client: Client,
	{ cache, signal, onAsk }: LookUpOptions & { cache: WorkflowCache },
): WorkflowReader {
	const asked = new Map<string, Promise<LookedUp<CachedWorkflow>>>();
	const renewed = new Set<string | undefined>();
	const savedOf = (deploymentId: string, fresh: boolean) => {
		const key = `${fresh} ${deploymentId}`;
		const saved =
			asked.get(key) ??
			lookUp(client.host, signal, (calls) =>
				loadSaved(client, deploymentId, { cache, fresh, onAsk, ...calls }),
			);
		asked.set(key, saved);
		return saved;
	};
	return async ({ deploymentId, workflowApiJson }, fresh = false) => {
		const found = await savedOf(deploymentId, fresh);
		const sent = workflowApiJson ? { workflow: workflowApiJson } : {};
		if ('error' in found) {
			const { error, why: unread } = found;
			if (error.code === 'invalid_input') throw error;
			const { reason } = error.details ?? {};
			const lora = reason && LORA[reason];
			const warnings = [notChecked(unread)];
			return { ...sent, info: {}, unread, warnings, ...compact({ lora }) };
		}
		const { value: saved } = found;
		const { objectInfoUrl, cached } = saved;
		const workflow = workflowApiJson ?? saved.workflow;
		const classTypes = classTypesOf(workflow);
		const again = fresh && !renewed.has(objectInfoUrl);
		if (again) renewed.add(objectInfoUrl);
		const options = { cache, signal, onAsk, fresh: again };
		const { info, problem } = await loadObjectInfo(client, saved, classTypes, options);
		const warnings = problem === undefined ? [] : [guessedBecause(problem)];
		const typed = problem === undefined;
		return { workflow, info, typed, warnings, cached, saved: saved.workflow };
	};
}
