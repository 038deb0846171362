import type { ResourceMapperField } from 'n8n-workflow';
import type { Simulator } from '../simulator/index.cts';
import type { WorkflowJson, WorkflowNode } from './hosts/n8n-engine.mjs';

export interface NamedWorkflow {
	/** File name in `workflows/`. */
	name: string;
	workflow: WorkflowJson;
}

/** Every file of `workflows/`, by name. */
export function readWorkflows(): NamedWorkflow[];

/** Whether a node, or a tool for agents, is of this package. */
export function isOurs(node: WorkflowNode): boolean;

/**
 * A copy with a deployment chosen wherever a node has none: the one that its notes name ("With the
 * simulator: video"), else the one for text to image.
 */
export function chooseDeployments(
	workflow: WorkflowJson,
	deploymentIds: Simulator['deploymentIds'],
): WorkflowJson;

/** The filled form with all fields of its deployment, of which those that are set are shown. */
export function withWholeForm(
	workflowInputs: FilledForm,
	fields: readonly ResourceMapperField[],
): FilledForm;

interface FilledForm {
	value: Record<string, unknown>;
	schema: ResourceMapperField[];
}
