import type { WorkflowApiJson } from '../comfyui/graph';
import { applyOverrides, type Overrides } from '../comfyui/overrides';
import type { Host } from '../host';
import { compact } from '../json/objects';
import type { DeploymentTarget, ModelTarget } from './ref';

/** What one submit sends. Plain data, so that a host can store it. */
export type SubmitInput = DeploymentInput | ModelInput;

export interface DeploymentInput extends DeploymentTarget {
	/** What to change in the deployment's saved workflow; `{}` runs it as saved. */
	overrides?: Overrides | undefined;
	/** Another workflow (API format) to run on the deployment's machine instead of the saved one. */
	workflowApiJson?: WorkflowApiJson | undefined;
	/** Whether the workflow may have partner nodes, and so needs the host's key; absent if not known. */
	partnerNodes?: boolean | undefined;
	/**
	 * The whole body of a request to a LoRA deployment, which has no workflow. Overrides and the other fields are
	 * then not sent.
	 */
	inputs?: Record<string, unknown> | undefined;
	/** Public https URL that RunComfy calls when the request has ended. */
	webhook?: string | undefined;
}

export interface ModelInput extends ModelTarget, OnlyOfDeployments {
	/** The inputs, named as in the model's `input_schema`. */
	inputs: Record<string, unknown>;
}

type OnlyOfDeployments = {
	[Field in Exclude<keyof DeploymentInput, keyof DeploymentTarget | 'inputs'>]?: never;
};

/** The parts of a submit, the same for every kind of target. Named inputs are overrides of the node ''. */
export interface SubmitParts
	extends Pick<DeploymentInput, 'workflowApiJson' | 'webhook' | 'partnerNodes'> {
	overrides: Overrides;
}

/** The named inputs, which are overrides of the node ''. */
export function namedInputs({ overrides }: SubmitParts): Record<string, unknown> {
	return overrides['']?.inputs ?? {};
}

/**
 * The body of `POST …/deployments/{deployment_id}/inference` (docs.runcomfy.com/serverless, and serverless-lora for
 * the flat body of a LoRA deployment).
 */
export function deploymentBody(input: DeploymentInput, { partnerKey }: Host): object {
	const { overrides = {}, workflowApiJson, inputs, partnerNodes = true } = input;
	if (inputs) return inputs;
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
