import type { WorkflowApiJson } from '../comfyui/graph';
import { applyOverrides, type Overrides } from '../comfyui/overrides';
import type { Host } from '../host';
import { compact } from '../json/objects';
import type { Target } from '../target';

/** What one submit sends. Plain data, so that a host can store it. */
export type SubmitInput = Target & SubmitParts;

export interface SubmitParts {
	/**
	 * The whole body of a request to a model, named as in its `input_schema`, or to a LoRA deployment, which has no
	 * workflow. The other parts are then not sent.
	 */
	inputs?: Record<string, unknown> | undefined;
	/** What to change in the deployment's saved workflow; `{}` runs it as saved. */
	overrides?: Overrides | undefined;
	/** Another workflow (API format) to run on the deployment's machine instead of the saved one. */
	workflowApiJson?: WorkflowApiJson | undefined;
	/** Whether the workflow may have partner nodes, and so needs the host's key; absent if not known. */
	partnerNodes?: boolean | undefined;
	/** Public https URL that RunComfy calls when the request has ended. It calls none for a model. */
	webhook?: string | undefined;
}

/**
 * The body of `POST …/deployments/{deployment_id}/inference` (docs.runcomfy.com/serverless, and serverless-lora for
 * the flat body of a LoRA deployment), or of `POST /v1/models/{model_id}` (docs.runcomfy.com/model-apis).
 */
export function bodyOf(input: SubmitInput, { partnerKey }: Host): object {
	const { modelId, inputs = {}, overrides = {}, workflowApiJson, partnerNodes = true } = input;
	if (modelId !== undefined || input.inputs) return inputs;
	const { workflow, rest } = workflowApiJson
		? applyOverrides(workflowApiJson, overrides)
		: { workflow: undefined, rest: overrides };
	const nothingToChange = Object.keys(rest).length === 0;
	return compact({
		overrides: workflow && nothingToChange ? undefined : rest,
		workflow_api_json: workflow,
		// If in doubt, the key for partner nodes is sent: without it, a paid run would fail.
		extra_data: partnerKey && partnerNodes ? { api_key_comfy_org: partnerKey } : undefined,
	});
}
