import { RunComfyError } from '../errors';

/** A LoRA deployment has no nodes to set inputs of, and one of ComfyUI takes nothing else. */
const WRONG = {
	lora: [
		'This is a LoRA deployment: it has no workflow whose inputs could be set',
		'Give its inputs directly, by name. They stand on the page of the deployment, under API.',
	],
	not_lora: [
		'This deployment runs a ComfyUI workflow: it takes no direct inputs',
		'Set the inputs of its nodes, in the fields of its workflow or as overrides.',
	],
} as const;

/** For a submit that the deployment would refuse, or run with nothing of what was given. */
export function wrongMode(deploymentId: string, reason: keyof typeof WRONG): RunComfyError {
	const [message, hint] = WRONG[reason];
	return new RunComfyError('invalid_input', message, { deploymentId, hint, details: { reason } });
}
