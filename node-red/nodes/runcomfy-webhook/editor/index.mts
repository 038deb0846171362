import { checkPath, prepare } from './webhook.mts';

const webhook = { checkPath, prepare };

export type RunComfyWebhook = typeof webhook;

globalThis.runcomfyWebhook = webhook;
