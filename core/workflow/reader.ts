import { toRunComfyError } from '../errors';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import { LOOK_UP_RETRIES } from '../http/retry';
import { throwIfAborted, withTimeLimit } from '../time/waiting';
import { createWorkflowCache, recall, type WorkflowCache } from './cache';
import { classTypesOf, type SavedWorkflow, type WorkflowApiJson } from './graph';
import { guessedBecause, loadSaved } from './load';
import { loadObjectInfo } from './loadObjectInfo';
import type { ObjectInfo } from './objectInfo';

/** What is known of the workflow that a request will run. */
export interface KnownWorkflow {
	/** The one sent along, or else the deployment's own; undefined when that cannot be read. */
	workflow?: WorkflowApiJson;
	info: ObjectInfo;
	/** Whether a class that `info` lacks is one that the machine lacks. */
	typed?: boolean;
	/** The deployment's own, if another is sent along: what it holds, the machine runs with. */
	saved?: WorkflowApiJson;
	/** For the user: why the deployment's workflow, or the types of its inputs, are not known. */
	warnings: string[];
	/** Why the deployment's own is not known, if it could not be read. */
	unread?: string;
	/** Whether it is known to be a LoRA deployment, which has none. */
	lora?: boolean;
	/** Whether it was read by an earlier flow, and may have changed since. */
	kept?: boolean;
	/** For what is said of it. */
	labels?: HostLabels | undefined;
}

/** Milliseconds: a check that saves money must not cost much time when the service hangs. */
const LIMIT_MS = 10_000;

/** What a submit says of the workflow that it will run. */
export interface WorkflowChoice {
	deploymentId: string;
	/** The graph sent along, instead of the deployment's own. */
	workflowApiJson?: WorkflowApiJson | undefined;
}

/** `fresh` asks the service even for what an earlier flow has read. */
export type WorkflowReader = (input: WorkflowChoice, fresh?: boolean) => Promise<KnownWorkflow>;

/**
 * Reads the workflows that the runs of one flow need: each deployment once, however many items ask
 * for it. A deployment that cannot be read is a warning, never an error.
 * @throws RunComfyError (the reader) `aborted`, and `invalid_input` for an id that cannot be one.
 */
export function createWorkflowReader(
	client: Client,
	options: { cache?: WorkflowCache; signal?: AbortSignal | undefined } = {},
): WorkflowReader {
	const { cache = createWorkflowCache(), signal } = options;
	const { labels } = client.host;
	const asked = new Map<string, Promise<Asked>>();
	const renewed = new Set<string | undefined>();
	const savedOf = (deploymentId: string, fresh: boolean) => {
		const key = `${fresh} ${deploymentId}`;
		const before = asked.get(key);
		if (before) return before;
		const kept =
			!fresh && recall(cache.workflows, deploymentId, client.host.monotonic()) !== undefined;
		const saved = withTimeLimit(client.host, LIMIT_MS, signal, async (bounded) => ({
			kept,
			...(await loadSaved(client, deploymentId, {
				cache,
				fresh,
				retries: LOOK_UP_RETRIES,
				signal: bounded,
			})),
		})).catch((thrown: unknown) => {
			throwIfAborted(signal);
			const { code, message, details } = toRunComfyError(thrown, 'bad_response');
			if (code === 'invalid_input') throw thrown;
			const why = code === 'aborted' ? `no answer within ${LIMIT_MS / 1000} s` : message;
			return { unread: why, ...(details?.['reason'] === 'lora' ? { lora: true } : {}) };
		});
		asked.set(key, saved);
		return saved;
	};
	return async ({ deploymentId, workflowApiJson }, fresh = false) => {
		const saved = await savedOf(deploymentId, fresh);
		const known = workflowApiJson ? { workflow: workflowApiJson } : {};
		if ('unread' in saved) {
			const { unread, lora } = saved;
			const warnings = [`The inputs were not checked before the submit: ${unread}`];
			return { ...known, info: {}, unread, warnings, labels, ...(lora ? { lora } : {}) };
		}
		const { objectInfoUrl, version, kept } = saved;
		const workflow = workflowApiJson ?? saved.workflow;
		const classTypes = classTypesOf(workflow);
		const again = fresh && !renewed.has(objectInfoUrl);
		if (again) renewed.add(objectInfoUrl);
		const options = { cache, signal, fresh: again };
		const source = { url: objectInfoUrl, version };
		const { info, problem } = await loadObjectInfo(client, source, classTypes, options);
		const warnings = problem === undefined ? [] : [guessedBecause(problem)];
		const typed = problem === undefined;
		return { workflow, info, typed, warnings, kept, saved: saved.workflow, labels };
	};
}

type Asked = (SavedWorkflow & { kept: boolean }) | { unread: string; lora?: boolean };
