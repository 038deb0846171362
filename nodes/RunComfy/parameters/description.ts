/** Shared by both nodes, because n8n's panel lists the node's actions below the trigger's description. */
export const DESCRIPTION =
	'Run ComfyUI workflows and hosted models on GPUs, and get images, videos, audio and text';
