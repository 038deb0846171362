/** Of both nodes: in its panel n8n lists the actions of the node below the description of the trigger. */
export const DESCRIPTION =
	'Run ComfyUI workflows and hosted models on GPUs, and get images, videos, sounds and texts';
