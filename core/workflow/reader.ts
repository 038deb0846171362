import { throwIfAborted, withTimeLimit } from '../abort';
import type { Client } from '../client';
import { toRunComfyError } from '../errors';
import type { Overrides, WorkflowApiJson } from '../overrides';
import type { RetryPolicy } from '../retry';
import type { SubmitInput } from '../submit';
import { createWorkflowCache, type WorkflowCache } from './cache';
import { classTypesOf } from './graph';
import { loadSaved, type SavedWorkflow } from './load';
import { loadObjectInfo } from './loadObjectInfo';
import type { ObjectInfo } from './objectInfo';
import { checkOverrides, checkWorkflow, refuse, type Finding } from './preflight';

/** What is known of the workflow that a request will run. */
export interface KnownWorkflow {
	/** The one sent along, or else the deployment's own; undefined when that cannot be read. */
	workflow?: WorkflowApiJson;
	info: ObjectInfo;
	/** For the user: why the deployment's workflow is not known. */
	warnings: string[];
}

/** Milliseconds: a check that saves money must not cost much time when the service hangs. */
const LIMIT_MS = 10_000;

const RETRIES: RetryPolicy = { attempts: 2, baseMs: 300, capMs: 1_000, maxRetryAfterMs: 2_000 };

export type WorkflowReader = (
	input: Pick<SubmitInput, 'deploymentId' | 'workflowApiJson'>,
) => Promise<KnownWorkflow>;

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
	const asked = new Map<string, Promise<SavedWorkflow | { warning: string }>>();
	const savedOf = (deploymentId: string) => {
		const before = asked.get(deploymentId);
		if (before) return before;
		const saved = withTimeLimit(client, LIMIT_MS, signal, (bounded) =>
			loadSaved(client, deploymentId, { cache, retries: RETRIES, signal: bounded }),
		).catch((thrown: unknown) => {
			throwIfAborted(signal);
			const { code, message } = toRunComfyError(thrown, 'bad_response');
			if (code === 'invalid_input') throw thrown;
			const why = code === 'aborted' ? `no answer within ${LIMIT_MS / 1000} s` : message;
			return { warning: `The inputs were not checked before the submit: ${why}` };
		});
		asked.set(deploymentId, saved);
		return saved;
	};
	return async ({ deploymentId, workflowApiJson }) => {
		const saved = await savedOf(deploymentId);
		const workflow = workflowApiJson ?? ('workflow' in saved ? saved.workflow : undefined);
		const warnings = 'warning' in saved ? [saved.warning] : [];
		if (!workflow || !('workflow' in saved)) {
			return { info: {}, warnings, ...(workflow ? { workflow } : {}) };
		}
		const classTypes = classTypesOf(workflow);
		const info = await loadObjectInfo(client, saved.objectInfoUrl, classTypes, { cache, signal });
		return { workflow, info, warnings };
	};
}

/** Everything in a submit that does not fit the workflow it will run; nothing where that is not known. */
export function findProblems(
	input: { overrides?: Overrides | undefined; workflowApiJson?: WorkflowApiJson | undefined },
	{ workflow, info }: KnownWorkflow,
): Finding[] {
	if (!workflow) return [];
	return [
		...(input.workflowApiJson ? checkWorkflow(input.workflowApiJson, info) : []),
		...checkOverrides(input.overrides ?? {}, workflow, info),
	];
}

/**
 * Checks a submit before it costs anything.
 * @throws RunComfyError `invalid_overrides` that lists everything that does not fit; `aborted`.
 */
export async function preflight(
	read: WorkflowReader,
	input: Pick<SubmitInput, 'deploymentId' | 'workflowApiJson' | 'overrides'>,
): Promise<KnownWorkflow> {
	const known = await read(input);
	refuse(findProblems(input, known));
	return known;
}
