import { RunComfyError } from '../errors';

/** A LoRA deployment takes no overrides, and a ComfyUI deployment takes nothing else. */

/** For a submit by node to a deployment that has no workflow. */
export function notOfLora(deploymentId: string): RunComfyError {
	return new RunComfyError(
		'invalid_input',
		'This is a LoRA deployment: it has no workflow whose inputs could be set',
		{
			...{ deploymentId, details: { reason: 'lora' } },
			hint: 'Give its inputs directly, by name. They stand on the page of the deployment, under API.',
		},
	);
}

/** For inputs by name to a deployment that has a workflow. */
export function notOfComfyUI(deploymentId: string): RunComfyError {
	return new RunComfyError(
		'invalid_input',
		'This deployment runs a ComfyUI workflow: it takes no direct inputs',
		{
			...{ deploymentId, details: { reason: 'not_lora' } },
			hint: 'Set the inputs of its nodes, in the fields of its workflow or as overrides.',
		},
	);
}
