import type { INodeProperties } from 'n8n-workflow';
import type { TargetKind } from '../../../../core';
import { modelInputFields } from '../../parameters/direct';
import { TARGET_FIELDS } from '../../parameters/ids';
import { deploymentInputFields } from '../../parameters/submission';
import type { Operation, Resource } from '../operation';

type Option = Operation['option'];

/** How users choose a kind of target, and what they enter to run one. */
interface Kind {
	/** The resource that runs targets of this kind. */
	resource: Resource;
	/** The fields for the inputs of a target. */
	inputs: INodeProperties[];
	runAndWait: Omit<Option, 'name'>;
	submit: Omit<Option, 'name'>;
	getStatus: Pick<Option, 'action'>;
	getResult: Pick<Option, 'action'>;
	cancel: Omit<Option, 'name'>;
}

/** All kinds of targets, in the order of the editor's list of resources. */
export const KINDS: Record<TargetKind, Kind> = {
	deployment: {
		resource: {
			name: 'ComfyUI Workflow',
			value: 'request',
			description: 'Run a workflow or LoRA that you have deployed, and get its files',
		},
		inputs: deploymentInputFields,
		runAndWait: {
			action: 'Run ComfyUI workflow and wait',
			description:
				'Run a ComfyUI workflow on a GPU, wait until it ends (often minutes), and retrieve its files',
		},
		submit: {
			action: 'Submit ComfyUI workflow',
			description: 'Start a ComfyUI workflow on a GPU and continue immediately with the request ID',
		},
		getStatus: { action: 'Get request status' },
		getResult: { action: 'Get request result' },
		cancel: {
			action: 'Cancel request',
			description: 'Cancel a request that is queued or in progress',
		},
	},
	model: {
		resource: {
			name: 'Model',
			value: 'model',
			description:
				'A model that RunComfy hosts, such as FLUX, Seedream, Wan or Kling: it needs no deployment',
		},
		inputs: modelInputFields,
		runAndWait: {
			action: 'Run hosted model and wait',
			description: 'Run a hosted model, wait until it ends, and retrieve its files and texts',
		},
		submit: {
			action: 'Submit hosted model run',
			description: 'Start a hosted model and continue immediately with the request ID',
		},
		getStatus: { action: 'Get model request status' },
		getResult: { action: 'Get model request result' },
		cancel: {
			action: 'Cancel model request',
			description: 'Cancel a queued request: a request in progress runs to its end',
		},
	},
};

/** The fields of a submit. */
export function submitFields(kind: TargetKind): INodeProperties[] {
	return [TARGET_FIELDS[kind], ...KINDS[kind].inputs];
}
