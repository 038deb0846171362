import type { RunComfyWebhook } from './index.mts';

declare global {
	var runcomfyWebhook: RunComfyWebhook;
}
