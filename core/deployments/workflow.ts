import { type Cache, type Flow, notChecked } from '../cache';
import type { SavedWorkflow, WorkflowApiJson } from '../comfyui/graph';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { type ErrorReason, RunComfyError } from '../errors';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { checkId } from '../http/paths';
import { asObject, asString, compact, isObject } from '../json/objects';
import { giveByName, ifLora } from './lora';
import { type KnownClasses, readClasses } from './objectInfo';
import { type Deployment, getDeployment, isLora } from './read';

/** What an account's cache has of its deployments. */
interface Caches {
	workflows: Cache<SavedWorkflow>;
	infos: Cache<ObjectInfo>;
}

/**
 * Loads a deployment's workflow for a form, with ComfyUI's declarations of its node classes; only the latter may come
 * from the cache.
 * @throws RunComfyError as `loadSaved` does. A missing or huge object_info is not an error.
 */
export async function loadWorkflow(
	client: Client,
	deploymentId: string,
	{ infos }: Pick<Caches, 'infos'>,
	options: CallOptions = {},
): Promise<SavedWorkflow & KnownClasses> {
	const saved = await loadSaved(client, deploymentId, options);
	const flow = { id: Symbol('form'), client, signal: options.signal };
	return { ...saved, ...(await readClasses(flow, infos, saved, saved.workflow)) };
}

/**
 * Loads the workflow that a deployment runs. Large integers (seeds) are `bigint`.
 * @throws RunComfyError; `bad_response` if there is no workflow (`details.reason` is `lora` or, if that is not
 * certain, `no_workflow`)
 */
async function loadSaved(
	client: Client,
	deploymentId: string,
	options: CallOptions,
): Promise<SavedWorkflow> {
	const deployment = await getDeployment(client, deploymentId, { includes: ['payload'] }, options);
	return savedIn(deployment, client.host.labels);
}

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
 * Reads the workflows that one flow needs. A deployment that cannot be read is a warning, never an error.
 * @throws RunComfyError `aborted`; `invalid_input` for a malformed id
 */
export function workflowReader(flow: Flow, { workflows, infos }: Caches): WorkflowReader {
	return async ({ deploymentId, workflowApiJson }, fresh = false) => {
		const id = checkId(deploymentId, 'deployment id');
		const load = (calls: CallOptions) => loadSaved(flow.client, id, calls);
		const found = await workflows.read(id, flow, load, { fresh });
		if ('error' in found) {
			const { error } = found;
			const { reason } = error.details ?? {};
			return {
				info: {},
				unread: error.message,
				warnings: [notChecked(error)],
				...compact({ workflow: workflowApiJson, lora: reason && LORA[reason] }),
			};
		}
		const { value: saved, cached } = found;
		const workflow = workflowApiJson ?? saved.workflow;
		const { info, guessed } = await readClasses(flow, infos, saved, workflow, fresh);
		const typed = guessed === undefined;
		const warnings = typed ? [] : [guessed];
		return { workflow, info, typed, warnings, cached, saved: saved.workflow };
	};
}
